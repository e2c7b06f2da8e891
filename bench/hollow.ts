/** Clusters of hollow pods: they run nothing, so what is measured is the control plane alone. */
import { setTimeout as sleep } from "node:timers/promises";
import { allReady, type Cluster, startCluster } from "./k4s.ts";
import type { Side } from "./row.ts";

/** As many as Kubernetes puts on a node is 110; with 100 there is room to move. */
const podsPerNode = 100;

export function hollowCluster(pods: number): Promise<Cluster> {
  return startCluster({ nodes: Math.max(1, Math.ceil(pods / podsPerNode)) });
}

/** A ReplicaSet of so many pods that run nothing. */
function hollowSet(name: string, replicas: number): object {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { runtimeClassName: "hollow", containers: [{ name: "main", image: "echo" }] },
      },
    },
  };
}

/** Declares so many hollow pods in ReplicaSets of `each` and waits until all of them run. */
export async function fill(cluster: Cluster, pods: number, each: number): Promise<void> {
  const sets = Array.from({ length: Math.ceil(pods / each) }, (_, n) => ({
    name: `hollow-${n}`,
    replicas: Math.min(each, pods - n * each),
  }));
  await cluster.apply(sets.map(({ name, replicas }) => hollowSet(name, replicas)));
  for (const { name, replicas } of sets) await allReady(cluster, name, replicas);
}

/** A side of which one round declares so many pods in one ReplicaSet and counts how many came to Running a second. */
export async function podsPerSecond(pods: number): Promise<Side> {
  const cluster = await hollowCluster(pods);
  return {
    async round() {
      const began = performance.now();
      await fill(cluster, pods, pods);
      return (pods / (performance.now() - began)) * 1000;
    },
    close: () => cluster.stop(),
  };
}

/** The share of one core, in percent, that the process takes while so many pods run and nothing changes. */
export async function idleShare(pods: number, ms: number): Promise<Side> {
  const cluster = await hollowCluster(pods);
  await fill(cluster, pods, 100);
  await sleep(2000);
  return {
    round: async () => ((await processorTime(() => sleep(ms))) / ms) * 100,
    close: () => cluster.stop(),
  };
}

/** Runs the work; resolves to the processor time it took this process, in milliseconds. */
export async function processorTime(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
