/**
 * The door of starting/: how a thread comes to the point where it can run a container. All that makes a start quick is in this
 * folder, or named here. How it was measured, and what was taken out again because it gave too little, is in
 * docs/internals/performance-notebook.md.
 *
 * A cold thread costs tens of milliseconds of a processor, three quarters of them before the first line that is not Node's. A
 * warm one calls the function 2 ms after its order. So the work is done where nothing waits for it:
 *
 * | part                                                        | what it gives                                        |
 * | ----------------------------------------------------------- | ---------------------------------------------------- |
 * | two spare threads with a loaded bootstrap (thread-pool.ts)   | one start takes a quarter of that of a raw thread     |
 * | the first starts with the cluster (`Runtime.warmUp`)         | 0.76 of the time from import to first answer          |
 * | Piscina is required, not imported (thread-pool.ts)           | 0.81 of the same                                      |
 * | a spare thread imports a file (worker/thread-entry.ts)       | 1.4 ms instead of 2.1 from the order to the call      |
 * | spare threads are made up after a start, not during it       | 0.96 of the time of 200 containers                    |
 * | one cold start more at a time than cores (cold-start-gate.ts) | of 100 containers the first runs after one tenth of the time, not when nearly all do |
 * | one file of all that a thread begins with (bootstrap.ts)     | a thread looks up and reads one file; run from the source, it needs no loader of TypeScript |
 * | one file of a TypeScript image (node/images/one-file.ts)     | 100 to 150 ms that loading tsx takes in each thread   |
 *
 * Three files that a start passes are there for correctness: worker/kept-globals.ts, worker/worker-side.ts and
 * node/images/kept.ts.
 */
export { bootstrapFile } from "./bootstrap.ts";
export { ColdStartGate } from "./cold-start-gate.ts";
export { drain, type HeapLimits, type ThreadEnd, ThreadPool, type WarmThread } from "./thread-pool.ts";
