import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { configMap, TestCluster } from "../loop/test-cluster.ts";
import type { Draft, KubernetesObject, OwnerReference } from "../resources/index.ts";
import { garbageCollection } from "./garbage-collection.ts";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of(garbageCollection);
});

afterEach(async () => {
  await cluster.stop();
  expect(cluster.failures).toEqual([]);
});

function ownerIs({ apiVersion, kind, metadata }: KubernetesObject, more: Partial<OwnerReference> = {}) {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, ...more };
}

async function child(name: string, owner: KubernetesObject, metadata: Draft["metadata"] = {}) {
  const ownerReferences = [ownerIs(owner, { blockOwnerDeletion: true })];
  return cluster.create(configMap(name, { ownerReferences, ...metadata }));
}

describe("owners in a circle", () => {
  const block = { blockOwnerDeletion: true };
  const circles = [["a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d"]];
  test.each(circles)("deleted in the foreground, all go: %s …", async (...names) => {
    const made: KubernetesObject[] = [];
    for (const name of names) made.push(await cluster.create(configMap(name)));
    for (const [index, name] of names.entries()) {
      const owner = made.at(index - 1) as KubernetesObject;
      await cluster.change("ConfigMap", name, object => ({
        ...object,
        metadata: { ...object.metadata, ownerReferences: [ownerIs(owner, block)] },
      }));
    }
    await cluster.settle();
    expect(cluster.names("ConfigMap")).toHaveLength(names.length);
    await cluster.delete("ConfigMap", "a", { propagationPolicy: "Foreground" });
    await cluster.advance(1_000);
    expect(cluster.names("ConfigMap")).toEqual([]);
  });

  test("all of them deleted in the foreground by a person, all go", async () => {
    const a = await cluster.create(configMap("a"));
    const b = await child("b", a);
    await cluster.change("ConfigMap", "a", object => ({
      ...object,
      metadata: { ...object.metadata, ownerReferences: [ownerIs(b, block)] },
    }));
    for (const name of ["a", "b"])
      await cluster.delete("ConfigMap", name, { propagationPolicy: "Foreground" });
    await cluster.advance(1_000);
    expect(cluster.names("ConfigMap")).toEqual([]);
  });

  test("what is not in the circle is waited for still", async () => {
    const a = await cluster.create(configMap("a"));
    const b = await child("b", a);
    await cluster.change("ConfigMap", "a", object => ({
      ...object,
      metadata: { ...object.metadata, ownerReferences: [ownerIs(b, block)] },
    }));
    await child("held", a, { finalizers: ["example.com/hold"] });
    await cluster.delete("ConfigMap", "a", { propagationPolicy: "Foreground" });
    await cluster.advance(1_000);
    expect(cluster.names("ConfigMap")).toEqual(["a", "held"]);
    await cluster.change("ConfigMap", "held", object => ({
      ...object,
      metadata: { ...object.metadata, finalizers: [] },
    }));
    await cluster.advance(1_000);
    expect(cluster.names("ConfigMap")).toEqual([]);
  });
});

