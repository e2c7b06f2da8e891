/** Counts what it is sent; says how many when asked. */
import { parentPort } from "node:worker_threads";

let count = 0;
parentPort.on("message", ({ body }) => {
  if (body === "how many?") parentPort.postMessage(count);
  else count++;
});
