/** The slowest among many: under full load the 99th percentile stays near the median, so no request is forgotten. */
import { runAlone } from "../alone.ts";
import { k4sEcho } from "../k4s.ts";
import { roundMs } from "../pace.ts";
import { requestSides } from "../peers.ts";
import type { Row } from "../row.ts";
import { latenciesUnderLoad, quantile } from "../workers/load.mjs";

async function tailOverMedian(request: (body: unknown) => Promise<unknown>): Promise<number> {
  const taken = await latenciesUnderLoad(request, { inFlight: 1024, ms: roundMs });
  return quantile(taken, 0.99) / quantile(taken, 0.5);
}

export const row: Row = {
  id: "fair-latency",
  part: "fairness",
  title: "Latency under full load, 1,024 in flight: p99 over p50",
  unit: "times",
  better: "less",
  rounds: 7,
  sides: requestSides(k4sEcho, tailOverMedian, { workers: 4, withPools: false }),
  goals: [{ atMost: 10 }],
};

await runAlone(import.meta.url, row);
