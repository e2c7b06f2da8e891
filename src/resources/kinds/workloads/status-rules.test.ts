/**
 * The rules of statuses of workloads, by table: the status before, what is written over it, and the fields and words of what is wrong.
 * The cases are those of Kubernetes' `pkg/apis/batch/validation` and `pkg/registry/batch/job`, and of `pkg/apis/apps/validation`.
 */
import { describe, expect, test } from "vitest";
import { completed, decoded, faultsIn } from "../../accept.ts";
import type { JobCondition, JobStatus } from "../../generated/kubernetes.gen.ts";
import { KindRegistry } from "../../kind-registry.ts";
import type { KubernetesObject } from "../../object.ts";

const kinds = new KindRegistry();
type Fields = Readonly<Record<string, unknown>>;
const template = (restartPolicy?: string) => ({
  metadata: { labels: { a: "b" } },
  spec: { containers: [{ name: "app", image: "x:1" }], ...(restartPolicy && { restartPolicy }) },
});

function faults(kindName: string, spec: Fields, status: Fields, old: Fields): string[] {
  const kind = kinds.find(kindName);
  const [{ apiVersion }] = kind.versions;
  const metadata = { name: "x", namespace: "golden", uid: "u" };
  const { draft } = decoded(kind, { apiVersion, kind: kindName, metadata, spec });
  const filled = completed(kind, draft);
  const whole = (kind.rules?.prepare?.(filled) ?? filled) as KubernetesObject;
  const [next, last] = [
    { ...whole, status },
    { ...whole, status: old },
  ] as KubernetesObject[];
  return faultsIn(kind, next as KubernetesObject, last as KubernetesObject, { subresource: "status" }).map(
    ({ field, message }) => `${field}: ${message}`,
  );
}

const is = (...types: string[]): { conditions: readonly JobCondition[] } => ({
  conditions: types.map(type => ({ type, status: "True" }) as JobCondition),
});
const start = { startTime: "2026-01-01T00:00:00Z" };
const end = { completionTime: "2026-01-01T00:00:10Z" };
const complete = { ...start, ...end, ...is("SuccessCriteriaMet", "Complete") };
const conditions = (detail: string) => [`status.conditions: Invalid value: ${detail}`];

describe("the status of a Job", () => {
  const plain = { template: template("Never") };
  const indexed = { ...plain, completionMode: "Indexed", completions: 5, parallelism: 2 };
  const perIndex = { ...indexed, backoffLimitPerIndex: 1 };
  test.each<[string, Fields, Partial<JobStatus>, Partial<JobStatus>, string[]]>([
    ["goes on", plain, { ...start, active: 2, ready: 1 }, { ...start, active: 1 }, []],
    ["completes", plain, complete, { ...start, ...is("SuccessCriteriaMet") }, []],
    [
      "fails",
      plain,
      { ...start, ...is("FailureTarget", "Failed") },
      { ...start, ...is("FailureTarget") },
      [],
    ],
    [
      "counts less than nothing",
      plain,
      { ...start, terminating: -1 },
      start,
      ["status.terminating: Invalid value: -1: must be greater than or equal to 0"],
    ],
    [
      "counts one pod twice",
      plain,
      { ...start, uncountedTerminatedPods: { succeeded: ["a", ""], failed: ["a"] } },
      start,
      [
        'status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty',
        'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
      ],
    ],
    [
      "completes at once",
      plain,
      { ...start, ...end, ...is("Complete") },
      start,
      conditions("cannot set Complete=True condition without the SuccessCriteriaMet=true condition"),
    ],
    [
      "fails at once",
      plain,
      { ...start, ...is("Failed") },
      start,
      conditions("cannot set Failed=True condition without the FailureTarget=true condition"),
    ],
    [
      "ends in both ways",
      plain,
      { ...complete, ...is("SuccessCriteriaMet", "Complete", "FailureTarget", "Failed") },
      start,
      [
        ...conditions("cannot set Complete=True and Failed=true conditions"),
        ...conditions("cannot set Complete=True and FailureTarget=true conditions"),
        ...conditions("cannot set SuccessCriteriaMet=True and Failed=true conditions"),
        ...conditions("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"),
      ],
    ],
    [
      "begins again",
      plain,
      { ...start, ...is("FailureTarget") },
      { ...start, ...is("FailureTarget", "Failed") },
      conditions("cannot disable the terminal Failed=True condition"),
    ],
    [
      "completes without a time",
      plain,
      { ...start, ...is("SuccessCriteriaMet", "Complete") },
      start,
      ["status.completionTime: Required value: completionTime is required for Complete jobs"],
    ],
    [
      "has a time, and goes on",
      plain,
      { ...start, ...end },
      start,
      [
        'status.completionTime: Invalid value: "2026-01-01T00:00:10Z": cannot set completionTime when there is no Complete=True condition',
      ],
    ],
    [
      "ends before it began",
      plain,
      { ...complete, completionTime: "2025-12-31T23:59:59Z" },
      start,
      [
        'status.completionTime: Invalid value: "2025-12-31T23:59:59Z": completionTime cannot be set before startTime',
      ],
    ],
    [
      "ends another time",
      plain,
      { ...complete, completionTime: "2026-01-01T00:00:11Z" },
      complete,
      ['status.completionTime: Invalid value: "2026-01-01T00:00:11Z": completionTime cannot be mutated'],
    ],
    [
      "has never begun",
      plain,
      {},
      start,
      ["status.startTime: Required value: startTime cannot be removed for unsuspended job"],
    ],
    ["has never begun, for it is suspended", { ...plain, suspend: true }, {}, start, []],
    [
      "ends while pods run",
      plain,
      { ...complete, active: 1, terminating: 1, uncountedTerminatedPods: { failed: ["a"] } },
      start,
      [
        "status.active: Invalid value: 1: active>0 is invalid for finished job",
        'status.uncountedTerminatedPods: Invalid value: {"failed":["a"]}: uncountedTerminatedPods needs to be empty for finished job',
        "status.terminating: Invalid value: 1: terminating>0 is invalid for finished job",
      ],
    ],
    [
      "has more ready than there are",
      plain,
      { ...start, ready: 2, active: 1 },
      start,
      ["status.ready: Invalid value: 2: cannot set more ready pods than active"],
    ],
    [
      "takes back what it counted",
      plain,
      { ...start, failed: 1, succeeded: 0 },
      { ...start, failed: 2, succeeded: 1 },
      [
        "status.failed: Invalid value: 1: cannot decrease the failed counter",
        "status.succeeded: Invalid value: 0: cannot decrease the succeeded counter",
      ],
    ],
    [
      "shrinks with its completions",
      { ...indexed, parallelism: 5 },
      { ...start, succeeded: 1 },
      { ...start, succeeded: 2 },
      [],
    ],
    [
      "has indexes that it does not count by",
      plain,
      { ...start, completedIndexes: "0", failedIndexes: "" },
      start,
      [
        'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode',
        'status.failedIndexes: Invalid value: "": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
      ],
    ],
    [
      "has indexes that there are not",
      indexed,
      { ...start, completedIndexes: "1-7" },
      start,
      ['status.completedIndexes: Invalid value: "1-7": error parsing completedIndexes: too large index: "7"'],
    ],
    ["was wrong before", indexed, { ...start, completedIndexes: "1-7" }, { completedIndexes: "1-7" }, []],
    [
      "has indexes both ways",
      perIndex,
      { ...start, completedIndexes: "0,2-4", failedIndexes: "1,3" },
      start,
      ['status.failedIndexes: Invalid value: "1,3": failedIndexes and completedIndexes overlap at index: 3'],
    ],
    [
      "has each index once",
      perIndex,
      { ...start, completedIndexes: "0,3-4", failedIndexes: "1-2" },
      start,
      [],
    ],
  ])("%s", (_, spec, status, old, expected) => expect(faults("Job", spec, status, old)).toEqual(expected));
});

