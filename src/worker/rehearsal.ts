/**
 * A rehearsal: a spare thread, which has the time, plays the life of a container through once, from its order to its end,
 * with nothing in it. What runs for the first time is slow, in Node's own JavaScript as in ours; what comes then
 * finds all of it compiled.
 */
import { MessageChannel } from "node:worker_threads";
import type { Port } from "../messages/index.ts";
import type { Order } from "./protocol.ts";
import { Run, type Stage } from "./run.ts";

const text = "exports.default = async ({ inbox }) => { for await (const message of inbox); };";

/**
 * @param filename of any file that is there
 * @param prepare the thread's own; what it leaves behind is replaced by the next, or listens for what will not come
 */
export function rehearse(filename: string, prepare: Stage["prepare"]): void {
  const line = new MessageChannel();
  const control = new MessageChannel();
  new Run({
    line: line.port1,
    prepare,
    usage: () => ({ cpuMs: 0, memoryBytes: 0 }),
    letEnd() {},
    exit: () => line.port1.close(),
  });
  // It runs: now the line to the network breaks off, its inbox ends, and so does its function.
  line.port2.once("message", () => control.port2.close());
  const start: Order = {
    type: "start",
    control: control.port1 as Port,
    assignment: {
      code: { digest: "", format: "commonjs", filename, text, script: false },
      functionName: undefined,
      args: ["--nothing=0"],
      env: { HOSTNAME: "nobody" },
      self: {
        name: "nobody",
        namespace: "",
        node: "",
        labels: {},
        restarts: 0,
        pod: "nobody",
        container: "rehearsal",
      },
      outputTaken: new SharedArrayBuffer(4),
    },
  };
  line.port2.postMessage(start, [control.port1]);
}
