/** A worker asks a Service of other workers, 1,024 in flight: the main thread only introduced them. */
import { runAlone } from "../alone.ts";
import { type Cluster, serve, startCluster } from "../k4s.ts";
import { roundMs } from "../pace.ts";
import { loadPeer } from "../peers.ts";
import type { OpenSide, Row, Side } from "../row.ts";
import type { Load } from "../workers/load.mjs";

const load: Load = { inFlight: 1024, ms: roundMs };

interface BetweenWorkers {
  start(workers: number): Promise<void>;
  answersPerSecond(load: Load): Promise<number>;
  stop(): Promise<void>;
}

function rawSide(make: string, workers: number): OpenSide {
  return async () => {
    const peer = await loadPeer<BetweenWorkers>("raw-between-workers", make);
    await peer.start(workers);
    return { round: () => peer.answersPerSecond(load), close: () => peer.stop() };
  };
}

/** The load runs in a container of its own, which counts, and says how many answers a second it got. */
async function k4sSide(): Promise<Side> {
  const cluster: Cluster = await startCluster();
  await serve(cluster, { name: "echo", module: "echo", replicas: 4 });
  await serve(cluster, { name: "caller", module: "caller", replicas: 1 });
  return {
    round: async () => Number(await cluster.api.request("caller", { service: "echo", ...load })),
    close: () => cluster.stop(),
  };
}

export const row: Row = {
  id: "worker-to-worker",
  part: "messages",
  title: "One worker asks a Service of four, small object, 1,024 in flight",
  unit: "answers/s",
  better: "more",
  rounds: 9,
  sides: new Map<string, OpenSide>([
    ["k4s", k4sSide],
    ["raw, relayed to four", rawSide("rawRelayed", 4)],
    ["raw, relayed to one", rawSide("rawRelayed", 1)],
    ["raw, direct ports to four", rawSide("rawDirect", 4)],
    ["raw, direct port to one", rawSide("rawDirect", 1)],
  ]),
  goals: [
    { atLeast: 3, of: ["raw, relayed to four", "raw, relayed to one"], label: "relayed" },
    { atLeast: 1.3, of: ["raw, direct ports to four", "raw, direct port to one"], label: "a direct port" },
  ],
  note: "The raw sides are measured with one and with four receivers, and k4s, with four, against the quicker of the two.",
};

await runAlone(import.meta.url, row);
