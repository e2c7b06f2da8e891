import { expect, test } from "vitest";
import type { Fence } from "../store/index.ts";
import { fencedRegistry } from "./fenced-registry.ts";
import { pod, TestCluster } from "./test-cluster.ts";

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
