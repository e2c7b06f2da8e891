import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ApiError } from "../../errors/index.ts";
import { realRandom } from "../../outside/index.ts";
import type { Draft, KindDefinition, KubernetesObject } from "../../resources/index.ts";
import { nodeWriter } from "../identity.ts";
import {
  configMap,
  fillOnly,
  lifeOf,
  Objects,
  pod,
  refusal,
  replicaSet,
  slowed,
  testWorld,
  user,
} from "../test-kinds.ts";
import { Registry } from "./registry.ts";
import type { Rules } from "./versions.ts";

const by = { author: user };

describe("create", () => {
  test("gives an object what the system owns, whatever the draft says", async () => {
    const { registry } = await testWorld();
    const draft = pod("web", {
      uid: "mine",
      generation: 7,
      creationTimestamp: "2000-01-01T00:00:00Z",
      deletionTimestamp: "2000-01-01T00:00:00Z",
      labels: { app: "web" },
      annotations: {},
    });
    const created = await registry.create({ ...draft, status: { phase: "Running" } }, by);
    expect(created).toEqual({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: "web",
        namespace: "demo",
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        resourceVersion: "4",
        generation: 1,
        creationTimestamp: "2026-01-01T00:00:00Z",
        labels: { app: "web" },
        managedFields: [expect.objectContaining({ manager: "test", operation: "Update", apiVersion: "v1" })],
      },
      spec: draft.spec,
      status: { phase: "Pending" },
    });
    expect(created.metadata.uid).not.toBe("mine");
  });

  test("keeps no managers of what a controller creates, nor of what becomes of it", async () => {
    const { registry } = await testWorld();
    const created = await registry.create(pod("web"), { ...by, isChecked: true });
    expect(created.metadata.managedFields).toBeUndefined();
    const status = { phase: "Running" };
    const changed = await registry.update({ ...created, status } as Draft, {
      ...by,
      subresource: "status",
    });
    expect(changed).toMatchObject({ status });
    expect(changed.metadata.managedFields).toBeUndefined();
  });

  test("has happened when the call returns", async () => {
    const { registry, store } = await testWorld();
    const told: string[] = [];
    store.watch({}, change => void told.push(change.type));
    const promise = registry.create(pod("web"), by);
    expect(store.get("Pod", "demo", "web")).toBeDefined();
    expect(told).toEqual(["ADDED"]);
    await promise;
  });

  test("neither freezes nor keeps what a user hands in", async () => {
    const { registry, store } = await testWorld();
    const draft = configMap("settings") as Draft & { data: Record<string, string> };
    await registry.create(draft, by);
    draft.data.a = "changed";
    expect(store.get("ConfigMap", "demo", "settings")).toMatchObject({ data: { a: "1" } });
  });

  test("makes names, and another one when a name is taken", async () => {
    // The first two suffixes are alike.
    let calls = 0;
    const random = { ...realRandom, suffix: () => (calls++ < 2 ? "aaaaa" : "bbbbb") };
    const { registry } = await testWorld({ random });
    const draft = configMap("", { generateName: "settings-" });
    const names = [
      (await registry.create(draft, by)).metadata.name,
      (await registry.create(draft, by)).metadata.name,
    ];
    expect(names).toEqual(["settings-aaaaa", "settings-bbbbb"]);
  });

  test("counts generations only for kinds that have them", async () => {
    const { registry } = await testWorld();
    expect((await registry.create(configMap("settings"), by)).metadata).not.toHaveProperty("generation");
    expect((await registry.create(replicaSet("web"), by)).metadata.generation).toBe(1);
  });

  test("puts what names no namespace into default", async () => {
    const { registry } = await testWorld();
    const created = await registry.create({ ...configMap("settings"), metadata: { name: "settings" } }, by);
    expect(created.metadata.namespace).toBe("default");
  });

  test("a dry run prepares everything and writes nothing", async () => {
    const { registry, store } = await testWorld();
    const before = store.revision;
    const made = await registry.create(pod("web"), { ...by, dryRun: true });
    expect(made.metadata.uid).toBeTruthy();
    expect(made.metadata).not.toHaveProperty("resourceVersion");
    expect(store.revision).toBe(before);
    await registry.create(pod("web"), by);
    expect(await refusal(registry.create(pod("web"), { ...by, dryRun: true }))).toMatchObject({
      reason: "AlreadyExists",
    });
  });

  test("hands out what may be given once, seeing what is taken", async () => {
    const { registry } = await testWorld();
    const service = (name: string) => ({ ...configMap(name), kind: "Service" });
    expect((await registry.create(service("one"), by)).spec).toEqual({ clusterIP: "10.96.0.1" });
    expect((await registry.create(service("two"), by)).spec).toEqual({ clusterIP: "10.96.0.2" });
  });
});

