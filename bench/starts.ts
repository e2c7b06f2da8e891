/** Starting many threads at once, as a ReplicaSet and by hand; several rows ask for it with other counts. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { allReady, type Cluster, loadK4s, replicaSet, startCluster } from "./k4s.ts";
import { urlOf } from "./places.ts";
import type { Side } from "./row.ts";

/** One round: milliseconds from making the cluster to all replicas Ready. For a fresh process. */
export async function k4sStart(count: number): Promise<Side> {
  await loadK4s();
  let cluster: Cluster | undefined;
  return {
    async round() {
      const began = performance.now();
      cluster = await startCluster();
      await cluster.apply(replicaSet({ name: "echo", module: "echo", replicas: count }));
      await allReady(cluster, "echo", count);
      return performance.now() - began;
    },
    close: async () => cluster?.stop(),
  };
}

/** One round: milliseconds until so many workers have loaded the same code and said so. */
export async function rawStart(count: number): Promise<Side> {
  const workers: Worker[] = [];
  return {
    async round() {
      const began = performance.now();
      for (let n = 0; n < count; n++) workers.push(rawWorker());
      await Promise.all(workers.map(worker => once(worker, "message")));
      return performance.now() - began;
    },
    async close() {
      await Promise.all(workers.map(worker => worker.terminate()));
    },
  };
}

/** A thread that echoes, and says so once it can. */
export function rawWorker(): Worker {
  return new Worker(new URL(urlOf("bench", "peers", "workers", "raw-ready.mjs")));
}
