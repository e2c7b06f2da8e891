/**
 * A node with 500 pods that run nothing is lost: how long the control plane works from the first pod that it takes off the node
 * until all are bound elsewhere. Time is virtual, so that the waits (50 seconds of silence, tolerationSeconds) take none.
 */
import { runAlone } from "../alone.ts";
import { hollowWorkload } from "../hollow.ts";
import { allReady, type Cluster, loadK4s } from "../k4s.ts";
import type { OpenSide, Row, Side } from "../row.ts";

const pods = 500;
const nodes = 11;

interface LosingCluster extends Cluster {
  readonly nodes: { crash(name: string): Promise<void> };
  watch(kind: string): AsyncIterable<{ readonly object: WatchedPod }>;
}

interface WatchedPod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec?: { readonly nodeName?: string };
}

async function lostNode(): Promise<Side> {
  const { Cluster, VirtualClock } = await loadK4s();
  const clock = new VirtualClock();
  const cluster = new Cluster({ nodes, runtime: "hollow", clock }) as LosingCluster;
  const inVirtualTime = async <T>(work: Promise<T>): Promise<T> => {
    const ended = Promise.allSettled([work]).then(() => "ended");
    while ((await Promise.race([ended, clock.advance(100)])) !== "ended");
    return await work;
  };
  await inVirtualTime(cluster.start());
  // Each node holds as many, so that the one that is lost has 500 of 5,500.
  const all = pods * nodes;
  await cluster.apply(hollowWorkload("ReplicaSet", "web", all));
  await inVirtualTime(allReady(cluster, "web", all));
  return {
    round: () => inVirtualTime(moved(cluster, "node-1")),
    close: () => inVirtualTime(cluster.stop()),
  };
}

/** Loses the node; resolves to how many milliseconds passed from the first pod that was deleted until the last was replaced. */
async function moved(cluster: LosingCluster, lost: string): Promise<number> {
  const there = new Set((await cluster.list("Pod")).map(({ metadata }) => metadata.name));
  const changes = cluster.watch("Pod");
  await cluster.nodes.crash(lost);
  const placed = new Set<string>();
  let began: number | undefined;
  for await (const { object } of changes) {
    const { name, deletionTimestamp } = object.metadata;
    if (deletionTimestamp !== undefined) began ??= performance.now();
    if (object.spec?.nodeName && !there.has(name)) placed.add(name);
    if (placed.size === pods) break;
  }
  return performance.now() - (began ?? Number.NaN);
}

export const row: Row = {
  id: "node-lost",
  part: "control-plane",
  title: "A node of 500 pods is lost: until all are bound elsewhere, waits taken out",
  unit: "ms",
  better: "less",
  rounds: 3,
  roundSeconds: 8,
  fresh: true,
  sides: new Map<string, OpenSide>([["k4s", lostNode]]),
  goals: [{ atMost: 1_000 }],
};

await runAlone(import.meta.url, row);
