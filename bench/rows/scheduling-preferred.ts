/** scheduler_perf's SchedulingPreferredPodAffinity: each pod would rather be beside others of its kind. Kubernetes' CI demands 90 pods a second; the goal is ten times that. */
import { runAlone } from "../alone.ts";
import type { OpenSide, Row } from "../row.ts";
import { podsScheduledPerSecond } from "../scheduling.ts";

const podAffinityTerm = {
  topologyKey: "kubernetes.io/hostname",
  labelSelector: { matchLabels: { color: "green" } },
};
const preferredDuringSchedulingIgnoredDuringExecution = [{ weight: 1, podAffinityTerm }];
const asked = { affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution } } };

export const row: Row = {
  id: "scheduling-preferred",
  part: "control-plane",
  title: "SchedulingPreferredPodAffinity: 5,000 pods over 5,000 nodes, 5,000 there",
  unit: "pods/s",
  better: "more",
  rounds: 3,
  roundSeconds: 5,
  openSeconds: 10,
  fresh: true,
  sides: new Map<string, OpenSide>([
    ["k4s", () => podsScheduledPerSecond({ nodes: 5_000, there: 5_000, measured: 5_000, asked, same: true })],
  ]),
  goals: [{ atLeast: 900 }],
  note: "kube-scheduler's CI demands 90 pods/s",
};

await runAlone(import.meta.url, row);
