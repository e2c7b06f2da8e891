/** Says when it is ready to echo, and echoes. */
import { parentPort } from "node:worker_threads";

parentPort.on("message", ({ id, body }) => parentPort.postMessage({ id, body }));
parentPort.postMessage("ready");
