/** Poolifier: a fixed pool, round robin, without its events, which cost time and are not needed for requests. */
import { fileURLToPath } from "node:url";
import { FixedThreadPool } from "poolifier";
import { runAlone } from "./alone.mjs";

export function poolifier() {
  /** @type {FixedThreadPool} */
  let threads;
  return {
    name: "poolifier",
    async start(count) {
      const file = fileURLToPath(new URL("./workers/poolifier-echo.mjs", import.meta.url));
      threads = new FixedThreadPool(count, file, {
        enableEvents: false,
        workerChoiceStrategy: "ROUND_ROBIN",
        errorHandler: error => {
          throw error;
        },
      });
      await Promise.all(Array.from({ length: count * 4 }, () => threads.execute(0)));
    },
    request: body => threads.execute(body),
    stop: () => threads.destroy(),
  };
}

await runAlone(import.meta.url, poolifier());
