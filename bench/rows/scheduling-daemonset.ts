/** scheduler_perf's SchedulingDaemonset: each pod names its node, as those of a DaemonSet do. Kubernetes' CI demands 1100 pods a second; the goal is ten times that. */
import { runAlone } from "../alone.ts";
import { schedulingRow } from "../scheduling.ts";

const matchFields = [{ key: "metadata.name", operator: "In", values: ["bench-0"] }];
const nodeSelectorTerms = [{ matchFields }];
const asked = {
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
};

export const row = schedulingRow(
  {
    id: "scheduling-daemonset",
    title: "SchedulingDaemonset: 30,000 pods that name their node, among 15,000",
    demanded: 1100,
  },
  {
    nodes: 15_000,
    there: 0,
    measured: 30_000,
    asked,
    firstNode: { cpu: "90000", memory: "90000Gi", pods: "90000" },
  },
);

await runAlone(import.meta.url, row);
