/** What webhooks and policies are shown of a write, through the registry: which kind, in which version, before and after. */
import { expect, test } from "vitest";
import { seededRandom, VirtualClock } from "../outside/index.ts";
import {
  apiVersionOf,
  builtInKinds,
  type Draft,
  KindRegistry,
  type NamedRuleWithOperations,
} from "../resources/index.ts";
import { type AdmissionRequest, administrator, MemoryStore, Registry, type Request } from "../store/index.ts";
import { AdmissionChain } from "./chain.ts";
import { type AdmissionPlugin, storeReader } from "./plugin.ts";
import { versionInRules } from "./request-rules.ts";
import { requestOf } from "./request-variables.ts";
import { changedAsShown, kindIn, shownIn } from "./shown-write.ts";

const by: Request = { author: { actor: "test", user: administrator, manager: "test" } };
const kinds = new KindRegistry(builtInKinds);
const metadata = { name: "x", namespace: "demo" };

/** What is shown of each write, as `CREATE policy/v1 Eviction: Eviction, null`. */
async function world(change?: AdmissionPlugin["mutate"]) {
  const clock = new VirtualClock();
  const store = new MemoryStore({ clock, onFault: fault => expect.fail(String(fault)) });
  const told: string[] = [];
  const shown = (object: Draft | undefined, request: AdmissionRequest) => {
    const now = shownIn(request.version, object, request);
    const before = shownIn(request.version, request.old, request);
    const { group, version, kind } = kindIn(request.version, request);
    const kindOf = (each: Partial<Draft> | null) => each && `${each.apiVersion} ${each.kind}`;
    told.push(
      `${request.operation} ${apiVersionOf({ group, version })} ${kind}: ${kindOf(now)}, ${kindOf(before)}`,
    );
  };
  const recorder: AdmissionPlugin = {
    name: "Recorder",
    on: [{ operations: ["CREATE", "UPDATE", "DELETE", "CONNECT"], subresources: ["*"] }],
    validate: shown,
    ...(change && { mutate: change }),
  };
  const admission = new AdmissionChain([recorder], storeReader(store, kinds));
  const registry = new Registry({ store, kinds, admission, clock, random: seededRandom(1) });
  const spec = { containers: [{ name: "app", image: "echo:1" }] };
  await registry.create({ apiVersion: "v1", kind: "Pod", metadata, spec } as Draft, by);
  const labels = { app: "web" };
  const template = { metadata: { labels }, spec };
  const set = { replicas: 1, selector: { matchLabels: labels }, template };
  await registry.create({ apiVersion: "apps/v1", kind: "ReplicaSet", metadata, spec: set } as Draft, by);
  told.length = 0;
  return { registry, store, told };
}

const at = (parent: string, subresource: string): Request => ({ ...by, parent, subresource });
const autoscaler: Draft = {
  apiVersion: "autoscaling/v1",
  kind: "HorizontalPodAutoscaler",
  metadata,
  spec: { scaleTargetRef: { kind: "ReplicaSet", name: "x", apiVersion: "apps/v1" }, maxReplicas: 3 },
};

