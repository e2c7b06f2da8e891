/** A cluster as large as Kubernetes supports in one process: what the process has of the machine's memory when all pods run. */
import { setTimeout as sleep } from "node:timers/promises";
import { runAlone } from "../alone.ts";
import { largeCluster } from "../large.ts";
import type { OpenSide, Row, Side } from "../row.ts";

async function memory(): Promise<Side> {
  const cluster = await largeCluster();
  return {
    async round() {
      await sleep(1_000);
      return process.memoryUsage.rss() / 2 ** 20;
    },
    close: () => cluster.stop(),
  };
}

export const row: Row = {
  id: "large-memory",
  part: "control-plane",
  title: "5,000 nodes and 150,000 pods in one process: resident memory",
  unit: "MB",
  better: "less",
  rounds: 1,
  roundSeconds: 1,
  openSeconds: 120,
  sides: new Map<string, OpenSide>([["k4s", memory]]),
  goals: [{ atMost: 2_048 }],
};

await runAlone(import.meta.url, row);
