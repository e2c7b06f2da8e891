/** Opening a file of a volume by its path in the container, beside opening the same file of the machine in a thread by hand. */
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { runAlone } from "../alone.ts";
import { startCluster } from "../k4s.ts";
import { roundMs } from "../pace.ts";
import { workers } from "../places.ts";
import type { Row, Side } from "../row.ts";

async function mapped(): Promise<Side> {
  const cluster = await startCluster();
  await cluster.apply([
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "opener" },
      spec: {
        containers: [
          {
            name: "main",
            image: "file-opener",
            command: ["fileOpener"],
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          },
        ],
        volumes: [{ name: "data", emptyDir: {} }],
      },
    },
  ]);
  await cluster.waitFor("Pod/opener", "Ready");
  const body = { path: "/data/file", ms: roundMs };
  return {
    round: async () => Number(await cluster.api.request("pod/opener", body)),
    close: () => cluster.stop(),
  };
}

async function byHand(): Promise<Side> {
  const folder = await mkdtemp(join(tmpdir(), "k4s-bench-"));
  const path = join(folder, "file");
  await writeFile(path, "text");
  const env = { K4S_BENCH_BY_HAND: "1" };
  const worker = new Worker(join(workers, "file-opener.mjs"), { env });
  return {
    async round() {
      worker.postMessage({ path, ms: roundMs });
      const [count] = (await once(worker, "message")) as [number];
      return count;
    },
    async close() {
      await worker.terminate();
      await rm(folder, { recursive: true });
    },
  };
}

export const row: Row = {
  id: "mapped-file",
  part: "control-plane",
  title: "openSync and closeSync of a mounted file",
  unit: "files/s",
  better: "more",
  rounds: 9,
  sides: new Map([
    ["k4s", mapped],
    ["a thread by hand", byHand],
  ]),
  goals: [{ atLeast: 0.91, of: ["a thread by hand"] }],
};

await runAlone(import.meta.url, row);
