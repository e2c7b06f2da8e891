/** What the whole way of a write promises, with the real kinds, the real plugins and some that take their time. */
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { ApiError } from "../errors/index.ts";
import { seededRandom, VirtualClock } from "../outside/index.ts";
import { builtInKinds, type Draft, KindRegistry, type Pod, type Service } from "../resources/index.ts";
import { administrator, MemoryStore, PendingAnswers, Registry, type Request } from "../store/index.ts";
import { AdmissionChain } from "./chain.ts";
import { type AdmissionPlugin, storeReader } from "./plugin.ts";
import { type AdmissionOptions, pluginsFor } from "./plugins.ts";

const request: Request = { author: { actor: "test", user: administrator, manager: "test" } };

async function world(options: AdmissionOptions = {}) {
  const clock = new VirtualClock();
  const store = new MemoryStore({
    clock,
    indexedFields: { Service: ["spec.clusterIP"] },
    onFault: fault => expect.fail(String(fault)),
  });
  const kinds = new KindRegistry(builtInKinds);
  const reader = storeReader(store, kinds);
  const admission = new AdmissionChain(pluginsFor(options), reader, new PendingAnswers(clock));
  const registry = new Registry({ store, kinds, admission, clock, random: seededRandom(1) });
  for (const name of ["default", "demo"])
    await registry.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, request);
  return { clock, store, registry };
}

function pod(name: string): Draft<Pod> {
  const spec = { containers: [{ name: "app", image: "echo:1" }] };
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "demo" }, spec };
}

function service(name: string): Draft<Service> {
  const spec = { selector: { app: "web" }, ports: [{ port: 80 }], type: "NodePort" as const };
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace: "demo" }, spec } as Draft<Service>;
}

/** What the world of a test is made of: a namespace comes with its service account. */
const isGiven = ({ name }: { readonly name: string }) => ["Namespace", "ServiceAccount"].includes(name);

/** Waits as long as the test likes. */
function waiting(wait: () => Promise<unknown>): AdmissionPlugin {
  return {
    name: "Waiting",
    on: [{ operations: ["CREATE", "UPDATE", "DELETE"], subresources: ["*"] }],
    mutate: async (object, { kind }) => {
      if (!isGiven(kind)) await wait();
      return object;
    },
    validate: async (_, { kind }) => {
      if (!isGiven(kind)) await wait();
    },
  };
}

test.each([
  ["mutate", undefined, 10],
  ["validate", 2, 2],
])(
  "a plugin whose %s never answers fails the write in time, and nothing is written",
  async (at, timeoutSeconds, after) => {
    const on: AdmissionPlugin["on"] = [{ operations: ["CREATE"], kinds: ["Pod"] }];
    const never = { name: "Never", on, timeoutSeconds, [at]: () => new Promise(() => {}) };
    const { clock, store, registry } = await world({ plugins: [never as AdmissionPlugin] });
    const end = registry.create(pod("p"), request).catch((error: unknown) => error);
    await clock.advance(after * 1_000);
    expect(await end).toMatchObject({
      reason: "Timeout",
      message: `admission plugin "Never" did not answer within ${after} s`,
    });
    expect(store.count("Pod")).toBe(0);
  },
);

test("where no plugin takes its time a write has happened when the call returns", async () => {
  const { store, registry } = await world();
  const created = registry.create(pod("p"), request);
  expect(store.get("Pod", "demo", "p")?.spec.tolerations).toHaveLength(2);
  await created;
  const changed = registry.modify(
    "Pod",
    "demo",
    "p",
    pod => ({ ...pod, metadata: { ...pod.metadata, labels: { a: "1" } } }),
    request,
  );
  expect(store.get("Pod", "demo", "p")?.metadata.labels).toEqual({ a: "1" });
  await changed;
  const deleted = registry.delete("Pod", "demo", "p", request);
  expect(store.get("Pod", "demo", "p")?.metadata.deletionTimestamp).toBeDefined();
  await deleted;
});

