/** scheduler_perf's SchedulingBasic: each pod asks for processor and memory alone. Kubernetes' CI demands 680 pods a second; the goal is ten times that. */
import { runAlone } from "../alone.ts";
import { schedulingRow } from "../scheduling.ts";

export const row = schedulingRow(
  {
    id: "scheduling-basic",
    title: "SchedulingBasic: 10,000 pods over 5,000 nodes, 1,000 pods there",
    demanded: 680,
  },
  { nodes: 5_000, there: 1_000, measured: 10_000 },
);

await runAlone(import.meta.url, row);
