/** scheduler_perf's SchedulingPodAffinity: each pod wants to be in a zone with others of its kind. Kubernetes' CI demands 35 pods a second; the goal is ten times that. */
import { runAlone } from "../alone.ts";
import { schedulingRow } from "../scheduling.ts";

const term = {
  topologyKey: "topology.kubernetes.io/zone",
  labelSelector: { matchLabels: { color: "green" } },
};
const asked = { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };

export const row = schedulingRow(
  {
    id: "scheduling-affinity",
    title: "SchedulingPodAffinity: 5,000 pods over 5,000 nodes near others, 5,000 there",
    demanded: 35,
  },
  { nodes: 5_000, there: 5_000, measured: 5_000, asked, same: true },
);

await runAlone(import.meta.url, row);
