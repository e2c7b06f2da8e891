/** A server of HTTP in one thread and its client in another, by hand: over loopback TCP, or over a Unix socket. */
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

export const rawHttpTcp = () => rawHttp("http");
export const rawUndiciUnix = () =>
  rawHttp(
    "undici",
    process.platform === "win32"
      ? `\\\\.\\pipe\\k4s-bench-${process.pid}`
      : join(tmpdir(), `k4s-bench-${process.pid}`),
  );

function rawHttp(client, socketPath) {
  /** @type {Worker[]} */
  let threads = [];
  return {
    name: socketPath ? "raw, Unix socket" : "raw, loopback TCP",
    async start() {
      const file = new URL("./workers/raw-http.mjs", import.meta.url);
      const server = new Worker(file, { workerData: { listen: socketPath ?? [0, "127.0.0.1"] } });
      const to = await heard(server);
      threads = [
        server,
        new Worker(file, { workerData: { client, to, peers: fileURLToPath(import.meta.url) } }),
      ];
    },
    answersPerSecond(load) {
      threads[1].postMessage(load);
      return heard(threads[1]);
    },
    async stop() {
      await Promise.all(threads.map(thread => thread.terminate()));
      if (socketPath && existsSync(socketPath)) rmSync(socketPath);
    },
  };
}

/** The first thing that it says; fails where it fails before. */
async function heard(worker) {
  const [message] = await once(worker, "message");
  return message;
}
