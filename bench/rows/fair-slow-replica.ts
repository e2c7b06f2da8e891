/**
 * One replica of four takes 5 ms for each message, more than its share of the traffic leaves it time for. The requests
 * that reach the other three must not notice. The traffic comes at a steady pace, whatever the answers do.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { runAlone } from "../alone.ts";
import { type Cluster, serve, startCluster } from "../k4s.ts";
import { byPace } from "../pace.ts";
import type { OpenSide, Row } from "../row.ts";
import { quantile, smallBody } from "../workers/load.mjs";

const requests = byPace(200, 1000, 1000);
const slow = "signed-0";

function open(parameters: object): OpenSide {
  return async () => {
    const cluster = await startCluster();
    await serve(cluster, { name: "signed", module: "signed", replicas: 4, parameters });
    return { round: () => latencyOfTheOthers(cluster), close: () => cluster.stop() };
  };
}

/** Two requests each millisecond; the 90th percentile, in µs, of those that one of the other replicas answered. */
async function latencyOfTheOthers(cluster: Cluster): Promise<number> {
  const taken: number[] = [];
  async function one(n: number): Promise<void> {
    const began = performance.now();
    const reply = (await cluster.api.request("signed", smallBody(n))) as { by: string };
    if (reply.by !== slow) taken.push((performance.now() - began) * 1000);
  }
  const all: Promise<void>[] = [];
  for (let n = 0; n < requests; n += 2) {
    all.push(one(n), one(n + 1));
    await sleep(1);
  }
  await Promise.all(all);
  return quantile(
    taken.sort((a, b) => a - b),
    0.9,
  );
}

export const row: Row = {
  id: "fair-slow-replica",
  part: "fairness",
  title: "One of four replicas is slow: p90 of what the others answer",
  unit: "µs",
  better: "less",
  rounds: 5,
  sides: new Map<string, OpenSide>([
    ["k4s, one slow", open({ slow, slowMs: 5 })],
    ["k4s, none slow", open({ slow: "none", slowMs: 5 })],
  ]),
  goals: [{ atMost: 2, of: ["k4s, none slow"] }],
};

await runAlone(import.meta.url, row);