test("every write says what became of it, and history who wrote, under each name", async () => {
  const { registry, store } = await testWorld();
  const { verbs } = registry;
  const outcomes: string[] = [];
  const did = async (write: Promise<{ outcome: string }>) => outcomes.push((await write).outcome);
  const held = configMap("held", { finalizers: ["example.com/hold"] });
  await did(verbs.create(held, by));
  await did(verbs.update(held, by));
  await did(verbs.modify<string>("ConfigMap", "demo", "held", () => undefined, by));
  await did(verbs.update({ ...held, data: { a: "2" } } as Draft, by));
  await did(verbs.delete("ConfigMap", "demo", "held", by));
  await did(verbs.update({ ...held, metadata: { name: "held", namespace: "demo" } }, by));
  await did(verbs.create(pod("going"), by));
  await did(verbs.delete("Pod", "demo", "going", { ...by, dryRun: true }));
  await did(verbs.delete("Pod", "demo", "going", by));
  expect(outcomes).toEqual([
    "created",
    "unchanged",
    "unchanged",
    "changed",
    "terminating",
    "deleted",
    "created",
    "deleted",
    "deleted",
  ]);
  const node = { author: { ...nodeWriter("node-0"), cause: 3 } };
  await verbs.create(pod("mirror"), node);
  expect(store.history({ after: 0 }).at(-1)).toMatchObject({
    actor: "node/node-0",
    user: "system:node:node-0",
    manager: "kubelet",
    cause: 3,
  });
});

test("a writer keeps what it hands in, checked or not: the store takes a copy of what is not frozen", async () => {
  const { registry, store } = await testWorld();
  const draft = configMap("settings") as Draft & { data: Record<string, string> };
  await registry.create(draft, { ...by, isChecked: true });
  draft.data.a = "changed";
  expect(store.get("ConfigMap", "demo", "settings")).toMatchObject({ data: { a: "1" } });
});

