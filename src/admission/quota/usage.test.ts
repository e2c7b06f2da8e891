/** Which objects a quota of some scope is about. */
import { expect, test } from "vitest";
import { builtInKinds, type Draft, KindRegistry, type ResourceQuota } from "../../resources/index.ts";
import { isInScope } from "./usage.ts";

const kinds = new KindRegistry(builtInKinds);
const app = { name: "app", image: "app" };
const pod = (spec: object) => ({
  kind: "Pod",
  metadata: { name: "p" },
  spec: { containers: [app], ...spec },
});
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
