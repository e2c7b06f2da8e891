import { expect, test } from "vitest";
import type { PodSpec } from "../resources/index.ts";
import type { Change } from "../store/index.ts";
import { aNode, aPod, handleOf } from "./test-plugins.ts";
import { UnschedulablePods } from "./unschedulable-pods.ts";

const node = aNode("node-1");
const change: Change = {
  ...{ type: "MODIFIED", key: { kind: "Node", namespace: "", name: "node-1" }, object: node, previous: node },
  ...{ revision: 1, at: 0, user: "node-1", actor: "node", manager: "node" },
};

test.each([
  [1_000, true],
  [1_001, false],
])("of %i changes during one attempt, none of which helps: is parked %s", (count, isParked) => {
  const hint = { kind: "Node", helps: () => false } as const;
  const unschedulable = new UnschedulablePods(() => [hint], handleOf([node]), { initial: 1, limit: 1 });
  const pod = aPod();
  unschedulable.begin(pod);
  for (let n = 0; n < count; n++) unschedulable.apply(change);
  unschedulable.add(pod, { message: "", plugins: new Set(["Mine"]), isOwn: false }, 0);
  expect(unschedulable.isParked(pod, 0)).toBe(isParked);
  unschedulable.end();
});

test("a pod that stands apart from its woken group leaves the next of it to be tried", () => {
  const hint = { kind: "Node", helps: () => true } as const;
  const unschedulable = new UnschedulablePods(() => [hint], handleOf([node]), { initial: 1, limit: 1 });
  const [first, next] = [aPod(), aPod()];
  const verdict = { message: "", plugins: new Set(["NodeResourcesFit"]), isOwn: false };
  for (const pod of [first, next]) unschedulable.add(pod, verdict, 0);
  unschedulable.apply(change);
  expect(unschedulable.takeWoken()).toEqual([first]);
  // It takes the place of others, and waits for that.
  unschedulable.add(first, { ...verdict, isOwn: true }, 0);
  expect(unschedulable.takeWoken()).toEqual([next]);
  expect([first, next].map(pod => unschedulable.isParked(pod, 0))).toEqual([true, false]);
});

test.each<[string, Partial<PodSpec>, boolean]>([
  ["asks for the same", asking("3", "1"), true],
  ["asks for them one after another", { initContainers: asking("3").containers, ...asking("1") }, false],
  ["asks for less", asking("3", "500m"), false],
])("what was found of a pod holds for one that %s: %s", (_, spec, holds) => {
  const unschedulable = new UnschedulablePods(() => [], handleOf([node]), { initial: 1, limit: 1 });
  const verdict = { message: "", plugins: new Set(["NodeResourcesFit"]), isOwn: false };
  unschedulable.add(aPod(asking("3", "1")), verdict, 0);
  expect(unschedulable.verdictFor(aPod(spec), 0)).toBe(holds ? verdict : undefined);
});

/** Containers that request so much processor time each. */
function asking(...cpus: string[]): Pick<PodSpec, "containers"> {
  return { containers: cpus.map((cpu, i) => ({ name: `c${i}`, resources: { requests: { cpu } } })) };
}
