/** scheduler_perf's SchedulingPodAffinity: each pod wants to be in a zone with others of its kind. Kubernetes' CI demands 35 pods a second; the goal is ten times that. */
import { runAlone } from "../alone.ts";
import type { OpenSide, Row } from "../row.ts";
import { podsScheduledPerSecond } from "../scheduling.ts";

const term = {
  topologyKey: "topology.kubernetes.io/zone",
  labelSelector: { matchLabels: { color: "green" } },
};
const asked = { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };

export const row: Row = {
  id: "scheduling-affinity",
  part: "control-plane",
  title: "SchedulingPodAffinity: 5,000 pods over 5,000 nodes near others, 5,000 there",
  unit: "pods/s",
  better: "more",
  rounds: 3,
  roundSeconds: 5,
  openSeconds: 10,
  fresh: true,
  sides: new Map<string, OpenSide>([
    ["k4s", () => podsScheduledPerSecond({ nodes: 5_000, there: 5_000, measured: 5_000, asked, same: true })],
  ]),
  goals: [{ atLeast: 350 }],
  note: "kube-scheduler's CI demands 35 pods/s",
};

await runAlone(import.meta.url, row);
