/** How objects go, told as stories; what a real Kubernetes did in the same situation is what is expected. */
import { describe, expect, test } from "vitest";
import type { KubernetesObject } from "../../resources/index.ts";
import {
  configMap,
  lifeOf,
  pod,
  refusal,
  replicaSet,
  type TestWorld,
  testWorld,
  user,
} from "../test-kinds.ts";

const by = { author: user };

/** A pod that a node has taken up. */
async function runningPod({ registry }: TestWorld, name: string, metadata = {}): Promise<KubernetesObject> {
  const created = await registry.create(pod(name, metadata, { terminationGracePeriodSeconds: 5 }), by);
  const bound = await registry.bind("demo", name, "node-0", by);
  expect(bound.metadata.uid).toBe(created.metadata.uid);
  return registry.updateStatus({ ...bound, status: { ...(bound.status as object), phase: "Running" } }, by);
}

describe("what nothing holds", () => {
  test("is gone at once", async () => {
    const world = await testWorld();
    const created = await world.registry.create(configMap("settings"), by);
    const gone = await world.registry.delete("ConfigMap", "demo", "settings", by);
    expect(gone).toEqual({ ...created, metadata: { ...created.metadata, resourceVersion: "5" } });
    expect(world.store.get("ConfigMap", "demo", "settings")).toBeUndefined();
    expect(lifeOf(world, configMap("settings"))).toEqual(["ADDED", "DELETED"]);
  });

  test("takes a negative grace period, and needs no version", async () => {
    const { registry, store } = await testWorld();
    await registry.create(configMap("settings"), by);
    await registry.delete("ConfigMap", "demo", "settings", { ...by, gracePeriodSeconds: -5 });
    expect(store.count("ConfigMap")).toBe(0);
  });

  test("stays in a dry run", async () => {
    const { registry, store } = await testWorld();
    const created = await registry.create(configMap("settings"), by);
    expect(await registry.delete("ConfigMap", "demo", "settings", { ...by, dryRun: true })).toBe(created);
    expect(store.get("ConfigMap", "demo", "settings")).toBe(created);
  });
});

describe("an object with a finalizer", () => {
  test("stays, marked, until the last finalizer is taken away, which is what deletes it", async () => {
    const world = await testWorld();
    const { registry, clock } = world;
    const held = configMap("held", { finalizers: ["example.com/hold"] });
    const created = await registry.create(held, by);
    await clock.advance(1000);
    const marked = await registry.delete("ConfigMap", "demo", "held", by);
    expect(marked.metadata).toEqual({
      ...created.metadata,
      resourceVersion: "5",
      deletionTimestamp: "2026-01-01T00:00:01Z",
      deletionGracePeriodSeconds: 0,
    });

    await clock.advance(1000);
    expect(await registry.delete("ConfigMap", "demo", "held", by)).toBe(marked);
    await registry.update(configMap("held", { finalizers: ["example.com/hold"] }, { a: "2" }), by);
    await registry.update(configMap("held", { finalizers: [] }, { a: "2" }), by);
    expect(world.store.get("ConfigMap", "demo", "held")).toBeUndefined();
    expect(lifeOf(world, held)).toEqual(["ADDED", "MODIFIED", "MODIFIED", "DELETED"]);
  });

  test("that nobody wants to delete survives the loss of its finalizers", async () => {
    const { registry, store } = await testWorld();
    await registry.create(configMap("held", { finalizers: ["example.com/hold"] }), by);
    await registry.update(configMap("held"), by);
    expect(store.get("ConfigMap", "demo", "held")?.metadata).not.toHaveProperty("finalizers");
  });

  test("raises its generation when it is to go, if it has one", async () => {
    const { registry } = await testWorld();
    await registry.create(replicaSet("web"), by);
    const marked = await registry.delete("ReplicaSet", "demo", "web", {
      ...by,
      propagationPolicy: "Foreground",
    });
    expect(marked.metadata).toMatchObject({ generation: 2, finalizers: ["foregroundDeletion"] });
  });
});

describe("the finalizers for the garbage collector", () => {
  const table = [
    { before: [], policy: undefined, after: "gone" },
    { before: [], policy: "Background", after: "gone" },
    { before: [], policy: "Foreground", after: ["foregroundDeletion"] },
    { before: [], policy: "Orphan", after: ["orphan"] },
    { before: ["a.com/x"], policy: "Foreground", after: ["a.com/x", "foregroundDeletion"] },
    { before: ["orphan"], policy: undefined, after: ["orphan"] },
    { before: ["orphan"], policy: "Background", after: "gone" },
    { before: ["orphan", "a.com/x"], policy: "Foreground", after: ["a.com/x", "foregroundDeletion"] },
  ] as const;
  test.each(table)("$before, deleted with $policy: $after", async ({ before, policy, after }) => {
    const { registry, store } = await testWorld();
    await registry.create(configMap("parent", { finalizers: before }), by);
    await registry.delete("ConfigMap", "demo", "parent", { ...by, propagationPolicy: policy });
    expect(store.get("ConfigMap", "demo", "parent")?.metadata.finalizers ?? "gone").toEqual(after);
  });
});

