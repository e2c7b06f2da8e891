/** scheduler_perf's PreemptionBasic: every pod that is measured has to push out three others. Kubernetes' CI measures it and demands nothing. */
import { runAlone } from "../alone.ts";
import { requesting, schedulingRow } from "../scheduling.ts";

export const row = schedulingRow(
  {
    id: "scheduling-preemption-basic",
    title: "PreemptionBasic: 1,000 pods over 1,000 nodes, each pushes out three of the 4,000 there",
  },
  {
    nodes: 1_000,
    there: 4_000,
    measured: 1_000,
    askedThere: { ...requesting("900m", "500Mi"), terminationGracePeriodSeconds: 0 },
    asked: { ...requesting("3", "500Mi"), priority: 10 },
  },
);

await runAlone(import.meta.url, row);
