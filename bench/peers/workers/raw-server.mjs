/** Echoes to the thread that asked: the main thread, or another worker over the port it was handed. */
import { parentPort } from "node:worker_threads";

parentPort.on("message", message => {
  if (message.port) message.port.on("message", ({ id, body }) => message.port.postMessage({ id, body }));
  else parentPort.postMessage({ id: message.id, body: message.body });
});
