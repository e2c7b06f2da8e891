/**
 * One pod more and one pod less in a ReplicaSet of 100, in a cluster of 1,000 hollow pods and in one of 50,000: the
 * processor time of the change must follow what is affected, not the size of the cluster.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { runAlone } from "../alone.ts";
import { fill, hollowCluster, processorTime } from "../hollow.ts";
import { allReady, type Cluster } from "../k4s.ts";
import { byPace } from "../pace.ts";
import type { OpenSide, Row, Side } from "../row.ts";

const changes = byPace(10, 25, 50);

async function changeIn(pods: number): Promise<Side> {
  const cluster = await hollowCluster(pods);
  await fill(cluster, pods, 100);
  await sleep(2000);
  return { round: () => costOfAChange(cluster), close: () => cluster.stop() };
}

/** Milliseconds of processor time a change, without what the cluster takes anyway while nothing changes. */
async function costOfAChange(cluster: Cluster): Promise<number> {
  const idleMs = 2000;
  const idle = (await processorTime(() => sleep(idleMs))) / idleMs;
  const began = performance.now();
  const taken = await processorTime(async () => {
    for (let n = 0; n < changes; n++) {
      await scale(cluster, 101);
      await scale(cluster, 100);
    }
  });
  return (taken - idle * (performance.now() - began)) / (2 * changes);
}

async function scale(cluster: Cluster, replicas: number): Promise<void> {
  await cluster.patch("ReplicaSet", "hollow-0", { spec: { replicas } });
  await allReady(cluster, "hollow-0", replicas);
}

export const row: Row = {
  id: "hollow-change",
  part: "control-plane",
  title: "One pod more or less: processor time of the change",
  unit: "ms",
  better: "less",
  rounds: 3,
  roundSeconds: 2 + changes * 0.04,
  openSeconds: 5,
  sides: new Map<string, OpenSide>([
    ["k4s, among 50,000 pods", () => changeIn(50_000)],
    ["k4s, among 1,000 pods", () => changeIn(1000)],
  ]),
  goals: [{ atMost: 2, of: ["k4s, among 1,000 pods"] }],
};

await runAlone(import.meta.url, row);
