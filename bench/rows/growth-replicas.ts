/** How many answers a Service of 1 to 64 replicas gives, 1,024 in flight: more threads than cores must not hurt much. */
import { runAlone } from "../alone.ts";
import { k4sEcho } from "../k4s.ts";
import { roundMs } from "../pace.ts";
import { inFlight, requestSidesAt } from "../peers.ts";
import type { Row } from "../row.ts";

export const row: Row = {
  id: "growth-replicas",
  part: "growth",
  title: "Requests by number of replicas, small object, 1,024 in flight",
  unit: "answers/s",
  better: "more",
  rounds: 3,
  points: { label: "replicas", values: [1, 2, 4, 8, 16, 32, 64] },
  sides: requestSidesAt(k4sEcho, workers => ({
    workers,
    measureOnce: inFlight({ inFlight: 1024, ms: roundMs }),
  })),
  goals: [],
};

await runAlone(import.meta.url, row);
