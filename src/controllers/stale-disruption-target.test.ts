import { expect, test } from "vitest";
import { pod, TestCluster } from "../loop/test-cluster.ts";
import type { Pod } from "../resources/index.ts";
import { staleDisruptionTarget } from "./stale-disruption-target.ts";

const since = "2026-01-01T00:00:00Z";
const target = {
  type: "DisruptionTarget",
  status: "True",
  reason: "EvictionByEvictionAPI",
  lastTransitionTime: since,
};
const taken = { type: "DisruptionTarget", status: "False", observedGeneration: 1 };

test.each([
  ["is taken back when nothing follows for two minutes", { phase: "Running", conditions: [target] }, taken],
  ["stays on a pod that has ended", { phase: "Failed", conditions: [target] }, target],
  [
    "stays where a node has set it",
    { phase: "Running", conditions: [{ ...target, reason: "TerminationByKubelet" }] },
    { status: "True" },
  ],
])("the condition %s", async (_, status, after) => {
  const cluster = await TestCluster.of(staleDisruptionTarget);
  await cluster.create(pod("web"));
  await cluster.reportPod("web", status as Pod["status"]);
  await cluster.advance(119_000);
  expect(cluster.the("Pod", "web").status?.conditions).toMatchObject([{ status: "True" }]);
  await cluster.advance(2_000);
  expect(cluster.the("Pod", "web").status?.conditions).toMatchObject([after]);
  const writes = await cluster.writesDuring(() => cluster.advance(10_000));
  expect(writes).toBe(0);
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});
