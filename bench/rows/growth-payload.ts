/** How the cost of a request grows with what it carries: strings from 16 B to 1 MB, 64 in flight. */
import { runAlone } from "../alone.ts";
import { k4sEcho } from "../k4s.ts";
import { roundMs } from "../pace.ts";
import { inFlight, requestSidesAt } from "../peers.ts";
import type { Row } from "../row.ts";
import { textBody } from "../workers/load.mjs";

export const row: Row = {
  id: "growth-payload",
  part: "growth",
  title: "Requests by size of the payload, 64 in flight",
  unit: "answers/s",
  better: "more",
  rounds: 3,
  points: { label: "bytes", values: [16, 128, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576] },
  sides: requestSidesAt(k4sEcho, bytes => ({
    workers: 4,
    measureOnce: inFlight({ inFlight: 64, ms: roundMs, body: textBody(bytes) }),
  })),
  goals: [],
};

await runAlone(import.meta.url, row);
