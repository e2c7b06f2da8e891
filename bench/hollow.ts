/** Clusters of hollow pods: they run nothing, so what is measured is the control plane alone. */
import { setTimeout as sleep } from "node:timers/promises";
import { allReady, applyMany, type Cluster, startCluster } from "./k4s.ts";
import type { Side } from "./row.ts";

/** As many as Kubernetes puts on a node is 110; with 100 there is room to move. */
const podsPerNode = 100;

export function hollowCluster(pods: number): Promise<Cluster> {
  return startCluster({ nodes: Math.max(1, Math.ceil(pods / podsPerNode)) });
}

/** The template of pods that run nothing. `more`: what else their spec says. */
export function hollowTemplate(name: string, more: object = {}): { metadata: object; spec: object } {
  const containers = [{ name: "main", image: "echo" }];
  return { metadata: { labels: { app: name } }, spec: { runtimeClassName: "hollow", containers, ...more } };
}

/** A ReplicaSet or a Deployment of so many pods that run nothing. `more`: what else its spec says. */
export function hollowWorkload(kind: string, name: string, replicas: number, more: object = {}): object {
  const selector = { matchLabels: { app: name } };
  const spec = { replicas, selector, template: hollowTemplate(name), ...more };
  return { apiVersion: "apps/v1", kind, metadata: { name }, spec };
}

/** Declares so many hollow pods in ReplicaSets of `each` and waits until all of them run. */
export async function fill(cluster: Cluster, pods: number, each: number): Promise<void> {
  const sets = Array.from({ length: Math.ceil(pods / each) }, (_, n) => ({
    name: `hollow-${n}`,
    replicas: Math.min(each, pods - n * each),
  }));
  const objects = sets.map(({ name, replicas }) => hollowWorkload("ReplicaSet", name, replicas));
  await applyMany(cluster, objects);
  for (const { name, replicas } of sets) await allReady(cluster, name, replicas);
}

/** A side of which one round declares so many pods in one ReplicaSet and counts how many came to Running a second. */
export async function podsPerSecond(pods: number): Promise<Side> {
  const cluster = await hollowCluster(pods);
  return {
    async round() {
      const seconds = await secondsOf(() => fill(cluster, pods, pods));
      return pods / seconds;
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

/** Runs the work; resolves to how many seconds it took. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** Runs the work; resolves to the processor time it took this process, in milliseconds. */
export async function processorTime(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
