/** scheduler_perf's SchedulingBasic: each pod asks for processor and memory alone. Kubernetes' CI demands 680 pods a second; the goal is ten times that. */
import { runAlone } from "../alone.ts";
import type { OpenSide, Row } from "../row.ts";
import { podsScheduledPerSecond } from "../scheduling.ts";

export const row: Row = {
  id: "scheduling-basic",
  part: "control-plane",
  title: "SchedulingBasic: 10,000 pods over 5,000 nodes, 1,000 pods there",
  unit: "pods/s",
  better: "more",
  rounds: 3,
  roundSeconds: 5,
  openSeconds: 10,
  fresh: true,
  sides: new Map<string, OpenSide>([
    ["k4s", () => podsScheduledPerSecond({ nodes: 5_000, there: 1_000, measured: 10_000 })],
  ]),
  goals: [{ atLeast: 6800 }],
  note: "kube-scheduler's CI demands 680 pods/s",
};

await runAlone(import.meta.url, row);
