import { expect, test } from "vitest";
import type { Pod, Probe } from "../../resources/index.ts";
import { graceMsAfter, graceMsOf, isToComplete, restartsAlways, restartsOnFailure } from "./ending-rules.ts";
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
  ["sidecar", "Never", false, true],
  ["ephemeral", "Always", false, false],
])("%s container, restartPolicy %s: again after success %s, after failure %s", (role, policy, ...again) => {
  const owner = pod({ restartPolicy: policy });
  expect([restartsAlways(role, owner), restartsOnFailure(role, owner)]).toEqual(again);
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
