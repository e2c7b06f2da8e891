/**
 * The threads that the program of a container starts (`new Worker`). They are a part of the container: each begins with this
 * bundle, by Node's option --require, and what it does to the process is done in the container. Signals to its own process id
 * and the children that it starts are told to the container's thread, over a channel whose name comes as environment data
 * of threads, which a thread hands on to those that it starts itself. The node hears of the children by the same channel, so
 * that it knows them even when the container's thread spins. Their sockets are the pod's, too: what hosts mean they ask the cluster
 * themselves (sockets/inner-line.ts), for the container may wait for their answer.
 */
import { createRequire, syncBuiltinESMExports } from "node:module";
import threads, {
  BroadcastChannel,
  getEnvironmentData,
  setEnvironmentData,
  threadId,
  type WorkerOptions,
} from "node:worker_threads";
import { realRandom } from "../outside/index.ts";
import { type InnerFiles, innerFilesOf, useInnerFiles } from "./inner-files.ts";
import { leadChildren } from "./node-children.ts";
import { tellOfChildren } from "./own-children.ts";
import { keepDescriptors } from "./own-descriptors.ts";
import { keepSignals } from "./own-program.ts";
import { type Assignment, type InnerReport, innerChannel, placeOf } from "./protocol.ts";
import { InnerLine, leadSockets, type NetworkPlace, networkOptions } from "./sockets/index.ts";

const key = "k4s-container";

interface Belonging {
  /** The name of the channel. */
  readonly channel: string;
  readonly files: InnerFiles;
  readonly place: NetworkPlace;
  /** What child processes begin with. */
  readonly innerFile: string;
}

/** How Node is started for the threads that are started from now on. */
export interface WorkerStart {
  /** The options of each. */
  always: readonly string[];
  /** The options where the program gives none: those of a program are handed on to its threads. */
  usual: readonly string[];
  /** Called before each start. */
  begins(): void;
}

/** Takes effect for `import` with syncBuiltinESMExports. */
export function startWorkers(start: WorkerStart): void {
  class OwnWorker extends threads.Worker {
    constructor(file: string | URL, options: WorkerOptions = {}) {
      start.begins();
      const { execArgv = start.usual } = options ?? {};
      // Of what is no list Node says so.
      super(
        file,
        Array.isArray(execArgv) ? { ...options, execArgv: [...start.always, ...execArgv] } : options,
      );
    }
  }
  // The bundle may have another Worker.
  Object.defineProperty(OwnWorker, "name", { value: "Worker" });
  Object.assign(threads, { Worker: OwnWorker });
}

/** For the thread of a container: hears what its inner threads tell. Called before the first of them starts. */
export function hearInnerThreads(assignment: Assignment, heard: (report: InnerReport) => void): void {
  const name = innerChannel(threadId);
  const { innerFile } = assignment;
  const place = placeOf(assignment);
  const files = innerFilesOf(assignment);
  setEnvironmentData(key, { channel: name, files, place, innerFile } satisfies Belonging);
  const channel = new BroadcastChannel(name);
  // Programs of other pods can tell anything there.
  channel.onmessage = event => heard((event as MessageEvent).data ?? {});
  channel.unref();
}

/** For an inner thread, before its program is loaded. @param file this bundle */
export function beInnerThread(file: string): void {
  process.execArgv.splice(process.execArgv.indexOf(file) - 1, 2);
  delete createRequire(file).cache[file];
  const { channel: name, files, place, innerFile } = getEnvironmentData(key) as Belonging;
  let channel: BroadcastChannel | undefined;
  const tell = (report: InnerReport) => {
    channel ??= new BroadcastChannel(name);
    channel.unref();
    channel.postMessage(report);
  };
  keepSignals((name, number) => tell({ type: "signal", name, number }));
  tellOfChildren((pid, hasEnded) => tell({ type: "child", pid, hasEnded }));
  // Its stdout and stderr lead to those of the container as they are.
  keepDescriptors(() => {});
  startWorkers({ always: ["--require", file], usual: process.execArgv.slice(), begins() {} });
  const line = place.sockets.uid === undefined ? undefined : new InnerLine(place.sockets);
  leadSockets()(networkOptions(place, line, realRandom, { isClusters: true, isInner: true }));
  leadChildren(() => ({ file: innerFile, place, files, begins() {} }));
  useInnerFiles(files);
  syncBuiltinESMExports();
}
