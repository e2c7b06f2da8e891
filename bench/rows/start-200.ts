/** 200 containers from nothing: a cluster is made and started, a ReplicaSet declared, and all of it is Ready. */
import { runAlone } from "../alone.ts";
import type { OpenSide, Row } from "../row.ts";
import { k4sStart, rawStart } from "../starts.ts";

export const row: Row = {
  id: "start-200",
  part: "starting",
  title: "200 containers, from nothing to all Ready",
  unit: "ms",
  better: "less",
  rounds: 9,
  roundSeconds: 3.5,
  fresh: true,
  sides: new Map<string, OpenSide>([
    ["k4s", () => k4sStart(200)],
    ["raw new Worker", () => rawStart(200)],
  ]),
  goals: [{ atMost: 1.25, of: ["raw new Worker"] }],
  note: "Importing k4s is not counted here; making the cluster, bundling the module and starting its node are.",
};

await runAlone(import.meta.url, row);
