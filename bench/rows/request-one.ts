/** One request after another: the time of two thread wake-ups, and of every step that was put between them. */
import { runAlone } from "../alone.ts";
import { k4sEcho } from "../k4s.ts";
import { roundMs } from "../pace.ts";
import { poolNames, raw, requestSides } from "../peers.ts";
import type { Row } from "../row.ts";
import { medianLatency } from "../workers/load.mjs";

export const row: Row = {
  id: "request-one",
  part: "messages",
  title: "Requests, small object, one at a time, p50",
  unit: "µs",
  better: "less",
  rounds: 11,
  sides: requestSides(k4sEcho, request => medianLatency(request, { ms: roundMs }), {
    workers: 4,
    withPools: true,
  }),
  goals: [{ atMost: 1.15, of: [raw] }],
  note: `Beside the pools it is to be seen, not to be won: ${poolNames.length} of them wait for the same two wake-ups.`,
};

await runAlone(import.meta.url, row);
