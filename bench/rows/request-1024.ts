/** Requests to a Service of four echoes, 1,024 in flight: a flood. */
import { runAlone } from "../alone.ts";
import { k4sEcho } from "../k4s.ts";
import { roundMs } from "../pace.ts";
import { inFlight, poolNames, raw, requestSides } from "../peers.ts";
import type { Row } from "../row.ts";

export const row: Row = {
  id: "request-1024",
  part: "messages",
  title: "Requests, small object, 1,024 in flight",
  unit: "answers/s",
  better: "more",
  rounds: 9,
  sides: requestSides(k4sEcho, inFlight({ inFlight: 1024, ms: roundMs }), { workers: 4, withPools: true }),
  goals: [
    { atLeast: 6, of: [raw] },
    { atLeast: 8, of: poolNames, label: "the best pool" },
  ],
};

await runAlone(import.meta.url, row);
