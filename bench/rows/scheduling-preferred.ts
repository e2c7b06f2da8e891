/** scheduler_perf's SchedulingPreferredPodAffinity: each pod would rather be beside others of its kind. Kubernetes' CI demands 90 pods a second; the goal is ten times that. */
import { runAlone } from "../alone.ts";
import { schedulingRow } from "../scheduling.ts";

const podAffinityTerm = {
  topologyKey: "kubernetes.io/hostname",
  labelSelector: { matchLabels: { color: "green" } },
};
const preferredDuringSchedulingIgnoredDuringExecution = [{ weight: 1, podAffinityTerm }];
const asked = { affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution } } };

export const row = schedulingRow(
  {
    id: "scheduling-preferred",
    title: "SchedulingPreferredPodAffinity: 5,000 pods over 5,000 nodes, 5,000 there",
    demanded: 90,
  },
  { nodes: 5_000, there: 5_000, measured: 5_000, asked, same: true },
);

await runAlone(import.meta.url, row);