test("refusals are word for word those of Kubernetes", async () => {
  const { registry } = await testWorld();
  await registry.create(configMap("there"), by);
  await registry.create(replicaSet("there"), by);
  await registry.create(configMap("held", { finalizers: ["example.com/hold"] }), by);
  await registry.delete("ConfigMap", "demo", "held", by);
  await registry.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "going" } }, by);
  await registry.delete("Namespace", "", "going", by);

  const table: [Promise<KubernetesObject>, string, string, object][] = [
    [
      registry.create(configMap("there"), by),
      "AlreadyExists",
      'configmaps "there" already exists',
      { name: "there", kind: "configmaps" },
    ],
    [
      registry.create(replicaSet("there"), by),
      "AlreadyExists",
      'replicasets.apps "there" already exists',
      { name: "there", group: "apps", kind: "replicasets" },
    ],
    [
      registry.create(configMap(""), by),
      "Invalid",
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
      { kind: "ConfigMap", causes: [{ field: "metadata.name" }] },
    ],
    [
      registry.create(configMap("c", { resourceVersion: "5" }), by),
      "BadRequest",
      "resourceVersion should not be set on objects to be created",
      { kind: "ConfigMap", name: "c", causes: [{ field: "metadata.resourceVersion" }] },
    ],
    [
      registry.create(configMap("c", { namespace: "nowhere" }), by),
      "NotFound",
      'namespaces "nowhere" not found',
      { name: "nowhere", kind: "namespaces" },
    ],
    [
      registry.create(configMap("c", { namespace: "going" }), by),
      "Forbidden",
      'configmaps "c" is forbidden: unable to create new content in namespace going because it is being terminated',
      { name: "c", kind: "configmaps", causes: [{ reason: "NamespaceTerminating" }] },
    ],
    [
      registry.update(configMap("missing"), by),
      "NotFound",
      'configmaps "missing" not found',
      { name: "missing", kind: "configmaps" },
    ],
    [
      registry.update(configMap("there", { resourceVersion: "1" }, {}), by),
      "Conflict",
      'Operation cannot be fulfilled on configmaps "there": the object has been modified; please apply your changes to the latest version and try again',
      { name: "there", kind: "configmaps" },
    ],
    [
      registry.update(configMap("there", { uid: "other" }, {}), by),
      "Conflict",
      'Operation cannot be fulfilled on configmaps "there": StorageError: invalid object, Code: 4, Key: /configmaps/demo/there, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object meta: ',
      { name: "there", kind: "configmaps" },
    ],
    [
      registry.update(configMap("held", { finalizers: ["example.com/hold", "example.com/more"] }), by),
      "Invalid",
      'ConfigMap "held" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/more"}',
      { name: "held", kind: "ConfigMap" },
    ],
    [
      registry.delete("ConfigMap", "demo", "nope", by),
      "NotFound",
      'configmaps "nope" not found',
      { name: "nope", kind: "configmaps" },
    ],
    [
      registry.delete("ConfigMap", "demo", "there", { ...by, preconditions: { uid: "0" } }),
      "Conflict",
      'Operation cannot be fulfilled on ConfigMap "there": the UID in the precondition (0) does not match the UID in record (',
      { name: "there", kind: "ConfigMap" },
    ],
    [
      registry.delete("ConfigMap", "demo", "there", { ...by, preconditions: { resourceVersion: "1" } }),
      "Conflict",
      'Operation cannot be fulfilled on ConfigMap "there": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (4). The object might have been modified',
      { name: "there", kind: "ConfigMap" },
    ],
    [
      registry.delete("ConfigMap", "demo", "there", { ...by, propagationPolicy: "Sideways" as "Orphan" }),
      "Invalid",
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Sideways": supported values: "Foreground", "Background", "Orphan", "nil"',
      { group: "meta.k8s.io", kind: "DeleteOptions" },
    ],
    [
      registry.delete("Namespace", "", "kube-system", by),
      "Forbidden",
      'namespaces "kube-system" is forbidden: this namespace may not be deleted',
      { name: "kube-system", kind: "namespaces" },
    ],
  ];
  for (const [write, reason, message, details] of table) {
    const error = await refusal(write);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ reason, details });
    expect((error as Error).message.startsWith(message), `${(error as Error).message}\n${message}`).toBe(
      true,
    );
  }
});

describe("who writes", () => {
  const strict: Rules = {
    ...fillOnly,
    complete: (kind, draft, old) =>
      kind.name === "ReplicaSet"
        ? { ...draft, spec: { replicas: 1, ...(draft.spec as object) } }
        : fillOnly.complete(kind, draft, old),
    validate(kind, draft, old) {
      if (kind.name !== "ReplicaSet" || (draft.spec as { replicas: number }).replicas >= 0) return;
      throw new ApiError("Invalid", `${kind.kind} is invalid${old ? ", as a change" : ""}`);
    },
  };

  test("is checked and gets defaults; what is wrong changes nothing", async () => {
    const { registry, store } = await testWorld({ rules: strict });
    const wrong = await refusal(registry.create(replicaSet("web", -1), by));
    expect(wrong).toMatchObject({ message: "ReplicaSet is invalid" });
    const set = await registry.create({ ...replicaSet("web"), spec: {} }, by);
    expect(set.spec).toEqual({ replicas: 1 });
    const revision = store.revision;
    expect(await refusal(registry.update(replicaSet("web", -1), by))).toMatchObject({
      message: "ReplicaSet is invalid, as a change",
    });
    expect(await registry.update({ ...replicaSet("web"), spec: {} }, by)).toBe(set);
    expect(store.revision).toBe(revision);
  });

  test("is not held against its schema if it is checked; what depends on other fields is filled in all the same", async () => {
    const unasked = (kind: KindDefinition) => {
      if (kind.name === "ReplicaSet") throw new Error("nobody asked for a check");
    };
    const rules: Rules = {
      ...fillOnly,
      decode(kind, draft) {
        unasked(kind);
        return { draft: draft as never, unknown: [] };
      },
      validate: unasked,
    };
    const { registry } = await testWorld({ rules });
    const draft = Object.freeze({ ...replicaSet("web"), spec: Object.freeze({ replicas: 3 }) });
    const set = await registry.create(draft, { ...by, isChecked: true });
    expect(set.spec).toBe(draft.spec);
  });
});

