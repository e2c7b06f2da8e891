/**
 * The bootstrap of a worker thread, bundled into one small CommonJS file. Piscina calls it once, when the thread is new;
 * it then waits on its line for the container that it is to run, and never serves a second one.
 */
import { threadId, workerData } from "node:worker_threads";
import type { Port } from "../messages/index.ts";
import { writeIfPossible } from "../outside/index.ts";
import { Output } from "./output.ts";
import type { CompiledScript, Order, Report } from "./protocol.ts";
import { rehearse } from "./rehearsal.ts";
import { Run, type Stage } from "./run.ts";
import { hidePorts, keepWayOut } from "./way-out.ts";
import { offerWorkerSide } from "./worker-side.ts";

/** A thread that nobody wanted for so long is a spare one. */
const idleMs = 20;

/** What a thread is given by its runtime as the one task of its life. */
export interface ThreadTask {
  readonly line: Port;
}

/** @param compiled what V8 has made of this script by now; undefined where that is known already */
export default function bootstrap(
  { line }: ThreadTask,
  compiled: (() => Uint8Array) | undefined,
): Promise<never> {
  const { keepAt } = workerData as CompiledScript;
  keepWayOut();
  const { exit } = process;
  offerWorkerSide();
  const ports = hidePorts();
  const { hasUncaughtExceptionCaptureCallback: hasCapture, listenerCount, memoryUsage, version } = process;
  const report = (message: Report) => line.postMessage(message);
  const output = new Output(ring => report({ type: "output", ring }));
  output.capture();
  let end: { readonly uncaught: (error: unknown) => string; readonly ending: () => void } | undefined;
  // Also after process.exit and after an exception that nobody caught.
  process.on("exit", () => end?.ending());
  process.on("uncaughtExceptionMonitor", error => {
    const text = end?.uncaught(error);
    const isCaught = listenerCount.call(process, "uncaughtException") > 0 || hasCapture();
    // Node prints this for a program; for a thread it leaves that to the parent.
    if (text !== undefined && !isCaught) output.write("stderr", `${text}\n\nNode.js ${version}\n`);
  });
  const prepare: Stage["prepare"] = ({ env, args, code }, uncaught, ending) => {
    Object.assign(process.env, env);
    process.argv = [process.execPath, code.filename, ...args];
    end = { uncaught, ending };
  };
  let isSpare = true;
  const keep = () => {
    if (isSpare && compiled && keepAt !== undefined) writeIfPossible(keepAt, compiled());
  };
  // What goes wrong in a rehearsal goes wrong again when a container starts, and is told then.
  const idle = setTimeout(() => rehearse(__filename, prepare).then(keep, () => {}), idleMs);
  line.on("message", order => {
    if ((order as Order).type === "wake") return;
    isSpare = false;
    clearTimeout(idle);
  });
  new Run({
    line,
    exit,
    prepare,
    usage() {
      const { heapUsed, external } = memoryUsage();
      // Its processor time is seen from outside, also while it spins.
      return { cpuMs: 0, memoryBytes: heapUsed + external };
    },
    // Unrefs every port that holds the thread: ours, and the pool's two, to which there is no other way.
    letEnd: () => {
      for (const port of ports()) port.unref();
    },
  });
  report({ type: "warm", threadId });
  // The pool's task lasts as long as the thread: how a container ends is seen by the end of its thread.
  return new Promise(() => {});
}