describe("while it lives", () => {
  test("an object without owners is left alone, and one whose owner is there", async () => {
    const parent = await cluster.create(configMap("parent"));
    await child("child", parent);
    await cluster.advance(5_000);
    expect(cluster.names("ConfigMap")).toEqual(["parent", "child"]);
  });

  test("what an owner that goes leaves behind goes too, down to the last generation, without an event", async () => {
    const parent = await cluster.create(configMap("parent"));
    await child("grandchild", await child("child", parent));
    await cluster.delete("ConfigMap", "parent");
    await cluster.settle();
    expect(cluster.names("ConfigMap")).toEqual([]);
    expect(cluster.events).toEqual([]);
  });

  test.each([
    ["does not exist", "nobody", "9d2c"],
    ["is a namesake with another uid", "one", "9d2c"],
  ])("a child whose owner %s is deleted", async (_, name, uid) => {
    await cluster.create(configMap("one"));
    const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name, uid }];
    await cluster.create(configMap("child", { ownerReferences }));
    await cluster.settle();
    expect(cluster.names("ConfigMap")).toEqual(["one"]);
    expect(cluster.lifeOf("ConfigMap", "child")).toEqual(["ADDED", "DELETED"]);
  });

  test("an owner in another namespace is no owner", async () => {
    await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "elsewhere" } });
    const stranger = await cluster.create(configMap("stranger", { namespace: "elsewhere" }));
    const { metadata } = stranger;
    await child("child", stranger);
    await cluster.advance(100);
    expect(cluster.names("ConfigMap")).toEqual(["stranger"]);
    const owner = `[v1/ConfigMap, namespace: demo, name: stranger, uid: ${metadata.uid}]`;
    expect(cluster.events).toEqual([
      `Warning OwnerRefInvalidNamespace ConfigMap/child: ownerRef ${owner} does not exist in namespace "demo"`,
    ]);
  });

  test.each([
    ["of a kind that is not known", "example.com/v1", "Widget"],
    ["of a version that is not known", "v2", "ConfigMap"],
  ])("a child whose owner is %s stays", async (_, apiVersion, kind) => {
    const ownerReferences = [{ apiVersion, kind, name: "one", uid: "9d2c" }];
    await cluster.create(configMap("child", { ownerReferences }));
    await cluster.advance(5_000);
    expect(cluster.names("ConfigMap")).toEqual(["child"]);
  });

  test("an object without a namespace is not collected because of an owner that has one", async () => {
    const ownerReferences = [ownerIs(await cluster.create(configMap("one")))];
    const metadata = { name: "urgent", ownerReferences };
    await cluster.create({
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata,
      value: 1,
    } as never);
    await cluster.advance(5_000);
    await cluster.delete("ConfigMap", "one");
    await cluster.advance(5_000);
    expect(cluster.lifeOf("PriorityClass", "urgent")).toEqual(["ADDED"]);
  });

  test("of two owners the one that is gone is forgotten, in a plain update", async () => {
    const one = await cluster.create(configMap("one"));
    const two = await cluster.create(configMap("two"));
    await child("child", one, { ownerReferences: [ownerIs(one), ownerIs(two)] });
    await cluster.delete("ConfigMap", "one");
    await cluster.settle();
    expect(cluster.the("ConfigMap", "child").metadata.ownerReferences).toEqual([ownerIs(two)]);
    expect(cluster.lifeOf("ConfigMap", "child")).toEqual(["ADDED", "MODIFIED"]);
  });

  test("one that missed its owner's end is found by the resync", async () => {
    const quiet = new TestCluster();
    await quiet.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "demo" } });
    const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "gone", uid: "gone" }];
    await quiet.create(configMap("child", { ownerReferences }));
    quiet.run(garbageCollection);
    await quiet.settle();
    expect(quiet.names("ConfigMap")).toEqual([]);
    await quiet.stop();
  });
});

