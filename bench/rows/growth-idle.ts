/** What the control plane takes of a core while nothing changes, by the number of hollow pods it keeps. */
import { runAlone } from "../alone.ts";
import { idleShare } from "../hollow.ts";
import type { OpenSide, Row } from "../row.ts";

export const row: Row = {
  id: "growth-idle",
  part: "growth",
  title: "Processor time while nothing changes, by number of hollow pods",
  unit: "% of a core",
  better: "less",
  rounds: 1,
  roundSeconds: 4,
  points: { label: "pods", values: [100, 1000, 5000, 10_000, 50_000] },
  sides: new Map<string, OpenSide>([["k4s", pods => idleShare(pods, 3000)]]),
  goals: [],
};

await runAlone(import.meta.url, row);
