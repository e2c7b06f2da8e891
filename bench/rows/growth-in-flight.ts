/** How batching sets in: from one request at a time to 4,096 in flight, four replicas. */
import { runAlone } from "../alone.ts";
import { k4sEcho } from "../k4s.ts";
import { roundMs } from "../pace.ts";
import { inFlight, requestSidesAt } from "../peers.ts";
import type { Row } from "../row.ts";

export const row: Row = {
  id: "growth-in-flight",
  part: "growth",
  title: "Requests by number in flight, small object, four replicas",
  unit: "answers/s",
  better: "more",
  rounds: 3,
  points: { label: "in flight", values: [1, 4, 16, 64, 256, 1024, 4096] },
  sides: requestSidesAt(k4sEcho, lanes => ({
    workers: 4,
    measureOnce: inFlight({ inFlight: lanes, ms: roundMs }),
  })),
  goals: [],
};

await runAlone(import.meta.url, row);
