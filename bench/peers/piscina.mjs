/** Piscina, as it comes and at the best settings found for many small requests. */
import { Piscina } from "piscina";
import { runAlone } from "./alone.mjs";

const filename = new URL("./workers/echo-task.mjs", import.meta.url).href;

/** Only the number of threads is set. */
export const piscina = () => pool("piscina, default", {});

/**
 * Several tasks at once on a thread, so that a thread need not wait for the main thread between two tasks; without
 * atomics, because a thread asleep in Atomics.wait takes only one message at each waking; nothing recorded.
 */
export const piscinaTuned = () =>
  pool("piscina, tuned", {
    concurrentTasksPerWorker: 64,
    atomics: "disabled",
    recordTiming: false,
    workerHistogram: false,
  });

function pool(name, options) {
  /** @type {Piscina} */
  let threads;
  return {
    name,
    async start(count) {
      threads = new Piscina({ filename, minThreads: count, maxThreads: count, ...options });
      await Promise.all(Array.from({ length: count * 4 }, () => threads.run(0)));
    },
    request: body => threads.run(body),
    stop: () => threads.destroy(),
  };
}

await runAlone(import.meta.url, piscina());
await runAlone(import.meta.url, piscinaTuned());
