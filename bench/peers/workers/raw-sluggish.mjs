/** Handles ten messages and then rests a millisecond, as its sibling for k4s does. */
import { workerData as handled, parentPort } from "node:worker_threads";

const never = new Int32Array(new SharedArrayBuffer(4));
let sinceRest = 0;
parentPort.on("message", () => {
  if (++sinceRest % 10 === 0) Atomics.wait(never, 0, 0, 1);
  Atomics.add(handled, 0, 1);
});
