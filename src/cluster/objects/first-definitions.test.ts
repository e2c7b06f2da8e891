/** The definitions of the kinds of snapshots and of Gateway API, which a cluster has from its first moment. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Cluster, type KubernetesObject } from "../../index.ts";
import {
  allFaults,
  builtInKinds,
  type CustomResourceDefinition,
  firstDefinitions,
  KindRegistry,
} from "../../resources/index.ts";

const faults: unknown[] = [];
let cluster: Cluster;
const start = async (objects: readonly KubernetesObject[] = []) => {
  cluster = new Cluster({ nodes: 0, objects, onFault: fault => void faults.push(fault) });
  await cluster.start();
};
beforeEach(() => start());
afterEach(async () => {
  await cluster.stop();
  expect(faults.splice(0)).toEqual([]);
});

const routes = "httproutes.gateway.networking.k8s.io";
const names = firstDefinitions.map(({ metadata: { name } }) => name);
const get = (name: string) => cluster.get("CustomResourceDefinition", name);
const route = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "r" },
  spec: { hostnames: ["a.b"] },
};
/** The same cluster again, with all that was in it. */
async function restart(change: (object: KubernetesObject) => KubernetesObject = same): Promise<void> {
  const objects: KubernetesObject[] = [];
  for (const kind of ["CustomResourceDefinition", "HTTPRoute"])
    objects.push(...(await cluster.list(kind).catch(() => [])));
  await cluster.stop();
  await start(objects.map(change));
}
const same = (object: KubernetesObject) => object;

test("they are Established, and approved as the groups of the Kubernetes project ask for", async () => {
  for (const name of names) {
    const found = await cluster.waitFor(`CustomResourceDefinition/${name}`, "Established");
    expect(found?.status).toMatchObject({
      conditions: expect.arrayContaining([
        expect.objectContaining({ type: "KubernetesAPIApprovalPolicyConformant", status: "True" }),
      ]),
    });
  }
});

describe("each", () => {
  const kind = new KindRegistry(builtInKinds).find("CustomResourceDefinition");
  test.each(firstDefinitions)("$metadata.name has no fault", ({ apiVersion, metadata, spec }) => {
    const { name, annotations } = metadata;
    const object = { apiVersion, kind: kind.kind, metadata: { name, annotations }, spec };
    expect(allFaults(kind, object)).toEqual([]);
  });
});

test("one that is deleted takes its objects and its kind along, until the cluster starts again", async () => {
  await cluster.apply([route]);
  await cluster.delete("CustomResourceDefinition", routes);
  await cluster.waitFor(`CustomResourceDefinition/${routes}`, "deleted");
  await expect(cluster.list("HTTPRoute")).rejects.toMatchObject({ reason: "NotFound" });
  expect(await cluster.list("Gateway")).toEqual([]);
  await restart();
  expect(await cluster.list("HTTPRoute")).toEqual([]);
  await cluster.apply([route]);
});

test("all of them can be deleted, and everything else goes on", async () => {
  for (const name of names) await cluster.delete("CustomResourceDefinition", name);
  for (const name of names) await cluster.waitFor(`CustomResourceDefinition/${name}`, "deleted");
  await cluster.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "still" } });
  const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } };
  await cluster.apply({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "c" },
    spec: claim,
  });
  await cluster.waitFor("PersistentVolumeClaim/c", found => found?.status?.phase === "Bound");
});

test("one that is replaced counts as it is now, its objects with it, and stays so", async () => {
  await cluster.apply([route]);
  const found = (await get(routes)) as CustomResourceDefinition;
  const [first, ...others] = found.spec.versions;
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const versions = [{ ...first, schema: { openAPIV3Schema: open } }, ...others];
  const shortNames = ["hr"];
  const spec = { ...found.spec, versions, names: { ...found.spec.names, shortNames } };
  const { apiVersion, kind } = found;
  await cluster.apply({ apiVersion, kind, metadata: { name: routes }, spec });
  await restart();
  expect((await get(routes))?.spec).toMatchObject({ names: { shortNames } });
  expect(await cluster.list("hr")).toMatchObject([{ spec: { hostnames: ["a.b"] } }]);
});

test("one of an older k4s that nobody changed is brought to what this one has", async () => {
  const before = await get(routes);
  await restart(object => {
    if (object.metadata.name !== routes) return object;
    const spec = object.spec as { names: object };
    return { ...object, spec: { ...spec, names: { ...spec.names, shortNames: ["old"] } } };
  });
  const after = await get(routes);
  expect(after?.spec).toEqual(before?.spec);
  expect(after?.metadata).toMatchObject({
    generation: 2,
    annotations: { "k4s.dev/written-generation": "2" },
  });
  await restart();
  expect((await get(routes))?.metadata.generation).toBe(2);
});