describe("a pod", () => {
  test("that no node has taken up goes at once: marked, then removed", async () => {
    const world = await testWorld();
    await world.registry.create(pod("web"), by);
    const gone = await world.registry.delete("Pod", "demo", "web", by);
    expect(gone.metadata).toMatchObject({ generation: 2, deletionGracePeriodSeconds: 0 });
    expect(lifeOf(world, pod("web"))).toEqual(["ADDED", "MODIFIED", "DELETED"]);
  });

  test("whose containers have ended goes at once", async () => {
    const world = await testWorld();
    const running = await runningPod(world, "web");
    await world.registry.updateStatus({ ...running, status: { phase: "Succeeded" } }, by);
    await world.registry.delete("Pod", "demo", "web", by);
    expect(world.store.count("Pod")).toBe(0);
  });

  test("that runs has its grace period, until its node says that it has stopped", async () => {
    const world = await testWorld();
    const { registry, clock } = world;
    await runningPod(world, "web");
    const marked = await registry.delete("Pod", "demo", "web", by);
    expect(marked.metadata).toMatchObject({
      generation: 2,
      deletionTimestamp: "2026-01-01T00:00:05Z",
      deletionGracePeriodSeconds: 5,
    });
    await clock.advance(2000);
    expect(await registry.delete("Pod", "demo", "web", by)).toBe(marked);
    const stopped = await registry.updateStatus({ ...marked, status: { phase: "Succeeded" } }, by);
    expect(world.store.get("Pod", "demo", "web")).toBe(stopped);

    await registry.delete("Pod", "demo", "web", { ...by, gracePeriodSeconds: 0 });
    const life = ["ADDED", "MODIFIED", "MODIFIED", "MODIFIED", "MODIFIED", "MODIFIED", "DELETED"];
    expect(lifeOf(world, pod("web"))).toEqual(life);
    const last = world.store.history({ kind: "Pod", namespace: "demo", name: "web" }).at(-1)?.previous;
    expect(last).toMatchObject({
      metadata: { deletionTimestamp: "2026-01-01T00:00:00Z", deletionGracePeriodSeconds: 0 },
    });
  });

  test("may be given less time than it has, never more", async () => {
    const world = await testWorld();
    const { registry } = world;
    await runningPod(world, "web");
    const grace = async (gracePeriodSeconds?: number) =>
      (await registry.delete("Pod", "demo", "web", { ...by, gracePeriodSeconds })).metadata;
    expect(await grace(60)).toMatchObject({
      deletionGracePeriodSeconds: 60,
      deletionTimestamp: "2026-01-01T00:01:00Z",
    });
    expect(await grace(90)).toMatchObject({
      deletionGracePeriodSeconds: 60,
      deletionTimestamp: "2026-01-01T00:01:00Z",
    });
    expect(await grace(10)).toMatchObject({
      deletionGracePeriodSeconds: 10,
      deletionTimestamp: "2026-01-01T00:00:10Z",
    });
    expect(await grace()).toMatchObject({ deletionGracePeriodSeconds: 10 });
    expect(await grace(-3)).toMatchObject({ deletionGracePeriodSeconds: 1, generation: 2 });
    await grace(0);
    expect(world.store.count("Pod")).toBe(0);
  });

  test("with a finalizer waits for both: its time, and the finalizer", async () => {
    const world = await testWorld();
    const { registry, store } = world;
    await runningPod(world, "web", { finalizers: ["example.com/hold"] });
    const marked = await registry.delete("Pod", "demo", "web", by);
    const { finalizers: _, ...free } = marked.metadata;

    await registry.update({ ...marked, metadata: free }, by);
    expect(store.get("Pod", "demo", "web")).toMatchObject({ metadata: { deletionGracePeriodSeconds: 5 } });
    await registry.delete("Pod", "demo", "web", { ...by, gracePeriodSeconds: 0 });
    expect(store.count("Pod")).toBe(0);
  });
});

describe("a namespace", () => {
  test("is terminating until its controller has emptied it and finalizes it", async () => {
    const world = await testWorld();
    const { registry, store, clock } = world;
    await clock.advance(3000);
    const going = await registry.delete("Namespace", "", "demo", by);
    expect(going).toMatchObject({
      metadata: { deletionTimestamp: "2026-01-01T00:00:03Z" },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Terminating" },
    });
    expect(going.metadata).not.toHaveProperty("deletionGracePeriodSeconds");
    expect(await registry.delete("Namespace", "", "demo", by)).toBe(going);
    expect(await refusal(registry.create(configMap("late"), by))).toMatchObject({ reason: "Forbidden" });

    await registry.update({ ...going, spec: {} }, by);
    expect(store.get("Namespace", "", "demo")).toBe(going);
    await registry.update({ ...going, spec: {} }, { ...by, subresource: "finalize" });
    expect(store.get("Namespace", "", "demo")).toBeUndefined();
    expect(await refusal(registry.create(configMap("late"), by))).toMatchObject({ reason: "NotFound" });
  });

  test.each(["default", "kube-system"])("%s stays", async name => {
    const { registry } = await testWorld();
    expect(await refusal(registry.delete("Namespace", "", name, by))).toMatchObject({ reason: "Forbidden" });
  });
});
