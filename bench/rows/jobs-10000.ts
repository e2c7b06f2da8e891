/**
 * Jobs of one pod that runs nothing and ends at once, from their declaration until all are Complete: what one of 10,000 costs
 * beside one of 1,000, which is the same where the time is linear in their number.
 */
import { runAlone } from "../alone.ts";
import { msPerJob } from "../jobs.ts";
import type { OpenSide, Row } from "../row.ts";

export const row: Row = {
  id: "jobs-10000",
  part: "control-plane",
  title: "10,000 Jobs of one hollow pod, declared to all Complete: time of each",
  unit: "ms a Job",
  better: "less",
  rounds: 3,
  roundSeconds: 8,
  fresh: true,
  sides: new Map<string, OpenSide>([
    ["k4s, 10,000 Jobs", () => msPerJob(10_000)],
    ["k4s, 1,000 Jobs", () => msPerJob(1_000)],
  ]),
  goals: [{ atMost: 1.5, of: ["k4s, 1,000 Jobs"] }],
};

await runAlone(import.meta.url, row);
