/**
 * The limit that plain Node sets: worker threads, one message a `postMessage`, an id on each and a Map of those who
 * wait. No deadline, no names, no back-pressure; a worker is chosen at random.
 */
import { Worker } from "node:worker_threads";
import { runAlone } from "./alone.mjs";

export function rawPostMessage() {
  /** @type {Worker[]} */
  let workers = [];
  const waiting = new Map();
  let lastId = 0;

  return {
    name: "raw postMessage",
    async start(count) {
      workers = Array.from(
        { length: count },
        () => new Worker(new URL("./workers/raw-echo.mjs", import.meta.url)),
      );
      for (const worker of workers) {
        worker.on("message", ({ id, body }) => {
          const resolve = waiting.get(id);
          waiting.delete(id);
          resolve(body);
        });
      }
      await Promise.all(workers.map(worker => new Promise(resolve => worker.once("online", resolve))));
    },
    request(body, transfer) {
      return new Promise(resolve => {
        const id = ++lastId;
        waiting.set(id, resolve);
        workers[Math.floor(Math.random() * workers.length)].postMessage({ id, body }, transfer);
      });
    },
    async stop() {
      await Promise.all(workers.map(worker => worker.terminate()));
    },
  };
}

await runAlone(import.meta.url, rawPostMessage());
