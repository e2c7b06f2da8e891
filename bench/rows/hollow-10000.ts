/** 10,000 pods that run nothing, over 100 nodes, from one ReplicaSet: how many the control plane brings to Running a second. */
import { runAlone } from "../alone.ts";
import { podsPerSecond } from "../hollow.ts";
import type { OpenSide, Row } from "../row.ts";

export const row: Row = {
  id: "hollow-10000",
  part: "control-plane",
  title: "10,000 hollow pods over 100 nodes from one ReplicaSet, declared to all Running",
  unit: "pods/s",
  better: "more",
  rounds: 3,
  roundSeconds: 3,
  fresh: true,
  sides: new Map<string, OpenSide>([["k4s", () => podsPerSecond(10_000)]]),
  goals: [{ atLeast: 5000 }],
};

await runAlone(import.meta.url, row);
