/**
 * A sender that is far faster than its receiver: how many messages have been taken off the sender's hands but not been
 * handled yet. k4s holds the sender back; raw threads keep everything in memory.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { runAlone } from "../alone.ts";
import { serve, startCluster } from "../k4s.ts";
import { roundMs } from "../pace.ts";
import { loadPeer, raw } from "../peers.ts";
import type { OpenSide, Row, Side } from "../row.ts";
import { smallBody } from "../workers/load.mjs";

/** The program's own share: sends it has begun and not been told of. */
const lanes = 512;

async function k4sSide(): Promise<Side> {
  const cluster = await startCluster();
  await serve(cluster, { name: "sluggish", module: "sluggish", replicas: 1 });
  const handled = new Int32Array(new SharedArrayBuffer(4));
  await cluster.api.request("sluggish", { handled });
  async function mostBuffered(): Promise<number> {
    let accepted = 0;
    let running = true;
    const before = Atomics.load(handled, 0);
    async function lane() {
      while (running) {
        await cluster.api.send("sluggish", smallBody(accepted));
        accepted++;
      }
    }
    const all = Array.from({ length: lanes }, lane);
    await sleep(roundMs);
    const buffered = accepted - (Atomics.load(handled, 0) - before);
    running = false;
    await Promise.all(all);
    while (Atomics.load(handled, 0) - before < accepted) await sleep(5);
    return buffered;
  }
  return { round: mostBuffered, close: () => cluster.stop() };
}

interface Hurried {
  start(): Promise<void>;
  buffered(ms: number): Promise<number>;
  stop(): Promise<void>;
}

async function rawSide(): Promise<Side> {
  const peer = await loadPeer<Hurried>("raw-hurried", "rawHurried");
  await peer.start();
  return { round: () => peer.buffered(roundMs), close: () => peer.stop() };
}

export const row: Row = {
  id: "fair-fast-sender",
  part: "fairness",
  title: "A sender faster than its receiver: messages accepted and not yet handled",
  unit: "messages",
  better: "less",
  rounds: 3,
  sides: new Map<string, OpenSide>([
    ["k4s", k4sSide],
    [raw, rawSide],
  ]),
  goals: [{ atMost: 4096 }],
};

await runAlone(import.meta.url, row);
