/** One container, from its declaration to Ready, in a cluster that runs and has a spare thread at hand. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { runAlone } from "../alone.ts";
import { type Cluster, startCluster } from "../k4s.ts";
import { isQuick } from "../pace.ts";
import type { OpenSide, Row, Side } from "../row.ts";
import { rawWorker } from "../starts.ts";
import { median } from "../statistics.ts";

const startsPerRound = isQuick ? 2 : 5;
/** Long enough for a spare thread to be made again: it is a container that starts now and then that is measured. */
const pauseMs = 200;

async function k4sSide(): Promise<Side> {
  const cluster = await startCluster();
  let lastName = 0;
  return {
    round: () => medianOf(() => startOne(cluster, `one-${lastName++}`)),
    close: () => cluster.stop(),
  };
}

async function startOne(cluster: Cluster, name: string): Promise<number> {
  const container = { kind: "Container", metadata: { name }, spec: { module: "echo", function: "echo" } };
  const began = performance.now();
  await cluster.apply(container);
  await cluster.waitFor(`Container/${name}`, "Ready");
  const taken = performance.now() - began;
  await cluster.delete("Container", name);
  await cluster.waitFor(`Container/${name}`, "deleted");
  return taken;
}

async function rawSide(): Promise<Side> {
  return { round: () => medianOf(startOneRaw), close: async () => {} };
}

async function startOneRaw(): Promise<number> {
  const began = performance.now();
  const worker = rawWorker();
  await once(worker, "message");
  const taken = performance.now() - began;
  await worker.terminate();
  return taken;
}

async function medianOf(start: () => Promise<number>): Promise<number> {
  const taken: number[] = [];
  for (let n = 0; n < startsPerRound; n++) {
    await sleep(pauseMs);
    taken.push(await start());
  }
  return median(taken);
}

export const row: Row = {
  id: "start-one",
  part: "starting",
  title: "One container, from its declaration to Ready, a spare thread at hand",
  unit: "ms",
  better: "less",
  rounds: 9,
  sides: new Map<string, OpenSide>([
    ["k4s", k4sSide],
    ["raw new Worker", rawSide],
  ]),
  goals: [{ atMost: 3 }, { atMost: 0.1, of: ["raw new Worker"] }],
};

await runAlone(import.meta.url, row);
