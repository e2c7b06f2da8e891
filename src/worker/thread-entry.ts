/**
 * The bootstrap of a worker thread, bundled into one small CommonJS file. Piscina calls it once, when the thread is new;
 * it then waits at its port for the container that it is to run, and never serves a second one.
 */
import Module, { syncBuiltinESMExports } from "node:module";
import { MessagePort, receiveMessageOnPort, threadId } from "node:worker_threads";
import { innerFilesOf } from "./inner-files.ts";
import { beInnerThread, hearInnerThreads, startWorkers, type WorkerStart } from "./inner-threads.ts";
import { type ChildrenOptions, leadChildren } from "./node-children.ts";
import { Output } from "./output.ts";
import { OutputRing } from "./output-ring.ts";
import { tellOfChildren } from "./own-children.ts";
import { keepDescriptors } from "./own-descriptors.ts";
import { beMainThread, hideHandles, keepSignals, numberStdin, takeSignals } from "./own-program.ts";
import { placeOf, type Report } from "./protocol.ts";
import { Run, type RunHost } from "./run.ts";
import { leadSockets } from "./sockets/index.ts";
import { uncaughtText } from "./uncaught-text.ts";
import { keepWayOut } from "./way-out.ts";
import { offerWorkerSide } from "./worker-side.ts";

/** @param port leads to the node; its first message, the URL of what workers get as `k4s`, has come already */
export default function bootstrap(port: MessagePort): Promise<never> {
  const k4s: string = receiveMessageOnPort(port)?.message;
  const wayOut = keepWayOut();
  const { exit } = process;
  const takeSignal = takeSignals();
  keepSignals(takeSignal);
  beMainThread();
  numberStdin();
  let output: Output | undefined;
  keepDescriptors(fd => {
    if (fd > 0) output?.close(fd === 1 ? "stdout" : "stderr");
  });
  const innerThreads: WorkerStart = { always: ["--require", __filename], usual: [], begins() {} };
  startWorkers(innerThreads);
  const lead = leadSockets();
  let children: ChildrenOptions | undefined;
  leadChildren(() => children);
  syncBuiltinESMExports();
  offerWorkerSide();
  const ports = hideHandles(handle => handle instanceof MessagePort);
  const { memoryUsage } = process;
  const report = (message: Report) => port.postMessage(message);
  tellOfChildren((pid, hasEnded) => report({ type: "child", pid, hasEnded }));
  const prepare: RunHost["prepare"] = (assignment, uncaught, ending) => {
    const { env, code, printed, execArgv, innerFile } = assignment;
    let isTold = false;
    const begins = () => {
      if (!isTold) report({ type: "inner" });
      isTold = true;
    };
    children = { file: innerFile, place: placeOf(assignment), files: innerFilesOf(assignment), begins };
    Object.assign(process.env, env);
    // Node has looked for NODE_PATH and HOME when the thread was started.
    (Module as typeof Module & WithPaths)._initPaths();
    const print = new Output(new OutputRing(printed), () => report({ type: "output" }));
    print.capture();
    output = print;
    innerThreads.usual = execArgv;
    innerThreads.begins = () => {
      innerThreads.begins = () => {};
      begins();
      hearInnerThreads(assignment, heard => {
        if (heard.type === "signal") takeSignal(heard.name, heard.number);
      });
    };
    // Also after process.exit and after an uncaught exception.
    process.on("exit", ending);
    // Node prints this for a program; for a thread it leaves that to the parent.
    wayOut.uncaught = (error, fromPromise) => {
      uncaught(error);
      print.write("stderr", uncaughtText(error, fromPromise, code.hooks?.texts));
    };
    process.on("uncaughtExceptionMonitor", uncaught);
  };
  new Run({
    port,
    isClusters: true,
    exit,
    prepare,
    lead,
    usage() {
      const { heapUsed, external } = memoryUsage();
      // Its processor time is seen from outside, also while it spins.
      return { cpuMs: 0, memoryBytes: heapUsed + external };
    },
    hold(isHeld) {
      if (isHeld) port.ref();
      // Every port: ours, and the pool's two, to which there is no other way.
      else for (const each of ports()) each.unref();
    },
  }).listen();
  // What Node makes ready for the first file that a thread imports takes longer than most modules do: it is done while spare,
  // with the file that a worker may import anyway.
  void import(k4s).then(() => report({ type: "warm", threadId }));
  // The pool's task lasts as long as the thread: how a container ends is seen by the end of its thread.
  return new Promise(() => {});
}

/** Of Node, without a public name; packages that change NODE_PATH call it as well. */
interface WithPaths {
  _initPaths(): void;
}

// Loaded by a thread that a container's program has started.
if (process.execArgv.includes(__filename)) beInnerThread(__filename);
