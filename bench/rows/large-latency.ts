/**
 * A cluster as large as Kubernetes supports, in which 50 pods and 50 ConfigMaps come each second: the time that 99 of 100 take, of the
 * pods until they have a node and of the calls until they are answered, whichever is longer. Kubernetes' own objective for calls is a second.
 */
import { runAlone } from "../alone.ts";
import { largeCluster, latencies, p99 } from "../large.ts";
import { byPace } from "../pace.ts";
import type { OpenSide, Row, Side } from "../row.ts";

const seconds = byPace(1, 5, 10);

async function latency(): Promise<Side> {
  const cluster = await largeCluster();
  return {
    async round() {
      const { scheduling, calls } = await latencies(cluster, seconds);
      return Math.max(p99(scheduling), p99(calls));
    },
    close: () => cluster.stop(),
  };
}

export const row: Row = {
  id: "large-latency",
  part: "control-plane",
  title: "5,000 nodes and 150,000 pods: p99 of scheduling and of API calls, the longer of the two",
  unit: "ms",
  better: "less",
  rounds: 3,
  roundSeconds: seconds,
  openSeconds: 120,
  sides: new Map<string, OpenSide>([["k4s", latency]]),
  goals: [{ atMost: 1_000 }],
};

await runAlone(import.meta.url, row);