test.each<[string, (registry: Registry) => Promise<unknown>, string]>([
  [
    "what is written in an older version",
    registry => registry.create(autoscaler, by),
    "CREATE autoscaling/v1 HorizontalPodAutoscaler: autoscaling/v1 HorizontalPodAutoscaler, null",
  ],
  [
    "a scale",
    registry =>
      registry.update(
        { apiVersion: "autoscaling/v1", kind: "Scale", metadata, spec: { replicas: 2 } },
        at("ReplicaSet", "scale"),
      ),
    "UPDATE autoscaling/v1 Scale: autoscaling/v1 Scale, autoscaling/v1 Scale",
  ],
  [
    "a status",
    registry =>
      registry.modify("ReplicaSet", "demo", "x", set => ({ ...set, status: { replicas: 1 } }), {
        ...by,
        subresource: "status",
      }),
    "UPDATE apps/v1 ReplicaSet: apps/v1 ReplicaSet, apps/v1 ReplicaSet",
  ],
  [
    "an eviction",
    registry =>
      registry.create({ apiVersion: "policy/v1", kind: "Eviction", metadata }, at("Pod", "eviction")),
    "CREATE policy/v1 Eviction: policy/v1 Eviction, null",
  ],
  [
    "a binding",
    registry =>
      registry.create(
        { apiVersion: "v1", kind: "Binding", metadata, target: { name: "node-0" } } as Draft,
        at("Pod", "binding"),
      ),
    "CREATE v1 Binding: v1 Binding, null",
  ],
  [
    "an exec",
    registry => registry.connect("Pod", "demo", "x", { command: ["ls"] }, at("Pod", "exec")),
    "CONNECT v1 PodExecOptions: v1 PodExecOptions, null",
  ],
  [
    "a port-forward",
    registry => registry.connect("Pod", "demo", "x", { ports: [80] }, at("Pod", "portforward")),
    "CONNECT v1 PodPortForwardOptions: v1 PodPortForwardOptions, null",
  ],
  ["a deletion", registry => registry.delete("Pod", "demo", "x", by), "DELETE v1 Pod: null, v1 Pod"],
])("of %s", async (_, write, expected) => {
  const { registry, told } = await world();
  await write(registry);
  expect(told).toEqual([expected]);
});

test("a log is read, and shown to none", async () => {
  const { registry, told } = await world();
  await registry.connect("Pod", "demo", "x", {}, at("Pod", "log"));
  expect(told).toEqual([]);
});

test("what is made of what is shown becomes the write", async () => {
  const { registry, store } = await world((object, request) =>
    changedAsShown(request.version, object, request, shown => {
      if (shown.kind === "Scale") return { ...shown, spec: { replicas: 7 } };
      if (shown.kind === "Binding") return { ...shown, target: { name: "node-7" } };
      if (shown.apiVersion !== "autoscaling/v1") return shown;
      return { ...shown, spec: { ...Object(shown.spec), targetCPUUtilizationPercentage: 7 } };
    }),
  );
  const scale = { apiVersion: "autoscaling/v1", kind: "Scale", metadata, spec: { replicas: 2 } };
  await registry.update(scale, at("ReplicaSet", "scale"));
  expect(store.get("ReplicaSet", "demo", "x")?.spec.replicas).toBe(7);
  const binding = { apiVersion: "v1", kind: "Binding", metadata, target: { name: "node-0" } } as Draft;
  await registry.create(binding, at("Pod", "binding"));
  expect(store.get("Pod", "demo", "x")?.spec.nodeName).toBe("node-7");
  await registry.create(autoscaler, { ...by, version: kinds.inVersion(autoscaler).version });
  const stored = store.get("HorizontalPodAutoscaler", "demo", "x");
  expect(stored?.spec?.metrics?.[0]?.resource?.target.averageUtilization).toBe(7);
});

test.each([
  ["the version that is spoken comes first", ["v2", "v1"], "Equivalent", "v1"],
  ["another one will do", ["v2"], "Equivalent", "v2"],
  ["unless it has to be exact", ["v2"], "Exact", undefined],
  ["exact is the version that is spoken, not the one that is kept", ["v1"], "Exact", "v1"],
  ["none", ["v3"], "Equivalent", undefined],
] as const)("rules: %s", (_, apiVersions, matchPolicy, expected) => {
  const { kind, version } = kinds.inVersion(autoscaler);
  const request: AdmissionRequest = {
    operation: "CREATE",
    kind,
    version,
    namespace: "demo",
    name: "x",
    subresource: "",
    old: undefined,
    user: administrator,
    dryRun: false,
    warn: () => {},
  };
  const rule: NamedRuleWithOperations = {
    apiGroups: ["autoscaling"],
    apiVersions,
    operations: ["*"],
    resources: ["*"],
  };
  const found = versionInRules([rule], request, matchPolicy);
  expect(found?.version).toBe(expected);
  if (!found) return;
  const { kind: shown, requestKind, resource } = requestOf(request, found);
  expect([shown.version, resource.version, requestKind.version]).toEqual([expected, expected, "v1"]);
});
