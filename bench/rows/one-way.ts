/** Messages that nobody answers, counted where they arrive: `send` to a Service of four counters. */
import { runAlone } from "../alone.ts";
import { type Cluster, serve, startCluster } from "../k4s.ts";
import { byPace } from "../pace.ts";
import { loadPeer, raw } from "../peers.ts";
import type { OpenSide, Row, Side } from "../row.ts";
import { smallBody } from "../workers/load.mjs";

const replicas = 4;
const messages = byPace(50_000, 300_000, 300_000);
/** How many sends wait at once to be taken in; the sender is held back, so it has to have some under way. */
const underWay = 1024;

interface OneWay {
  start(workers: number): Promise<void>;
  deliveredPerSecond(messages: number): Promise<number>;
  stop(): Promise<void>;
}

async function rawSide(): Promise<Side> {
  const peer = await loadPeer<OneWay>("raw-one-way", "rawOneWay");
  await peer.start(replicas);
  return { round: () => peer.deliveredPerSecond(messages), close: () => peer.stop() };
}

async function k4sSide(): Promise<Side> {
  const cluster = await startCluster();
  await serve(cluster, { name: "counter", module: "counter", replicas });
  return { round: () => deliveredPerSecond(cluster), close: () => cluster.stop() };
}

async function deliveredPerSecond(cluster: Cluster): Promise<number> {
  const before = await counted(cluster);
  const began = performance.now();
  let sent = 0;
  async function lane() {
    while (sent < messages) await cluster.api.send("counter", smallBody(sent++));
  }
  await Promise.all(Array.from({ length: underWay }, lane));
  const arrived = (await counted(cluster)) - before;
  if (arrived !== messages) throw new Error(`${messages} were sent, ${arrived} arrived.`);
  return (messages / (performance.now() - began)) * 1000;
}

/** Asks each replica by name how many it has counted; the question queues up behind the messages. */
async function counted(cluster: Cluster): Promise<number> {
  const ask = (n: number) => cluster.api.request(`pod/counter-${n}`, "how many?");
  const counts = await Promise.all(Array.from({ length: replicas }, (_, n) => ask(n)));
  return counts.reduce<number>((sum, count) => sum + Number(count), 0);
}

export const row: Row = {
  id: "one-way",
  part: "messages",
  title: "One way, small object, counted at the receivers",
  unit: "messages/s",
  better: "more",
  rounds: 5,
  roundSeconds: 0.7,
  sides: new Map<string, OpenSide>([
    ["k4s", k4sSide],
    [raw, rawSide],
  ]),
  goals: [{ atLeast: 3, of: [raw] }],
  note: `The raw sender is not held back and fills memory; k4s has at most ${underWay.toLocaleString("en-US")} sends under way and hears of each that it was taken in.`,
};

await runAlone(import.meta.url, row);
