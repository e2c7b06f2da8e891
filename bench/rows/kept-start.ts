/** The start of a cluster that was kept on disk. */
import { runAlone } from "../alone.ts";
import { keptStart } from "../kept.ts";
import type { Row } from "../row.ts";

export const row: Row = {
  id: "kept-start",
  part: "starting",
  title: "A cluster with 10,000 objects in its journal, from start() to its first call",
  unit: "ms",
  better: "less",
  rounds: 7,
  roundSeconds: 1,
  openSeconds: 15,
  sides: new Map([["k4s", keptStart]]),
  goals: [{ atMost: 1_000 }],
};

await runAlone(import.meta.url, row);
