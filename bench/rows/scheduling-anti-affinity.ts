/** scheduler_perf's SchedulingPodAntiAffinity: each pod wants no other of its kind on its node. Kubernetes' CI demands 60 pods a second; the goal is ten times that. */
import { runAlone } from "../alone.ts";
import { schedulingRow } from "../scheduling.ts";

const term = { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { color: "green" } } };
const asked = { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };

export const row = schedulingRow(
  {
    id: "scheduling-anti-affinity",
    title: "SchedulingPodAntiAffinity: 2,000 pods over 5,000 nodes, none beside another, 1,000 there",
    demanded: 60,
  },
  { nodes: 5_000, there: 1_000, measured: 2_000, asked, same: true },
);

await runAlone(import.meta.url, row);
