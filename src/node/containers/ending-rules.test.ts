import { expect, test } from "vitest";
import type { Pod, Probe } from "../../resources/index.ts";
import { graceMsAfter, graceMsOf, isToComplete, type RestartPolicy, restartsAfter } from "./ending-rules.ts";
import type { ContainerRole } from "./owning-pod.ts";

const pod = (spec: object) => ({ spec }) as Pod;

test.each<[ContainerRole, string | undefined, boolean, boolean]>([
  ["main", undefined, true, true],
  ["main", "Always", true, true],
  ["main", "OnFailure", false, true],
  ["main", "Never", false, false],
  ["init", "Always", false, true],
  ["init", "Never", false, false],
  ["sidecar", "Always", true, true],
  ["sidecar", "Never", true, true],
  ["ephemeral", "Always", false, false],
])("%s container, restartPolicy %s: again after success %s, after failure %s", (role, policy, ...again) => {
  const owner = pod({ restartPolicy: policy });
  expect([0, 1].map(code => restartsAfter(code, role, {}, owner))).toEqual(again);
});

const rule = (operator: string, ...values: number[]) => ({
  action: "Restart",
  exitCodes: { operator, values },
});
test.each<[string, RestartPolicy, string, number[]]>([
  ["its own policy goes before the pod's", { restartPolicy: "OnFailure" }, "Never", [1, 42]],
  ["and may be stricter", { restartPolicy: "Never" }, "Always", []],
  ["a rule names codes", { restartPolicy: "Never", restartPolicyRules: [rule("In", 42)] }, "Never", [42]],
  ["or all but some", { restartPolicy: "Never", restartPolicyRules: [rule("NotIn", 0, 1)] }, "Never", [42]],
  [
    "a rule that does not match leaves the policy",
    { restartPolicy: "Always", restartPolicyRules: [rule("In")] },
    "Never",
    [0, 1, 42],
  ],
  [
    "without a policy of the container there are no rules",
    { restartPolicyRules: [rule("In", 42)] },
    "Never",
    [],
  ],
])("restart rules: %s", (_, container, policy, expected) => {
  const codes = [0, 1, 42].filter(code =>
    restartsAfter(code, "main", container, pod({ restartPolicy: policy })),
  );
  expect(codes).toEqual(expected);
});

test.each<[Probe | undefined, object, number]>([
  [undefined, {}, 30_000],
  [{ exec: { command: ["check"] } }, { terminationGracePeriodSeconds: 5 }, 5_000],
  [{ exec: { command: ["event-loop"] } }, {}, 0],
  [{ exec: { command: ["event-loop"] }, terminationGracePeriodSeconds: 2 }, {}, 2_000],
  [{ terminationGracePeriodSeconds: 0 }, {}, 0],
])("grace after a failed probe %o of a pod %o: %i ms", (probe, spec, ms) => {
  expect(graceMsAfter(probe, pod(spec))).toBe(ms);
});

test("grace of a pod", () => {
  expect(graceMsOf(pod({}))).toBe(30_000);
  expect(graceMsOf(pod({ terminationGracePeriodSeconds: 0 }))).toBe(0);
  expect(graceMsOf(pod({ terminationGracePeriodSeconds: -5 }))).toBe(1_000);
});

const ofJob = {
  ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "j", uid: "1", controller: true }],
};
const ofHook = { annotations: { "helm.sh/hook": "test" } };
test.each<[string, ContainerRole, object, string | undefined, boolean]>([
  ["an init container", "init", {}, "Always", true],
  ["a sidecar", "sidecar", ofJob, "Never", false],
  ["one of a Job", "main", ofJob, "OnFailure", true],
  ["one of a hook of helm", "main", ofHook, "Never", true],
  ["one that is started again", "main", ofHook, undefined, false],
  ["one of a plain pod", "main", {}, "Never", false],
])("%s is to complete, or not", (_, role, metadata, restartPolicy, expected) => {
  expect(isToComplete(role, { metadata, spec: { restartPolicy } } as Pod)).toBe(expected);
});
