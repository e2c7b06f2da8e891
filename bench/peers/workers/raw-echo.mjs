/** Echoes by hand: the id goes back with the body; an ArrayBuffer goes back without a copy. */
import { parentPort } from "node:worker_threads";

parentPort.on("message", ({ id, body }) => {
  if (body instanceof ArrayBuffer) parentPort.postMessage({ id, body }, [body]);
  else parentPort.postMessage({ id, body });
});
