/** As network-http, with undici, beside undici over a Unix socket that was connected to by hand. */
import { runAlone } from "../alone.ts";
import { podsSide, rawHttpSide } from "../network-sides.ts";
import { roundMs } from "../pace.ts";
import type { OpenSide, Row } from "../row.ts";
import type { Load } from "../workers/load.mjs";

const load: Load = { inFlight: 32, ms: roundMs };

export const row: Row = {
  id: "network-undici",
  part: "network",
  title: "undici from one pod to a Service by name, 32 in flight",
  unit: "answers/s",
  better: "more",
  rounds: 9,
  openSeconds: 3,
  sides: new Map<string, OpenSide>([
    ["k4s", podsSide("undici", load)],
    ["raw, Unix socket", rawHttpSide("rawUndiciUnix", load)],
  ]),
  goals: [{ atLeast: 0.95, of: ["raw, Unix socket"] }],
};

await runAlone(import.meta.url, row);
