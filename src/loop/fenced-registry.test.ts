import { expect, test } from "vitest";
import { fencedRegistry } from "./fenced-registry.ts";
import { pod, TestCluster } from "./test-cluster.ts";

test("who leads no more reads on and writes nothing, whichever verb it uses", async () => {
  const cluster = await TestCluster.of();
  let leads = true;
  const registry = fencedRegistry(cluster.registry, () => leads);
  const author = { actor: "a", user: { name: "a", groups: [] }, manager: "a" };
  const request = { author };
  const { object } = await registry.create(pod("one"), request);
  leads = false;
  const revision = registry.store.revision;
  const writes = [
    () => registry.create(pod("two"), request),
    () => registry.update({ ...object, metadata: { ...object.metadata, labels: { a: "b" } } }, request),
    () =>
      registry.modify(
        "Pod",
        "demo",
        "one",
        each => ({ ...each, metadata: { ...each.metadata, labels: {} } }),
        request,
      ),
    () => registry.delete("Pod", "demo", "one", request),
  ];
  for (const write of writes) await expect(write()).rejects.toMatchObject({ reason: "Conflict" });
  expect(registry.store.revision).toBe(revision);
  expect(registry.store.get("Pod", "demo", "one")).toEqual(object);
  await cluster.stop();
});
