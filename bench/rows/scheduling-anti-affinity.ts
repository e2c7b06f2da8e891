/** scheduler_perf's SchedulingPodAntiAffinity: each pod wants no other of its kind on its node. Kubernetes' CI demands 60 pods a second; the goal is ten times that. */
import { runAlone } from "../alone.ts";
import type { OpenSide, Row } from "../row.ts";
import { podsScheduledPerSecond } from "../scheduling.ts";

const term = { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { color: "green" } } };
const asked = { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };

export const row: Row = {
  id: "scheduling-anti-affinity",
  part: "control-plane",
  title: "SchedulingPodAntiAffinity: 2,000 pods over 5,000 nodes, none beside another, 1,000 there",
  unit: "pods/s",
  better: "more",
  rounds: 3,
  roundSeconds: 5,
  openSeconds: 10,
  fresh: true,
  sides: new Map<string, OpenSide>([
    ["k4s", () => podsScheduledPerSecond({ nodes: 5_000, there: 1_000, measured: 2_000, asked, same: true })],
  ]),
  goals: [{ atLeast: 600 }],
  note: "kube-scheduler's CI demands 60 pods/s",
};

await runAlone(import.meta.url, row);
