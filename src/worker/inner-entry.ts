/**
 * What Node begins with, by --require, in child processes that the program of a container starts, in their threads, and in threads that a
 * container in a child process starts: bundled into one CommonJS file. Their sockets and files lead where those of the container do.
 */
import cluster from "node:cluster";
import { syncBuiltinESMExports } from "node:module";
import { getEnvironmentData } from "node:worker_threads";
import { realRandom } from "../outside/index.ts";
import { filesKey, filesVariable, type InnerFiles, seenFolder, useInnerFiles } from "./inner-files.ts";
import { leadChildren, placeVariable } from "./node-children.ts";
import { InnerLine, leadSockets, type NetworkPlace, named, networkOptions } from "./sockets/index.ts";

// Programs hand their options on.
const option = process.execArgv.indexOf(__filename);
if (option > 0) process.execArgv.splice(option - 1, 2);
const place = given<NetworkPlace>(placeVariable, placeVariable);
if (place) {
  const line = place.sockets.uid === undefined ? undefined : new InnerLine(place.sockets);
  const lead = leadSockets(cluster.isWorker);
  const network = lead(networkOptions(place, line, realRandom, { isClusters: false, isInner: true }));
  hearSignal(() => {
    network.isStopping = true;
  });
  const files = given<InnerFiles>(filesKey, filesVariable);
  leadChildren(() => ({ file: __filename, place, files, begins() {} }));
  if (files) useInnerFiles({ ...files, cwd: seenFolder(files.mounts) });
  syncBuiltinESMExports();
}

/** Before the program's own listeners: they close its servers. It may hear of the signal before the cluster has told of the pod's end. */
function hearSignal(stopping: () => void): void {
  const { emit } = process;
  process.emit = named("emit", function (this: unknown, ...args: unknown[]) {
    if (args[0] === "SIGTERM") stopping();
    return Reflect.apply(emit, this, args);
  });
}

/** To a thread, or else to a process. Undefined where it was loaded by what is no part of a pod. */
function given<T>(key: string, variable: string): T | undefined {
  const data = getEnvironmentData(key);
  if (data) return data as unknown as T;
  const text = process.env[variable];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