describe("the status of what is rolled out", () => {
  const spec = { selector: { matchLabels: { a: "b" } }, template: template() };
  const whole = "cannot be greater than status.replicas";
  test.each<[string, Fields, Fields, string[]]>([
    ["Deployment", { replicas: 2, readyReplicas: 2, availableReplicas: 2, updatedReplicas: 1 }, {}, []],
    [
      "Deployment",
      { replicas: 1, readyReplicas: 2, availableReplicas: 3, unavailableReplicas: -1 },
      { collisionCount: 1 },
      [
        "status.unavailableReplicas: Invalid value: -1: must be greater than or equal to 0",
        `status.readyReplicas: Invalid value: 2: ${whole}`,
        `status.availableReplicas: Invalid value: 3: ${whole}`,
        "status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas",
        "status.collisionCount: Invalid value: 0: cannot be decremented",
      ],
    ],
    [
      "ReplicaSet",
      { replicas: 1, fullyLabeledReplicas: 2 },
      {},
      [`status.fullyLabeledReplicas: Invalid value: 2: ${whole}`],
    ],
    [
      "StatefulSet",
      { replicas: 2, currentReplicas: 3, availableReplicas: 1 },
      {},
      [
        `status.currentReplicas: Invalid value: 3: ${whole}`,
        "status.availableReplicas: Invalid value: 1: cannot be greater than status.readyReplicas",
      ],
    ],
    [
      "DaemonSet",
      { numberReady: -1, collisionCount: 2 },
      { collisionCount: 3 },
      [
        "status.numberReady: Invalid value: -1: must be greater than or equal to 0",
        "status.collisionCount: Invalid value: 2: cannot be decremented",
      ],
    ],
  ])("%s %j", (kindName, status, old, expected) => {
    expect(faults(kindName, spec, status, old)).toEqual(expected);
  });

  test.each<[string, Fields, string[]]>([
    [
      "Deployment",
      { strategy: { type: "Canary" } },
      [
        'spec.strategy: Unsupported value: {"Type":"Canary","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
      ],
    ],
    [
      "DaemonSet",
      { updateStrategy: { type: "Canary" } },
      [
        'spec.updateStrategy: Unsupported value: {"Type":"Canary","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
      ],
    ],
    [
      "StatefulSet",
      { serviceName: "s", updateStrategy: { type: "Canary" } },
      [
        `spec.updateStrategy: Invalid value: {"Type":"Canary","RollingUpdate":null}: must be 'RollingUpdate' or 'OnDelete'`,
      ],
    ],
  ])("%s by a strategy that there is not", (kindName, more, expected) => {
    expect(faults(kindName, { ...spec, ...more }, {}, {})).toEqual(expected);
  });
});