describe("deleted in the foreground", () => {
  const foreground = { propagationPolicy: "Foreground" } as const;

  test("the youngest go first, and each that owns something waits for it", async () => {
    const parent = await cluster.create(configMap("parent"));
    const middle = await child("child", parent);
    await child("grandchild", middle, { finalizers: ["example.com/hold"] });
    await cluster.delete("ConfigMap", "parent", foreground);
    await cluster.settle();
    expect(cluster.the("ConfigMap", "parent").metadata.finalizers).toEqual(["foregroundDeletion"]);
    expect(cluster.the("ConfigMap", "child").metadata.finalizers).toEqual(["foregroundDeletion"]);
    expect(cluster.the("ConfigMap", "grandchild").metadata.finalizers).toEqual(["example.com/hold"]);

    await cluster.change("ConfigMap", "grandchild", object => ({
      ...object,
      metadata: { ...object.metadata, finalizers: [] },
    }));
    await cluster.settle();
    expect(cluster.names("ConfigMap")).toEqual([]);
    // The last finalizer's removal is the deletion: no write in between.
    expect(cluster.lifeOf("ConfigMap", "parent")).toEqual(["ADDED", "MODIFIED", "DELETED"]);
  });

  test("a dependent that does not block is not waited for, but goes", async () => {
    const parent = await cluster.create(configMap("parent"));
    const ownerReferences = [ownerIs(parent)];
    await cluster.create(configMap("child", { ownerReferences, finalizers: ["example.com/hold"] }));
    await cluster.delete("ConfigMap", "parent", foreground);
    await cluster.settle();
    expect(cluster.names("ConfigMap")).toEqual(["child"]);
    expect(cluster.the("ConfigMap", "child").metadata.deletionTimestamp).toBeDefined();
  });

  test("a dependent with another owner stays, and is not waited for", async () => {
    const parent = await cluster.create(configMap("parent"));
    const other = await cluster.create(configMap("other"));
    const ownerReferences = [ownerIs(parent, { blockOwnerDeletion: true }), ownerIs(other)];
    await cluster.create(configMap("child", { ownerReferences }));
    await cluster.delete("ConfigMap", "parent", foreground);
    await cluster.settle();
    expect(cluster.names("ConfigMap")).toEqual(["other", "child"]);
    expect(cluster.the("ConfigMap", "child").metadata.ownerReferences).toEqual([ownerIs(other)]);
  });
});

test("deleted with Orphan, it is forgotten by its dependents, which stay", async () => {
  const parent = await cluster.create(configMap("parent"));
  await child("child", parent);
  await cluster.delete("ConfigMap", "parent", { propagationPolicy: "Orphan" });
  await cluster.advance(5_000);
  expect(cluster.names("ConfigMap")).toEqual(["child"]);
  expect(cluster.the("ConfigMap", "child").metadata).not.toHaveProperty("ownerReferences");
  expect(cluster.lifeOf("ConfigMap", "child")).toEqual(["ADDED", "MODIFIED"]);
});

test("a finalizer of another controller holds the object", async () => {
  await cluster.create(configMap("held", { finalizers: ["example.com/hold"] }));
  await cluster.delete("ConfigMap", "held");
  await cluster.advance(5_000);
  expect(cluster.names("ConfigMap")).toEqual(["held"]);
});

test("in any forest, whatever is deleted however, no object outlives all its owners, and then nothing is written any more", async () => {
  const policies = ["Background", "Foreground", "Orphan"] as const;
  const worlds = fc.record({
    // The owners of each object are among those before it.
    owners: fc.array(fc.array(fc.nat(9), { maxLength: 2 }), { minLength: 1, maxLength: 12 }),
    deletions: fc.array(fc.tuple(fc.nat(11), fc.constantFrom(...policies)), { maxLength: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(worlds, async ({ owners, deletions }) => {
      const world = await TestCluster.of(garbageCollection);
      const made: KubernetesObject[] = [];
      for (const [i, chosen] of owners.entries()) {
        const parents = [...new Set(chosen)].flatMap(place => made[place] ?? []);
        const ownerReferences = parents.map(parent => ownerIs(parent, { blockOwnerDeletion: true }));
        made.push(
          await world.create(configMap(`o${i}`, ownerReferences.length > 0 ? { ownerReferences } : {})),
        );
      }
      for (const [place, propagationPolicy] of deletions)
        if (world.get("ConfigMap", `o${place}`))
          await world.delete("ConfigMap", `o${place}`, { propagationPolicy });
      await world.advance(10_000);
      for (const { metadata } of world.store.list("ConfigMap")) {
        expect(metadata.deletionTimestamp).toBeUndefined();
        for (const { uid } of metadata.ownerReferences ?? []) expect(world.store.byUid(uid)).toBeDefined();
      }
      expect(await world.writesDuring(() => world.advance(3_000))).toBe(0);
      expect(world.failures).toEqual([]);
      await world.stop();
    }),
    { numRuns: 50 },
  );
});
