/** Workerpool on worker threads, through `exec`, which is quicker than its proxy. */
import { fileURLToPath } from "node:url";
import workerpoolModule from "workerpool";
import { runAlone } from "./alone.mjs";

export function workerpool() {
  let threads;
  return {
    name: "workerpool",
    async start(count) {
      const file = fileURLToPath(new URL("./workers/workerpool-echo.mjs", import.meta.url));
      threads = workerpoolModule.pool(file, { minWorkers: count, maxWorkers: count, workerType: "thread" });
      await Promise.all(Array.from({ length: count * 4 }, () => threads.exec("echo", [0])));
    },
    request: body => threads.exec("echo", [body]),
    async stop() {
      await threads.terminate(true);
    },
  };
}

await runAlone(import.meta.url, workerpool());
