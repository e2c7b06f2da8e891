/**
 * A rehearsal: a spare thread, which has the time, plays the life of a container through once, from its order over one
 * request to its end. What runs for the first time is slow, in Node's own JavaScript as in ours; what comes then finds
 * all of it compiled.
 */
import { once } from "node:events";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { Peer, type Port, type Route, type Told } from "../messages/index.ts";
import { realClock, realRandom } from "../outside/index.ts";
import type { Order } from "./protocol.ts";
import { Run, type Stage } from "./run.ts";

const text =
  "exports.default = async ({ inbox }) => { for await (const message of inbox) message.reply(message.body); };";

/**
 * Resolves when the container has ended.
 * @param filename of any file that is there
 * @param prepare the thread's own; what it leaves behind is replaced by the next, or listens for what will not come
 */
export async function rehearse(filename: string, prepare: Stage["prepare"]): Promise<void> {
  const line = new MessageChannel();
  const control = new MessageChannel();
  new Run({
    line: line.port1,
    prepare,
    usage: () => ({ cpuMs: 0, memoryBytes: 0 }),
    letEnd() {},
    exit: () => line.port1.close(),
  });
  const start: Order = {
    type: "start",
    control: control.port1 as Port,
    assignment: {
      code: { digest: "", format: "commonjs", filename, text, script: false, reusable: false },
      compiled: undefined,
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
    },
  };
  line.port2.postMessage(start, [control.port1]);
  await once(line.port2, "message");
  await ask(control.port2);
  // Its line to the network breaks off, its inbox ends, and so does its function.
  control.port2.close();
  await once(line.port2, "close");
}

/** Somebody asks the container something. What the network says to two who meet is said here. */
async function ask(container: MessagePort): Promise<void> {
  const control = new MessageChannel();
  const asker = new Peer({ control: control.port1 as Port, clock: realClock, random: realRandom });
  const tell = (to: MessagePort, told: Told, port?: MessagePort) => to.postMessage(told, port ? [port] : []);
  const route: Route = { endpoints: [1], balancing: "random", single: true };
  tell(control.port2, { type: "route", target: "nobody", route, asked: true });
  const { port1, port2 } = new MessageChannel();
  const introduce = { type: "introduce", who: { cluster: true }, copies: false } as const;
  tell(control.port2, { ...introduce, peer: 1, port: port1 as Port }, port1);
  tell(container, { ...introduce, peer: 2, port: port2 as Port }, port2);
  await asker.api.request("nobody", { n: 1 });
  asker.close();
}
