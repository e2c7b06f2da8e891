/** One container, from its declaration to Ready, in a cluster that runs and has a spare thread at hand. */
import { once } from "node:events";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { runAlone } from "../alone.ts";
import { type Cluster, startCluster } from "../k4s.ts";
import { byPace } from "../pace.ts";
import type { OpenSide, Row, Side } from "../row.ts";
import { rawWorker } from "../starts.ts";
import { median } from "../statistics.ts";

const startsPerRound = byPace(2, 3, 5);
/** Long enough for a spare thread to be made again: it is a container that starts now and then that is measured. */
const pauseMs = 200;

/** What the program does meanwhile. */
type Pause = () => Promise<unknown>;

/** Its event loop turns, as a busy program's does. */
async function turning(): Promise<void> {
  for (const end = performance.now() + pauseMs; performance.now() < end; ) await nextTurn();
}

/** It sleeps, and if nobody else has work for them, so do the processors: they take a while to be quick again. */
const sleeping: Pause = () => sleep(pauseMs);

async function k4sSide(pause: Pause): Promise<Side> {
  const cluster = await startCluster();
  let lastName = 0;
  return {
    round: () => medianOf(() => startOne(cluster, `one-${lastName++}`), pause),
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

async function rawSide(pause: Pause): Promise<Side> {
  return { round: () => medianOf(startOneRaw, pause), close: async () => {} };
}

async function startOneRaw(): Promise<number> {
  const began = performance.now();
  const worker = rawWorker();
  await once(worker, "message");
  const taken = performance.now() - began;
  await worker.terminate();
  return taken;
}

async function medianOf(start: () => Promise<number>, pause: Pause): Promise<number> {
  const taken: number[] = [];
  for (let n = 0; n < startsPerRound; n++) {
    await pause();
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
  roundSeconds: startsPerRound * 0.25,
  sides: new Map<string, OpenSide>([
    ["k4s", () => k4sSide(turning)],
    ["raw new Worker", () => rawSide(turning)],
    ["k4s, in a program that slept", () => k4sSide(sleeping)],
    ["raw new Worker, in a program that slept", () => rawSide(sleeping)],
  ]),
  goals: [{ atMost: 5 }, { atMost: 0.25, of: ["raw new Worker"] }],
  note: "The program's event loop turns while it waits for the next start. Where it sleeps, and with it the machine, both take longer.",
};

await runAlone(import.meta.url, row);
