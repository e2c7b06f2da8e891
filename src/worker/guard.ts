/**
 * The guard of a child process: a thread beside the one that runs foreign code, which may be blocked by an endless loop. It
 * ends the process when it takes more memory than its limit, Buffers included, which V8's own limit does not count; and when
 * the program that runs the cluster is gone. The processes that it has started end with it: all are one process group, where
 * the system has such.
 */
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";

/** What the guard says on stderr before it ends a process for its memory; the parent knows it by this. */
export const outOfMemory = "k4s: this process has taken more memory than its limit";

const everyMs = 25;

/** A container's process leads a group of its own (node/runtimes/process-group.ts). */
const ownGroup = process.platform === "win32" ? process.pid : -process.pid;
const { kill } = process;

/** Ends this process and all that it has started, at once. */
export function endGroup(): void {
  kill.call(process, ownGroup, "SIGKILL");
}

/**
 * What this process takes of the memory, in bytes: heaps, Buffers, what native code has. The files of Node itself, which the
 * system maps into each of its processes as they are used, do not count where the system tells them apart (Linux). Its text is
 * a part of the guard's, and so it uses nothing but its arguments.
 */
const memoryTaken = (read: (file: string, encoding: "latin1") => string, rss: () => number): number => {
  try {
    const [anonymous, shared] =
      read("/proc/self/status", "latin1").match(/(?<=^Rss(?:Anon|Shmem):\s*)\d+/gm) ?? [];
    return (Number(anonymous) + Number(shared)) * 1024 || rss();
  } catch {
    return rss();
  }
};

const watch = `
const { parent, limit } = require("node:worker_threads").workerData;
const { readFileSync, writeSync } = require("node:fs");
const memoryTaken = ${memoryTaken};
setInterval(() => {
  const isOrphan = process.ppid !== parent;
  const isTooLarge = memoryTaken(readFileSync, process.memoryUsage.rss) > limit;
  if (isTooLarge) try { writeSync(2, ${JSON.stringify(`${outOfMemory}\n`)}); } catch {}
  if (isOrphan || isTooLarge) process.kill(${ownGroup}, "SIGKILL");
}, ${everyMs});`;

/** @param memoryBytes what the container may take beyond what a process takes that does nothing; Infinity for no limit */
export function startGuard(memoryBytes: number): void {
  const empty = memoryTaken(readFileSync, process.memoryUsage.rss);
  const workerData = { parent: process.ppid, limit: empty + ownBytes + memoryBytes };
  const resourceLimits = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 8 };
  new Worker(watch, { eval: true, workerData, resourceLimits, execArgv: [], env: {} }).unref();
}

/** What is not the container's: the guard takes 8 MiB, and V8's compilers up to 20 for a moment (so for the first `fetch`). */
const ownBytes = 28 * 1024 * 1024;
