/** How Jobs grow: what each of 300 to 10,000 Jobs of one hollow pod costs, from the declaration of all until all are Complete. */
import { runAlone } from "../alone.ts";
import { msPerJob } from "../jobs.ts";
import type { OpenSide, Row } from "../row.ts";

export const row: Row = {
  id: "growth-jobs",
  part: "growth",
  title: "Jobs of one hollow pod, declared to all Complete: time of each, by their number",
  unit: "ms a Job",
  better: "less",
  rounds: 1,
  roundSeconds: 4,
  fresh: true,
  points: { label: "Jobs", values: [300, 1_000, 3_000, 10_000] },
  sides: new Map<string, OpenSide>([["k4s", msPerJob]]),
  goals: [],
};

await runAlone(import.meta.url, row);
