/** scheduler_perf's Unschedulable: each pod fits, while others do not. Kubernetes' CI demands 590 pods a second; the goal is ten times that. */
import { runAlone } from "../alone.ts";
import type { OpenSide, Row } from "../row.ts";
import { pod, podsScheduledPerSecond } from "../scheduling.ts";

const containers = [{ name: "large", image: "pause", resources: { requests: { cpu: "9" } } }];
const before = Array.from({ length: 100 }, (_, i) => pod(`large-${i}`, { containers, priority: 10 }));

export const row: Row = {
  id: "scheduling-unschedulable",
  part: "control-plane",
  title: "Unschedulable: 10,000 pods over 5,000 nodes while 100 fit nowhere",
  unit: "pods/s",
  better: "more",
  rounds: 3,
  roundSeconds: 5,
  openSeconds: 10,
  fresh: true,
  sides: new Map<string, OpenSide>([
    ["k4s", () => podsScheduledPerSecond({ nodes: 5_000, there: 100, measured: 10_000, before })],
  ]),
  goals: [{ atLeast: 5900 }],
  note: "kube-scheduler's CI demands 590 pods/s",
};

await runAlone(import.meta.url, row);
