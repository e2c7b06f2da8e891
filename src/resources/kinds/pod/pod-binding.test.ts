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

test.each([
  ["uid", "u2", "UID in precondition: u2, UID in object meta: u1"],
  ["resourceVersion", "8", "ResourceVersion in precondition: 8, ResourceVersion in object meta: 7"],
])("a Binding that insists on another %s is refused: that pod is gone", (field, value, why) => {
  const metadata = { name: "g", namespace: "default", uid: "u1", resourceVersion: "7" };
  const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [] } } as unknown as Pod;
  const binding = bindingOf({ name: "g" }, "n1");
  const insisting = (given: string) => ({
    ...binding,
    metadata: { ...binding.metadata, [field]: given },
  });
  const now = "2026-01-01T00:00:00Z";
  expect(() => podBinding.create?.(pod, insisting(value), now)).toThrow(
    `Operation cannot be fulfilled on pods "g": StorageError: invalid object, Code: 4, Key: /registry/pods/default/g, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ${why}`,
  );
  const same = field === "uid" ? "u1" : "7";
  expect(podBinding.create?.(pod, insisting(same), now)).toMatchObject({ spec: { nodeName: "n1" } });
});
