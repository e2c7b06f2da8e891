import { expect, test } from "vitest";
import type { Pod } from "../resources/index.ts";
import type { Change } from "../store/index.ts";
import { LostPods } from "./lost-pods.ts";

const podOf = (owner: string, kind = "ReplicaSet"): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "one",
    uid: "1",
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
    ownerReferences: [{ apiVersion: "apps/v1", kind, name: owner, uid: owner, controller: true }],
  },
  spec: { containers: [], nodeName: "node-1" },
  status: { startTime: "2026-01-01T00:00:00Z" },
});
const sentOff = (pod: Pod, reason: string): Pod => ({
  ...pod,
  status: { ...pod.status, conditions: [{ type: "DisruptionTarget", status: "True", reason }] },
});
const change = (object: Pod, previous?: Pod): Change => ({
  type: "MODIFIED",
  revision: 1,
  key: { kind: "Pod", namespace: "", name: "one" },
  object,
  ...(previous && { previous }),
  at: 0,
  actor: "a",
  manager: "a",
  user: "a",
});
/** Whether the pod stands in for one when it is given its node. */
function replacedBy(lost: LostPods, pod: Pod): boolean {
  const { nodeName: _, ...spec } = pod.spec;
  lost.apply(change(pod, { ...pod, spec }));
  return lost.takeReplacement(pod);
}

test("what another scheduler has replaced is missing no longer", () => {
  const lost = new LostPods();
  const [one, other] = ["2", "3"].map(uid => ({
    ...podOf("web"),
    metadata: { ...podOf("web").metadata, uid },
  }));
  lost.apply(change(sentOff(podOf("web"), "DeletionByTaintManager"), podOf("web")));
  expect([one, other].map(pod => pod && replacedBy(lost, pod))).toEqual([true, false]);
});

test.each<[string, string, string, number]>([
  ["by a taint", "ReplicaSet", "DeletionByTaintManager", 1],
  ["as its node is gone", "StatefulSet", "DeletionByPodGC", 1],
  ["by an eviction", "Job", "EvictionByEvictionAPI", 1],
  ["as its node shuts down", "ReplicaSet", "TerminationByKubelet", 1],
  ["for a more important one, which is no healing", "ReplicaSet", "PreemptionByScheduler", 0],
  ["of a DaemonSet, which has no other node for it", "DaemonSet", "DeletionByTaintManager", 0],
])("a pod that is sent off %s is replaced by the next of its owner", (_, kind, reason, replaced) => {
  const lost = new LostPods();
  const pod = podOf("web", kind);
  const gone = sentOff(pod, reason);
  lost.apply(change(gone, pod));
  // It is written again, and then deleted: it counts once.
  lost.apply(change(gone, gone));
  expect(replacedBy(lost, podOf("other", kind))).toBe(false);
  const taken = [1, 2].filter(() => replacedBy(lost, podOf("web", kind)));
  expect(taken).toHaveLength(replaced);
});

test.each<[string, Partial<Pod>]>([
  ["had succeeded before", { status: { phase: "Succeeded", startTime: "2026-01-01T00:00:00Z" } }],
  ["had failed before", { status: { phase: "Failed", startTime: "2026-01-01T00:00:00Z" } }],
  ["no node had taken up", { status: { phase: "Pending" } }],
  ["had no node", { spec: { containers: [] } }],
])("a pod that %s is missed by nothing", (_, own) => {
  const lost = new LostPods();
  const pod = { ...podOf("web"), ...own };
  lost.apply(change(sentOff(pod, "DeletionByPodGC"), pod));
  expect(replacedBy(lost, podOf("web"))).toBe(false);
});
