/** What a hollow pod adds to the process, everything included: the object, its history, indexes, watches and events. */
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { runAlone } from "../alone.ts";
import { fill, hollowCluster } from "../hollow.ts";
import type { OpenSide, Row, Side } from "../row.ts";

const pods = 10_000;

/** Garbage is collected before each look, because what is asked for is what a pod keeps, not what it once used. */
async function memoryPerPod(look: () => number): Promise<Side> {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const cluster = await hollowCluster(pods);
  async function atRest(): Promise<number> {
    await sleep(2000);
    collect();
    return look();
  }
  return {
    async round() {
      const before = await atRest();
      await fill(cluster, pods, pods);
      return ((await atRest()) - before) / pods / 1024;
    },
    close: () => cluster.stop(),
  };
}

function kept(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

export const row: Row = {
  id: "hollow-memory",
  part: "control-plane",
  title: "Memory per hollow pod, everything included, 10,000 of them",
  unit: "KB",
  better: "less",
  rounds: 3,
  roundSeconds: 3,
  fresh: true,
  sides: new Map<string, OpenSide>([
    ["k4s, what is kept", () => memoryPerPod(kept)],
    ["k4s, resident", () => memoryPerPod(() => process.memoryUsage.rss())],
  ]),
  goals: [{ atMost: 8 }],
};

await runAlone(import.meta.url, row);
