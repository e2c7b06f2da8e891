/** scheduler_perf's TopologySpreading: each pod is spread over zones. Kubernetes' CI demands 460 pods a second; the goal is ten times that. */
import { runAlone } from "../alone.ts";
import type { OpenSide, Row } from "../row.ts";
import { podsScheduledPerSecond } from "../scheduling.ts";

const constraint = {
  maxSkew: 5,
  topologyKey: "topology.kubernetes.io/zone",
  whenUnsatisfiable: "DoNotSchedule",
  labelSelector: { matchLabels: { color: "green" } },
};
const asked = { topologySpreadConstraints: [constraint] };

export const row: Row = {
  id: "scheduling-spread",
  part: "control-plane",
  title: "TopologySpreading: 5,000 pods over 5,000 nodes in three zones, 5,000 there",
  unit: "pods/s",
  better: "more",
  rounds: 3,
  roundSeconds: 5,
  openSeconds: 10,
  fresh: true,
  sides: new Map<string, OpenSide>([
    ["k4s", () => podsScheduledPerSecond({ nodes: 5_000, there: 5_000, measured: 5_000, asked })],
  ]),
  goals: [{ atLeast: 4600 }],
  note: "kube-scheduler's CI demands 460 pods/s",
};

await runAlone(import.meta.url, row);
