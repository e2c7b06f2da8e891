/**
 * What Node begins with, by --require, in child processes that the program of a container starts, in their threads, and in threads that a
 * container in a child process starts: bundled into one CommonJS file. Their sockets lead where those of the container do, and the files of those
 * threads.
 */
import cluster from "node:cluster";
import { syncBuiltinESMExports } from "node:module";
import { getEnvironmentData } from "node:worker_threads";
import { realRandom } from "../outside/index.ts";
import { filesKey, type InnerFiles, useInnerFiles } from "./inner-files.ts";
import { leadChildren, placeVariable } from "./node-children.ts";
import { InnerLine, leadSockets, type NetworkPlace, named, networkOptions } from "./sockets/index.ts";

// Programs hand their options on.
const option = process.execArgv.indexOf(__filename);
if (option > 0) process.execArgv.splice(option - 1, 2);
const place = placeOfPod();
if (place) {
  const line = place.sockets.uid === undefined ? undefined : new InnerLine(place.sockets);
  const lead = leadSockets(cluster.isWorker);
  const network = lead(networkOptions(place, line, realRandom, { isClusters: false, isInner: true }));
  hearSignal(() => {
    network.isStopping = true;
  });
  leadChildren(() => ({ file: __filename, place, begins() {} }));
  const files = getEnvironmentData(filesKey);
  if (files) useInnerFiles(files as unknown as InnerFiles);
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

/** Undefined where it was loaded by what is no part of a pod. */
function placeOfPod(): NetworkPlace | undefined {
  const given = getEnvironmentData(placeVariable);
  if (given) return given as unknown as NetworkPlace;
  const text = process.env[placeVariable];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as NetworkPlace;
  } catch {
    return undefined;
  }
}
