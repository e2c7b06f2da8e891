/** How the control plane grows: hollow pods brought to Running a second, from 100 to 50,000 of them in one ReplicaSet. */
import { runAlone } from "../alone.ts";
import { podsPerSecond } from "../hollow.ts";
import type { OpenSide, Row } from "../row.ts";

export const row: Row = {
  id: "growth-pods",
  part: "growth",
  title: "Hollow pods brought to Running, by their number",
  unit: "pods/s",
  better: "more",
  rounds: 1,
  roundSeconds: 4,
  fresh: true,
  points: { label: "pods", values: [100, 1000, 5000, 10_000, 50_000] },
  sides: new Map<string, OpenSide>([["k4s", podsPerSecond]]),
  goals: [],
};

await runAlone(import.meta.url, row);
