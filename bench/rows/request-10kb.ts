/** Requests that carry a string of 10 KB there and back, 64 in flight: copying starts to count. */
import { runAlone } from "../alone.ts";
import { k4sEcho } from "../k4s.ts";
import { roundMs } from "../pace.ts";
import { inFlight, poolNames, raw, requestSides } from "../peers.ts";
import type { Row } from "../row.ts";
import { textBody } from "../workers/load.mjs";

export const row: Row = {
  id: "request-10kb",
  part: "messages",
  title: "Requests, 10 KB string, 64 in flight",
  unit: "answers/s",
  better: "more",
  rounds: 9,
  sides: requestSides(k4sEcho, inFlight({ inFlight: 64, ms: roundMs, body: textBody(10_240) }), {
    workers: 4,
    withPools: true,
  }),
  goals: [
    { atLeast: 1.5, of: [raw] },
    { atLeast: 3, of: poolNames, label: "the best pool" },
  ],
};

await runAlone(import.meta.url, row);
