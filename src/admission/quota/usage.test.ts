/** Which objects a quota of some scope is about. */
import { expect, test } from "vitest";
import {
  builtInKinds,
  type Draft,
  KindRegistry,
  type Pod,
  parseQuantity,
  type ResourceQuota,
} from "../../resources/index.ts";
import { isInScope, takenBy, unsaidBy, usageOf } from "./usage.ts";

const kinds = new KindRegistry(builtInKinds);
const app = { name: "app", image: "app" };
const pod = (spec: object) => ({
  kind: "Pod",
  metadata: { name: "p" },
  spec: { containers: [app], ...spec },
});
const asking = (resources: object) => pod({ containers: [{ ...app, resources }] });
const claim = (spec: object, status: object = {}) => ({
  kind: "PersistentVolumeClaim",
  metadata: { name: "c" },
  spec,
  status,
});
const near = (term: object) =>
  pod({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } });
const scoped = (scopeName: string, operator = "Exists", values?: string[]) => ({
  scopeSelector: { matchExpressions: [{ scopeName, operator, ...(values && { values }) }] },
});

test.each<[object, object, boolean]>([
  [{}, pod({}), true],
  [{ scopes: ["Terminating"] }, pod({ activeDeadlineSeconds: 5 }), true],
  [{ scopes: ["NotTerminating"] }, pod({ activeDeadlineSeconds: 5 }), false],
  [{ scopes: ["BestEffort"] }, pod({}), true],
  [{ scopes: ["BestEffort", "Terminating"] }, pod({}), false],
  [
    { scopes: ["NotBestEffort"] },
    pod({ containers: [{ ...app, resources: { limits: { cpu: "1" } } }] }),
    true,
  ],
  // Of the class of its QoS: by its processors and memory alone.
  [{ scopes: ["BestEffort"] }, asking({ requests: { "nvidia.com/gpu": "1", cpu: "0" } }), true],
  [{ scopes: ["NotBestEffort"] }, asking({ requests: { "ephemeral-storage": "1Gi" } }), false],
  [{ scopes: ["PriorityClass"] }, pod({}), false],
  [scoped("PriorityClass", "In", ["high"]), pod({ priorityClassName: "high" }), true],
  [scoped("PriorityClass", "NotIn", ["high"]), pod({ priorityClassName: "high" }), false],
  [scoped("PriorityClass", "NotIn", ["high"]), pod({}), true],
  [scoped("PriorityClass", "DoesNotExist"), pod({}), true],
  [{ scopes: ["CrossNamespacePodAffinity"] }, near({ topologyKey: "zone" }), false],
  [{ scopes: ["CrossNamespacePodAffinity"] }, near({ topologyKey: "zone", namespaces: ["other"] }), true],
  [{ scopes: ["CrossNamespacePodAffinity"] }, near({ topologyKey: "zone", namespaceSelector: {} }), true],
  [scoped("VolumeAttributesClass", "In", ["fast"]), claim({ volumeAttributesClassName: "fast" }), true],
  [
    scoped("VolumeAttributesClass", "In", ["fast"]),
    claim({}, { currentVolumeAttributesClassName: "fast" }),
    true,
  ],
  [scoped("VolumeAttributesClass"), claim({}), false],
  [scoped("VolumeAttributesClass"), pod({}), false],
  [{ scopes: ["Terminating"] }, { kind: "Secret", metadata: { name: "s" } }, false],
])("a quota of %j is about %j: %s", (spec, object, expected) => {
  const draft = object as Draft;
  expect(isInScope({ spec } as ResourceQuota, kinds.find(draft.kind), draft)).toBe(expected);
});

test("of limits only those of processors, memory and storage count; pages count by both their names", () => {
  const amounts = { cpu: "1", "nvidia.com/gpu": "1", "hugepages-2Mi": "4Mi", "ephemeral-storage": "1Gi" };
  const usage = usageOf(kinds.find("Pod"), asking({ requests: amounts, limits: amounts }) as Draft);
  expect([...usage.keys()].sort()).toEqual([
    ...[
      "count/pods",
      "cpu",
      "ephemeral-storage",
      "hugepages-2Mi",
      "limits.cpu",
      "limits.ephemeral-storage",
      "pods",
    ],
    ...["requests.cpu", "requests.ephemeral-storage", "requests.hugepages-2Mi", "requests.nvidia.com/gpu"],
  ]);
});

test.each<[object, readonly string[]]>([
  [{}, ["limits.memory for: app", "requests.cpu for: app"]],
  [{ resources: { limits: { memory: "1Gi" } } }, []],
  [{ resources: { requests: {} } }, ["limits.memory for: app", "requests.cpu for: app"]],
])("a pod with %j has to say %j", (spec, unsaid) => {
  const hard = new Map(
    ["requests.cpu", "limits.memory", "requests.ephemeral-storage"].map(name => [name, parseQuantity("1")]),
  );
  expect(unsaidBy(kinds.find("Pod"), pod(spec) as Draft, hard)).toEqual(unsaid);
});

test("a pod that had twice the time that it was given to go takes its place alone", () => {
  const metadata = { name: "p", deletionTimestamp: "2026-01-01T00:00:30Z", deletionGracePeriodSeconds: 30 };
  const going = { ...pod({}), metadata } as unknown as Pod;
  const namesAt = (time: string) => [
    ...(takenBy(going, kinds.find("Pod"), { spec: {} } as ResourceQuota, Date.parse(time))?.keys() ?? []),
  ];
  expect(namesAt("2026-01-01T00:01:00Z")).toEqual(["count/pods", "pods"]);
  expect(namesAt("2026-01-01T00:01:01Z")).toEqual(["count/pods"]);
});
