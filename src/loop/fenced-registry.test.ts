import { expect, test } from "vitest";
import type { Fence } from "../store/index.ts";
import { fencedRegistry } from "./fenced-registry.ts";
import { RunWrites } from "./run-writes.ts";
import { pod, TestCluster } from "./test-cluster.ts";
import { worldOf } from "./world.ts";

test("who leads no more reads on and writes nothing, whichever verb it uses", async () => {
  const cluster = await TestCluster.of();
  const author = { actor: "a", user: { name: "a", groups: [] }, manager: "a" };
  const request = { author };
  const claim = async (name: string) => {
    const claiming = { author: { ...author, claims: "it" } };
    const { object } = await cluster.registry.create(pod(name), claiming);
    return { of: "it", claim: Number(object.metadata.resourceVersion) };
  };
  let fence: Fence | undefined = await claim("lease");
  const registry = fencedRegistry(cluster.registry, () => fence);
  const { object } = await registry.create(pod("one"), request);
  // Another leads, and this one does not know yet.
  await claim("other");
  const revision = registry.store.revision;
  const writes = [
    () => registry.create(pod("two"), request),
    () => registry.update({ ...object, metadata: { ...object.metadata, labels: { a: "b" } } }, request),
    () =>
      registry.modify(
        "Pod",
        "demo",
        "one",
        each => ({ ...each, metadata: { ...each.metadata, labels: { b: "c" } } }),
        request,
      ),
    () => registry.delete("Pod", "demo", "one", request),
  ];
  for (const write of writes) await expect(write()).rejects.toThrow("another control plane leads by now");
  fence = undefined;
  for (const write of writes) await expect(write()).rejects.toThrow("this control plane does not lead");
  expect(registry.store.revision).toBe(revision);
  expect(registry.store.get("Pod", "demo", "one")).toEqual(object);
  await cluster.stop();
});

test("a run that was begun under one leadership writes nothing under the next", async () => {
  const cluster = await TestCluster.of();
  const author = { actor: "a", user: { name: "a", groups: [] }, manager: "a" };
  const claim = async (name: string): Promise<Fence> => {
    const claiming = { author: { ...author, claims: "it" } };
    const { object } = await cluster.registry.create(pod(name), claiming);
    return { of: "it", claim: Number(object.metadata.resourceVersion) };
  };
  let leading: Fence | undefined = await claim("first");
  const fence = () => leading;
  const registry = fencedRegistry(cluster.registry, fence);
  const { clock, random, recorder: events } = cluster;
  const context = { registry, clock, random, events, fence };
  const writer = { actor: "a", user: author.user, manager: "a" };
  const made = new RunWrites(() => {});
  const begun = worldOf(context, writer, undefined, made);
  leading = undefined;
  await claim("other");
  leading = await claim("again");
  await expect(begun.create(pod("late"))).rejects.toMatchObject({ reason: "Conflict" });
  await worldOf(context, writer, undefined, made).create(pod("new"));
  const names = cluster.store.list("Pod").map(({ metadata }) => metadata.name);
  expect(names).toEqual(expect.arrayContaining(["new"]));
  expect(names).not.toContain("late");
  await cluster.stop();
});
