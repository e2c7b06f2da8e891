/** How long a pod stays whose successor has its name. */
import { expect, test } from "vitest";
import { VirtualClock } from "../../outside/index.ts";
import type { OwnerReference, Pod } from "../../resources/index.ts";
import type { Change } from "../../store/index.ts";
import { LastMoment } from "./last-moment.ts";

const owned = (kind: string, controller = true): OwnerReference[] => [
  { apiVersion: "v1", kind, name: "o", uid: "o", controller },
];

test.each([
  ["a pod of a StatefulSet that kubectl deletes", owned("StatefulSet"), "kubectl-delete", 500],
  ["a pod of a Container that a library deletes", owned("Container"), "k4s", 500],
  ["a pod that its controller replaces", owned("StatefulSet"), "kube-controller-manager", 0],
  ["a pod whose successor has another name", owned("ReplicaSet"), "kubectl-delete", 0],
  ["a pod that belongs to a set which has not made it", owned("StatefulSet", false), "kubectl-delete", 0],
  ["a pod of nobody", undefined, "kubectl-delete", 0],
  ["a pod of which is not known any more who deleted it", owned("StatefulSet"), undefined, 0],
] as const)("%s", async (_, ownerReferences, manager, ms) => {
  const clock = new VirtualClock();
  let overAt: number | undefined;
  const begun = clock.now();
  const moment = new LastMoment(clock, () => {
    overAt = clock.now() - begun;
  });
  const pod = { metadata: { ownerReferences } } as unknown as Pod;
  moment.begin(pod, manager === undefined ? undefined : ({ manager, at: begun } as Change));
  expect(moment.isOver()).toBe(ms === 0);
  // Looked at twice, told once.
  moment.isOver();
  await clock.advance(1_000);
  expect([moment.isOver(), overAt ?? 0]).toEqual([true, ms]);
});

test("one that is cancelled tells nothing", async () => {
  const clock = new VirtualClock();
  const told: string[] = [];
  const moment = new LastMoment(clock, () => told.push("over"));
  const deletion = { manager: "kubectl-delete", at: clock.now() } as Change;
  moment.begin({ metadata: { ownerReferences: owned("StatefulSet") } } as unknown as Pod, deletion);
  expect(moment.isOver()).toBe(false);
  moment.cancel();
  await clock.advance(1_000);
  expect(told).toEqual([]);
});
