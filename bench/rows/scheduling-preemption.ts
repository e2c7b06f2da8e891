/**
 * scheduler_perf's PreemptionAsync: each node holds four pods that take nine tenths of it, each measured pod fits beside them, and
 * every 200 ms comes an important one that has to push out three of the four. Kubernetes' CI demands 570 pods a second; the goal is
 * ten times that.
 */
import { runAlone } from "../alone.ts";
import { pod, requesting, schedulingRow } from "../scheduling.ts";

export const row = schedulingRow(
  {
    id: "scheduling-preemption",
    title: "PreemptionAsync: 5,000 pods over 5,000 nodes while others push pods out, 20,000 there",
    demanded: 570,
  },
  {
    nodes: 5_000,
    there: 20_000,
    measured: 5_000,
    askedThere: { ...requesting("900m", "500Mi"), terminationGracePeriodSeconds: 0 },
    meanwhile: n => pod(`important-${n}`, { ...requesting("3", "500Mi"), priority: 10 }),
  },
);

await runAlone(import.meta.url, row);
