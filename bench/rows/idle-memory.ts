/** What one more idle container adds to the process: resident memory with 60 of them less that with 10, by 50. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { runAlone } from "../alone.ts";
import { allReady, replicaSet, startCluster } from "../k4s.ts";
import type { OpenSide, Row, Side } from "../row.ts";
import { rawWorker } from "../starts.ts";

const few = 10;
const many = 60;

async function k4sSide(): Promise<Side> {
  const cluster = await startCluster();
  async function scaleTo(replicas: number): Promise<void> {
    await cluster.apply(replicaSet({ name: "echo", module: "echo", replicas }));
    await allReady(cluster, "echo", replicas);
  }
  return { round: () => growth(scaleTo), close: () => cluster.stop() };
}

async function rawSide(): Promise<Side> {
  const workers: Worker[] = [];
  async function scaleTo(count: number): Promise<void> {
    const added = Array.from({ length: count - workers.length }, rawWorker);
    await Promise.all(added.map(worker => once(worker, "message")));
    workers.push(...added);
  }
  return {
    round: () => growth(scaleTo),
    close: async () => {
      await Promise.all(workers.map(worker => worker.terminate()));
    },
  };
}

/** MB a thread. After each step a moment to come to rest: spare threads are made again, start-up work ends. */
async function growth(scaleTo: (count: number) => Promise<void>): Promise<number> {
  await scaleTo(few);
  await sleep(1000);
  const before = process.memoryUsage.rss();
  await scaleTo(many);
  await sleep(1000);
  return (process.memoryUsage.rss() - before) / (many - few) / 2 ** 20;
}

export const row: Row = {
  id: "idle-memory",
  part: "starting",
  title: "Memory of an idle container",
  unit: "MB",
  better: "less",
  rounds: 3,
  roundSeconds: 4,
  fresh: true,
  sides: new Map<string, OpenSide>([
    ["k4s", k4sSide],
    ["raw new Worker", rawSide],
  ]),
  goals: [{ atMost: 1.1, of: ["raw new Worker"] }],
};

await runAlone(import.meta.url, row);