test("nothing comes between what is given out and the write: no address and no port is had twice, however writes interleave", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 6 }), async (scheduler, count) => {
      const wait = () => scheduler.schedule(Promise.resolve());
      const { store, registry } = await world({ plugins: [waiting(wait)] });
      const names = Array.from({ length: count }, (_, n) => `s${n}`);
      await scheduler.waitFor(Promise.all(names.map(name => registry.create(service(name), request))));
      const services = store.list("Service");
      expect(new Set(services.map(({ spec }) => spec.clusterIP)).size).toBe(count);
      expect(new Set(services.flatMap(({ spec }) => spec.ports?.map(port => port.nodePort))).size).toBe(
        count,
      );
    }),
    { numRuns: 100 },
  );
});

test("two writers never share what is left of a quota, however writes interleave", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 6 }), async (scheduler, count) => {
      const { store, registry } = await world({
        plugins: [waiting(() => scheduler.schedule(Promise.resolve()))],
      });
      const quota = { metadata: { name: "q", namespace: "demo" }, spec: { hard: { pods: "1" } } };
      const creating = registry.create({ apiVersion: "v1", kind: "ResourceQuota", ...quota }, request);
      await scheduler.waitFor(creating);
      const names = Array.from({ length: count }, (_, n) => `p${n}`);
      const writes = names.map(name => registry.create(pod(name), request));
      const answers = await scheduler.waitFor(Promise.allSettled(writes));
      expect(store.count("Pod")).toBe(1);
      expect(answers.filter(({ status }) => status === "rejected")).toHaveLength(count - 1);
    }),
    { numRuns: 50 },
  );
});

test("nothing comes into a namespace that went while a plugin took its time", async () => {
  const waiters: (() => void)[] = [];
  const wait = () => new Promise<void>(resolve => void waiters.push(resolve));
  const { store, registry } = await world({ plugins: [waiting(wait)] });
  const creating = registry.create(pod("p"), request).catch((error: unknown) => error);
  await registry.delete("Namespace", "", "demo", request);
  // It is asked once for what it changes, and once for what it refuses.
  waiters.shift()?.();
  await vi.waitUntil(() => waiters.length > 0, 10_000);
  waiters.shift()?.();
  const causes = [{ reason: "NamespaceTerminating" }];
  expect(await creating).toMatchObject({ reason: "Forbidden", details: { causes } });
  expect(store.count("Pod")).toBe(0);
});

test("a plugin that takes its time loses no update, and sees the version that it decides on", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 5 }), async (scheduler, writers) => {
      const seen: (string | undefined)[] = [];
      const slow = waiting(() => scheduler.schedule(Promise.resolve()));
      const watching: AdmissionPlugin = {
        ...slow,
        validate: (object, { kind, old }) => {
          if (kind.name === "Pod" && old) seen.push(old.metadata.resourceVersion);
          return slow.validate?.(object, { kind } as never, undefined as never);
        },
      };
      const { store, registry } = await world({ plugins: [watching] });
      await scheduler.waitFor(registry.create(pod("p"), request));
      const count = (pod: Pod) => Number(pod.metadata.annotations?.count ?? 0);
      const increment = () =>
        registry.modify(
          "Pod",
          "demo",
          "p",
          pod => ({ ...pod, metadata: { ...pod.metadata, annotations: { count: String(count(pod) + 1) } } }),
          request,
        );
      await scheduler.waitFor(Promise.all(Array.from({ length: writers }, increment)));
      expect(count(store.get("Pod", "demo", "p") as Pod)).toBe(writers);
      expect(seen.length).toBeGreaterThanOrEqual(writers);
    }),
    { numRuns: 50 },
  );
});