describe("update", () => {
  test("replaces all but the status and what the system owns", async () => {
    const { registry, clock } = await testWorld();
    const created = await registry.create(pod("web", { labels: { a: "1" } }), by);
    await clock.advance(5000);
    const updated = await registry.update(
      {
        ...pod("web", {
          creationTimestamp: "2000-01-01T00:00:00Z",
          generation: 77,
          annotations: { note: "new" },
        }),
        status: { phase: "Running" },
      },
      by,
    );
    const { labels: _, ...metadata } = created.metadata;
    expect(updated).toEqual({
      ...created,
      metadata: {
        ...metadata,
        resourceVersion: "5",
        annotations: { note: "new" },
        managedFields: [expect.objectContaining({ manager: "test", time: "2026-01-01T00:00:05Z" })],
      },
    });
  });

  test("raises the generation when what is desired changes, not for labels or status", async () => {
    const { registry } = await testWorld();
    const set = await registry.create(replicaSet("web", 1), by);
    const generation = (object: KubernetesObject) => object.metadata.generation;
    const labelled = await registry.update({ ...set, metadata: { ...set.metadata, labels: { a: "b" } } }, by);
    expect(generation(labelled)).toBe(1);
    const scaled = await registry.update({ ...labelled, spec: { replicas: 2 } }, by);
    expect(generation(scaled)).toBe(2);
    expect(generation(await registry.updateStatus({ ...scaled, status: { replicas: 2 } }, by))).toBe(2);
  });

  test("that says nothing new writes nothing and keeps the version", async () => {
    const { registry, store } = await testWorld();
    const set = await registry.create(replicaSet("web"), by);
    const before = store.revision;
    expect(await registry.update(set, by)).toBe(set);
    expect(await registry.update(replicaSet("web"), by)).toBe(set);
    expect(await registry.update(structuredClone(set), by)).toBe(set);
    expect(await registry.updateStatus({ ...set, status: { replicas: 0 } }, by)).toBe(set);
    expect(await registry.modify("ReplicaSet", "demo", "web", () => undefined, by)).toBe(set);
    expect(store.revision).toBe(before);
  });

  test("shares with the version before what did not change", async () => {
    const { registry } = await testWorld();
    const created = await registry.create(pod("web", { labels: { app: "web" } }), by);
    const updated = await registry.update(
      {
        ...structuredClone(created),
        metadata: { ...structuredClone(created.metadata), annotations: { a: "b" } },
      },
      by,
    );
    expect(updated.spec).toBe(created.spec);
    expect(updated.metadata.labels).toBe(created.metadata.labels);
  });

  test("of the status ignores the rest, but for annotations", async () => {
    const { registry } = await testWorld();
    const set = await registry.create(replicaSet("web", 1), by);
    const reported = await registry.updateStatus(
      {
        ...replicaSet("web", 9),
        metadata: { name: "web", namespace: "demo", labels: { a: "b" }, annotations: { revision: "1" } },
        status: { replicas: 1 },
      },
      by,
    );
    expect(reported).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 1 } });
    expect(reported.metadata).toEqual({
      ...set.metadata,
      resourceVersion: reported.metadata.resourceVersion,
      annotations: { revision: "1" },
    });
  });

  test("of a status that the kind does not have is refused", async () => {
    const { registry } = await testWorld();
    await registry.create(configMap("settings"), by);
    expect(await refusal(registry.updateStatus(configMap("settings"), by))).toMatchObject({
      reason: "NotFound",
    });
  });
});

