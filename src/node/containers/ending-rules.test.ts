import { expect, test } from "vitest";
import type { Pod, Probe } from "../../resources/index.ts";
import { graceMsAfter, graceMsOf, restartsAlways, restartsOnFailure } from "./ending-rules.ts";
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
