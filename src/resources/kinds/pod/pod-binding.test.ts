/** A pod is put on a node once, and not before its gates are gone. */
import { expect, test } from "vitest";
import type { Pod } from "../../generated/kubernetes.gen.ts";
import { bindingOf, podBinding } from "./pod-binding.ts";

const bind = (spec: Partial<Pod["spec"]>, metadata: Partial<Pod["metadata"]> = {}) => {
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "g", ...metadata }, spec };
  return podBinding.create?.(pod as Pod, bindingOf({ name: "g" }, "n1"), "2026-01-01T00:00:00Z");
};

test.each<[string, Partial<Pod["spec"]>, Partial<Pod["metadata"]>, string]>([
  ["gated", { schedulingGates: [{ name: "a.b/c" }] }, {}, "pod g has non-empty .spec.schedulingGates"],
  ["on a node", { nodeName: "n0" }, {}, 'pod g is already assigned to node "n0"'],
  [
    "being deleted",
    {},
    { deletionTimestamp: "2026-01-01T00:00:00Z" },
    "pod g is being deleted, cannot be assigned to a host",
  ],
])("a pod that is %s stays where it is", (_, spec, metadata, why) => {
  expect(() => bind(spec, metadata)).toThrow(`Operation cannot be fulfilled on pods/binding "g": ${why}`);
});

test("a pod whose gates are gone gets its node", () => {
  expect(bind({ schedulingGates: [] })).toMatchObject({ spec: { nodeName: "n1" } });
});
