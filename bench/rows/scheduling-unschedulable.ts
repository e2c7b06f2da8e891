/** scheduler_perf's Unschedulable: each pod fits, while others do not. Kubernetes' CI demands 590 pods a second; the goal is ten times that. */
import { runAlone } from "../alone.ts";
import { pod, requesting, schedulingRow } from "../scheduling.ts";

const before = Array.from({ length: 100 }, (_, i) =>
  pod(`large-${i}`, { ...requesting("9", "500Mi"), priority: 10 }),
);

export const row = schedulingRow(
  {
    id: "scheduling-unschedulable",
    title: "Unschedulable: 10,000 pods over 5,000 nodes while 100 fit nowhere",
    demanded: 590,
  },
  { nodes: 5_000, there: 100, measured: 10_000, before },
);

await runAlone(import.meta.url, row);
