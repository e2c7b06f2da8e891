/** How long 1 to 500 containers take from nothing to all Ready, beside as many raw workers. */
import { runAlone } from "../alone.ts";
import type { OpenSide, Row } from "../row.ts";
import { k4sStart, rawStart } from "../starts.ts";

export const row: Row = {
  id: "growth-start",
  part: "growth",
  title: "Starting by number of containers, from nothing to all Ready",
  unit: "ms",
  better: "less",
  rounds: 1,
  roundSeconds: 4,
  fresh: true,
  points: { label: "containers", values: [1, 10, 50, 100, 200, 500] },
  sides: new Map<string, OpenSide>([
    ["k4s", k4sStart],
    ["raw new Worker", rawStart],
  ]),
  goals: [],
};

await runAlone(import.meta.url, row);
