import { expect, test } from "vitest";
import { patchToPause, patchToRestart } from "./rollout-changes.ts";
import type { RolledOut } from "./rollout-revisions.ts";

const workload = (kind: string, paused?: boolean) =>
  ({ kind, metadata: { name: "web" }, spec: { ...(paused !== undefined && { paused }) } }) as RolledOut;

test("a restart stamps the template, but not while that waits", () => {
  expect(patchToRestart(workload("DaemonSet"), 0)).toEqual({
    spec: {
      template: {
        metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "1970-01-01T00:00:00Z" } },
      },
    },
  });
  expect(() => patchToRestart(workload("Deployment", true), 0)).toThrow(
    "Deployment web can't restart while it is paused: resume it first",
  );
});

test.each([
  ["Deployment", false, true, { spec: { paused: true } }],
  ["Deployment", true, false, { spec: { paused: null } }],
  ["Deployment", true, true, "Deployment web is already paused"],
  ["Deployment", undefined, false, "Deployment web is not paused"],
  ["StatefulSet", undefined, true, "a StatefulSet cannot be paused"],
] as const)("%s, paused: %s, asked to be so: %s", (kind, is, wanted, outcome) => {
  const patch = () => patchToPause(workload(kind, is), wanted);
  if (typeof outcome === "string") expect(patch).toThrow(outcome);
  else expect(patch()).toEqual(outcome);
});