describe("bind", () => {
  test("names the node and says so in one write, which is no change of what is desired", async () => {
    const world = await testWorld();
    await world.registry.create(pod("web"), by);
    const bound = await world.registry.bind("demo", "web", "node-0", by);
    expect(bound).toMatchObject({
      metadata: { generation: 1 },
      spec: { nodeName: "node-0" },
      status: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "True" }] },
    });
    expect(lifeOf(world, pod("web"))).toEqual(["ADDED", "MODIFIED"]);
    expect(await refusal(world.registry.bind("demo", "web", "node-1", by))).toMatchObject({
      reason: "Conflict",
      message:
        'Operation cannot be fulfilled on pods/binding "web": pod web is already assigned to node "node-0"',
    });
  });
});

describe("many writers, on a store that takes its time", () => {
  test("that modify one object lose no update, however they interleave", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 6 }), async (scheduler, writers) => {
        const { registry, store, parts } = await testWorld();
        const slow = new Registry({
          ...parts,
          store: slowed(store, () => scheduler.schedule(Promise.resolve())),
        });
        await registry.create(replicaSet("counter", 0), by);
        const countOn = (object: KubernetesObject) => ({
          ...object,
          spec: { replicas: replicasOf(object) + 1 },
        });
        const count = () => slow.modify<string>("ReplicaSet", "demo", "counter", countOn, by);
        const all = Promise.all(Array.from({ length: writers }, () => count().then(count)));
        await scheduler.waitFor(all);
        expect(store.get("ReplicaSet", "demo", "counter")).toMatchObject({
          metadata: { generation: 1 + 2 * writers },
          spec: { replicas: 2 * writers },
        });
      }),
      { numRuns: 50 },
    );
  });

  test("that generate names never collide", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async scheduler => {
        const random = { ...realRandom, suffix: () => `${realRandom.below(4)}` };
        const { store, parts } = await testWorld();
        const pause = () => scheduler.schedule(Promise.resolve());
        const slow = new Registry({ ...parts, random, store: slowed(store, pause) });
        const all = Promise.all([1, 2, 3].map(() => slow.create(configMap("", { generateName: "c-" }), by)));
        await scheduler.waitFor(all);
        expect(store.count("ConfigMap")).toBe(3);
      }),
      { numRuns: 30 },
    );
  });

  test("an update that insists on a version fails when another was faster; one that does not, wins", async () => {
    const { registry, store, parts } = await testWorld();
    const set = await registry.create(replicaSet("web", 1), by);
    const pauses: (() => void)[] = [];
    const slow = new Objects(
      new Registry({
        ...parts,
        store: slowed(store, () => new Promise(resolve => pauses.push(() => resolve()))),
      }),
    );
    const insisting = refusal(slow.update({ ...set, spec: { replicas: 2 } }, by));
    const lenient = slow.update(replicaSet("web", 3), by);
    await registry.update(replicaSet("web", 9), by);
    while (store.get("ReplicaSet", "demo", "web")?.spec.replicas !== 3) {
      for (const go of pauses.splice(0)) go();
      await Promise.resolve();
    }
    expect(await insisting).toMatchObject({ reason: "Conflict" });
    expect((await lenient).metadata.generation).toBe(3);
  });

  test('an update that names version "0" insists on none', async () => {
    const { registry } = await testWorld();
    await registry.create(replicaSet("web", 1), by);
    const given = replicaSet("web", 2);
    const updated = await registry.update(
      { ...given, metadata: { ...given.metadata, resourceVersion: "0" } },
      by,
    );
    expect(updated).toMatchObject({ spec: { replicas: 2 } });
  });
});

function replicasOf({ spec }: KubernetesObject): number {
  return (spec as { replicas: number }).replicas;
}