describe("what admission makes of an object", () => {
  /** As a webhook may answer: no plugin of one's own, which is held to this by itself. */
  async function changing(change: (object: Draft) => object) {
    const { store, registry, clock } = await world();
    const kinds = new KindRegistry(builtInKinds);
    const admission = {
      mutate: change as (object: Draft) => Draft,
      validate: () => {},
      validateLast: () => {},
      contends: () => [],
    };
    return {
      store,
      before: registry,
      registry: new Registry({ store, kinds, admission, clock, random: seededRandom(2) }),
    };
  }
  const wild = {
    uid: "evil",
    generation: 77,
    resourceVersion: "1",
    creationTimestamp: "2000-01-01T00:00:00Z",
    deletionTimestamp: "2000-01-01T00:00:00Z",
    labels: { good: "yes" },
  };
  const wildly = ({ metadata, ...object }: Draft) => ({
    ...object,
    metadata: { ...metadata, ...wild },
    status: { phase: "Failed" },
  });

  test("has the system's metadata and status, new or changed", async () => {
    const { store, registry } = await changing(wildly);
    await registry.create(pod("p"), request);
    const made = store.get("Pod", "demo", "p");
    expect(made).toMatchObject({
      metadata: { generation: 1, labels: { good: "yes" } },
      status: { phase: "Pending" },
    });
    expect(made?.metadata.uid).not.toBe("evil");
    expect(made?.metadata.creationTimestamp).toMatch(/^2026/);
    expect(made?.metadata).not.toHaveProperty("deletionTimestamp");
    const annotations = { a: "1" };
    await registry.modify(
      "Pod",
      "demo",
      "p",
      pod => ({ ...pod, metadata: { ...pod.metadata, annotations } }),
      request,
    );
    const changed = store.get("Pod", "demo", "p");
    expect(changed?.status).toEqual(made?.status);
    const { annotations: _, resourceVersion: _1, managedFields: _2, ...same } = changed?.metadata ?? {};
    expect(made?.metadata).toMatchObject(same);
    expect(changed?.metadata.annotations).toEqual(annotations);
  });

  test("is of the part that is written alone", async () => {
    const { store, registry, before } = await changing(object => ({
      ...object,
      metadata: { ...object.metadata, labels: { by: "hook" } },
      spec: { containers: [] },
      status: { phase: "Running", message: "seen" },
    }));
    await before.create(pod("p"), request);
    const made = store.get("Pod", "demo", "p");
    const report = (pod: Pod): Pod => ({ ...pod, status: { phase: "Running" } });
    await registry.modify("Pod", "demo", "p", report, { ...request, subresource: "status" });
    const now = store.get("Pod", "demo", "p");
    expect(now?.spec).toBe(made?.spec);
    expect(now?.metadata.labels).toBeUndefined();
    expect(now?.status).toEqual({ phase: "Running", message: "seen" });
  });

  test.each([
    ["name", { name: "other" }],
    ["namespace", { namespace: "default" }],
  ])("is no object of another %s", async (_, other) => {
    const { store, registry } = await changing(object => ({
      ...object,
      metadata: { ...object.metadata, ...other },
    }));
    await expect(registry.create(pod("p"), request)).rejects.toMatchObject({ reason: "InternalError" });
    expect(store.count("Pod")).toBe(0);
  });
});

test("pods of one stored template share one spec, whatever admission makes of it", async () => {
  const { store, registry } = await world();
  const labels = { app: "web" };
  const spec = { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod("p").spec } };
  const set: Draft = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: "web", namespace: "demo" },
    spec,
  };
  await registry.create(set, request);
  const template = store.get("ReplicaSet", "demo", "web")?.spec.template?.spec as Pod["spec"];
  for (const name of ["a", "b"])
    await registry.create({ ...pod(name), spec: template }, { ...request, isChecked: true });
  const [a, b] = store.list("Pod");
  expect(a?.spec.tolerations).toHaveLength(2);
  expect(a?.spec).toBe(b?.spec);
});

test("a dry run is admitted, checked and told what it would be, and writes nothing", async () => {
  const { store, registry } = await world();
  const before = store.revision;
  const { object, outcome } = await registry.create(pod("p"), { ...request, dryRun: true });
  expect([outcome, object.spec.tolerations?.length, store.revision]).toEqual(["created", 2, before]);
  const refused = registry.create(
    { ...pod("p"), metadata: { name: "p", namespace: "gone" } },
    { ...request, dryRun: true },
  );
  await expect(refused).rejects.toMatchObject({ reason: "NotFound" });
  await registry.create(pod("p"), request);
  const after = store.revision;
  await registry.delete("Pod", "demo", "p", { ...request, dryRun: true });
  await registry.update(
    {
      ...pod("p"),
      metadata: { name: "p", namespace: "demo", labels: { a: "1" } },
      spec: store.get("Pod", "demo", "p")?.spec as Pod["spec"],
    },
    { ...request, dryRun: true },
  );
  expect(store.revision).toBe(after);
});

