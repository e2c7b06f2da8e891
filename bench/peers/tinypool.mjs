/** Tinypool at the best settings found: many tasks at once on a thread, no atomics. */
import { Tinypool } from "tinypool";
import { runAlone } from "./alone.mjs";

const filename = new URL("./workers/echo-task.mjs", import.meta.url).href;

export function tinypoolTuned() {
  /** @type {Tinypool} */
  let threads;
  return {
    name: "tinypool, tuned",
    async start(count) {
      threads = new Tinypool({
        filename,
        minThreads: count,
        maxThreads: count,
        concurrentTasksPerWorker: 256,
        useAtomics: false,
      });
      await Promise.all(Array.from({ length: count * 4 }, () => threads.run(0)));
    },
    request: body => threads.run(body),
    stop: () => threads.destroy(),
  };
}

await runAlone(import.meta.url, tinypoolTuned());
