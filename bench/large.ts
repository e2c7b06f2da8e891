/** A cluster as large as Kubernetes supports: 5,000 nodes and 150,000 pods, here in one process, all hollow. */
import { setTimeout as sleep } from "node:timers/promises";
import { fill, hollowTemplate } from "./hollow.ts";
import { type Cluster, startCluster } from "./k4s.ts";
import { byPace } from "./pace.ts";

const nodes = byPace(100, 5_000, 5_000);
const pods = nodes * 30;

/** How often a second a pod and a ConfigMap come while latency is measured. */
const perSecond = 50;

export async function largeCluster(): Promise<Cluster> {
  const cluster = await startCluster({ nodes });
  await fill(cluster, pods, 100);
  return cluster;
}

/**
 * Lets pods and ConfigMaps come for so long; resolves to the milliseconds that each pod took from its declaration until it had a
 * node, and that each call of the API took meanwhile.
 */
export async function latencies(
  cluster: Cluster,
  seconds: number,
): Promise<{ scheduling: number[]; calls: number[] }> {
  const scheduling: number[] = [];
  const calls: number[] = [];
  const timed = async (into: number[], work: () => Promise<unknown>) => {
    const began = performance.now();
    await work();
    into.push(performance.now() - began);
  };
  const once = async (name: string) => {
    const metadata = { name };
    await timed(calls, () =>
      cluster.apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { is: "new" } }),
    );
    await timed(calls, () => cluster.get("ConfigMap", name));
    await timed(calls, () => cluster.patch("ConfigMap", name, { data: { is: "old" } }));
    await timed(calls, () => cluster.delete("ConfigMap", name));
  };
  const place = async (name: string) => {
    await timed(scheduling, async () => {
      await cluster.apply({ apiVersion: "v1", kind: "Pod", ...hollowTemplate(name), metadata: { name } });
      await cluster.waitFor(`Pod/${name}`, ({ spec }) => spec?.nodeName !== undefined);
    });
    await cluster.delete("Pod", name);
  };
  const all: Promise<void>[] = [];
  for (let n = 0; n < seconds * perSecond; n++) {
    all.push(once(`latency-${n}`), place(`latency-${n}`));
    await sleep(1_000 / perSecond);
  }
  await Promise.all(all);
  return { scheduling, calls };
}

/** What 99 of 100 do not exceed. */
export function p99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? Number.NaN;
}