test("a write that says what is there already keeps the revision, admission or not", async () => {
  const { store, registry } = await world({ plugins: [waiting(() => Promise.resolve())] });
  const { object } = await registry.create(pod("p"), request);
  const again = await registry.update(object, request);
  expect([again.outcome, again.object, store.revision]).toEqual([
    "unchanged",
    object,
    Number(object.metadata.resourceVersion),
  ]);
});

describe("fields that the schema does not know", () => {
  const odd = { ...pod("p"), spec: { ...pod("p").spec, wrong: 1 } } as Draft<Pod>;
  test.each([
    ["Strict", "BadRequest", []],
    ["Warn", "created", ['unknown field "spec.wrong"']],
    ["Ignore", "created", []],
  ] as const)("%s", async (fieldValidation, expected, warned) => {
    const { store, registry } = await world();
    const warnings: string[] = [];
    const outcome = await registry
      .create(odd, { ...request, fieldValidation, warn: text => void warnings.push(text) })
      .then(
        written => written.outcome,
        (error: ApiError) => error.reason,
      );
    expect([outcome, warnings]).toEqual([expected, warned]);
    expect(store.get("Pod", "demo", "p")?.spec ?? {}).not.toHaveProperty("wrong");
  });
});

test("what is checked is spared its schema, and admission never: a controller's pods count like any", async () => {
  const { store, registry } = await world({
    plugins: [
      {
        name: "NoPods",
        on: [{ operations: ["CREATE"], kinds: ["Pod"] }],
        validate: (_, { user }) => {
          throw new ApiError("Forbidden", `not by ${user.name}`);
        },
      },
    ],
  });
  const checked: Request = { ...request, isChecked: true };
  await expect(registry.create(pod("p"), checked)).rejects.toThrow("not by kubernetes-admin");
  expect(store.count("Pod")).toBe(0);
});

test("a part that is not there is not found, one that takes no such verb says so", async () => {
  const { registry } = await world();
  await registry.create(pod("p"), request);
  const at = (subresource: string) => registry.update(pod("p"), { ...request, subresource });
  await expect(at("nothing")).rejects.toMatchObject({ reason: "NotFound" });
  await expect(at("binding")).rejects.toMatchObject({ reason: "MethodNotAllowed" });
});

test("scale is a part like others: it changes the number, counts as a new generation, and is held against the rules", async () => {
  const { store, registry } = await world();
  const labels = { app: "web" };
  const template = { metadata: { labels }, spec: pod("p").spec };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  const metadata = { name: "web", namespace: "demo" };
  await registry.create({ apiVersion: "apps/v1", kind: "ReplicaSet", metadata, spec }, request);
  const at = { ...request, subresource: "scale", parent: "ReplicaSet" };
  const scale = (replicas: number) =>
    registry.update({ apiVersion: "autoscaling/v1", kind: "Scale", metadata, spec: { replicas } }, at);
  await scale(3);
  const set = store.get("ReplicaSet", "demo", "web");
  expect([set?.spec.replicas, set?.metadata.generation]).toEqual([3, 2]);
  await expect(scale(-1)).rejects.toMatchObject({ reason: "Invalid" });
});

test("a namespace comes with its service account; a dry run brings none", async () => {
  const { store, registry } = await world();
  expect(store.get("ServiceAccount", "demo", "default")).toBeDefined();
  const [made] = store.history({ kind: "ServiceAccount", namespace: "demo", name: "default" });
  const namespace = store.get("Namespace", "", "demo");
  expect(String(made?.cause)).toBe(namespace?.metadata.resourceVersion);
  await registry.create(
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "dry" } },
    { ...request, dryRun: true },
  );
  expect(store.list("ServiceAccount", { namespace: "dry" })).toEqual([]);
});
