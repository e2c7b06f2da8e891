/** Kinds that are defined while a cluster runs, from the library. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Cluster, type KubernetesObject } from "../index.ts";

let cluster: Cluster;
beforeEach(async () => {
  cluster = new Cluster({ nodes: 0 });
  await cluster.start();
});
afterEach(() => cluster.stop());

function definition(names: object = {}, version: object = {}) {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget", shortNames: ["wd"], ...names },
      versions: [
        { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema }, ...version },
      ],
    },
  };
}
const spec = { type: "object", properties: { size: { type: "integer", default: 3 } } };
const schema = { type: "object", properties: { spec } };
const widget = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w" }, spec: {} };
const kind = "Widget.example.com";

test("a definition and an object of its kind can stand in one manifest", async () => {
  const [, made] = await cluster.apply([definition(), widget]);
  expect(made?.spec).toEqual({ size: 3 });
  expect(await cluster.get("wd", "w")).toMatchObject({ spec: { size: 3 } });
  const established = await cluster.waitFor("CustomResourceDefinition/widgets.example.com", "Established");
  expect(established?.status).toMatchObject({
    acceptedNames: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    conditions: [
      { type: "NamesAccepted", status: "True", reason: "NoConflicts" },
      { type: "Established", status: "True", reason: "InitialNamesAccepted" },
    ],
    storedVersions: ["v1"],
  });
});

test("a wrong object of a kind in the same manifest keeps the definition out", async () => {
  const wrong = { ...widget, spec: { size: "large" } };
  await expect(cluster.apply([definition(), wrong])).rejects.toThrow("spec.size");
  expect(await cluster.get("CustomResourceDefinition", "widgets.example.com")).toBeUndefined();
});

test("a changed schema counts for what is there already: it is shown with its new default, and pruned", async () => {
  await cluster.apply([definition(), { ...widget, spec: { size: 4 } }]);
  const properties = { color: { type: "string", default: "red" } };
  const changed = {
    openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties } } },
  };
  await cluster.apply(definition({}, { schema: changed }));
  expect(await cluster.get(kind, "w")).toMatchObject({ spec: { color: "red" } });
  expect((await cluster.get(kind, "w"))?.spec).not.toHaveProperty("size");
});

test("a name that another definition of the group has is refused, until that one goes", async () => {
  await cluster.apply([definition(), widget]);
  const rival = {
    ...definition({ plural: "gadgets", kind: "Gadget" }),
    metadata: { name: "gadgets.example.com" },
  };
  await cluster.apply(rival);
  const refused = await cluster.waitFor("CustomResourceDefinition/gadgets.example.com", found =>
    Boolean((found?.status as { conditions?: unknown[] } | undefined)?.conditions?.length),
  );
  expect(refused?.status).toMatchObject({
    conditions: [
      {
        type: "NamesAccepted",
        status: "False",
        reason: "ShortNamesConflict",
        message: '"wd" is already in use',
      },
      { type: "Established", status: "False", reason: "NotAccepted", message: "not all names are accepted" },
    ],
  });
  await cluster.delete("CustomResourceDefinition", "widgets.example.com");
  await cluster.waitFor("CustomResourceDefinition/gadgets.example.com", "Established");
  expect(await cluster.list("wd")).toEqual([]);
});

test("the objects of a definition that goes are there for a moment: who deletes both of them finds both", async () => {
  await cluster.apply([definition(), widget]);
  await cluster.waitFor("CustomResourceDefinition/widgets.example.com", "Established");
  await cluster.delete("CustomResourceDefinition", "widgets.example.com");
  const isGoing = (found: KubernetesObject | undefined) => found?.metadata.deletionTimestamp !== undefined;
  await cluster.waitFor("CustomResourceDefinition/widgets.example.com", isGoing);
  await cluster.delete(kind, "w");
  await cluster.waitFor("CustomResourceDefinition/widgets.example.com", "deleted");
});

test("a definition goes when the last of its objects is gone; its watches end", async () => {
  const held = { ...widget, metadata: { name: "held", finalizers: ["example.com/hold"] } };
  await cluster.apply([definition(), widget, held]);
  await cluster.waitFor("CustomResourceDefinition/widgets.example.com", "Established");
  const watch = cluster.watch(kind);
  await cluster.delete("CustomResourceDefinition", "widgets.example.com");
  const going = await cluster.waitFor(
    "CustomResourceDefinition/widgets.example.com",
    found => found?.metadata.deletionTimestamp !== undefined,
  );
  expect(going?.metadata.finalizers).toEqual(["customresourcecleanup.apiextensions.k8s.io"]);
  await cluster.waitFor(`${kind}/w`, "deleted");
  await expect(cluster.create({ ...widget, metadata: { name: "late" } })).rejects.toMatchObject({
    reason: "MethodNotAllowed",
  });
  await cluster.patch(kind, "held", { metadata: { finalizers: null } });
  await cluster.waitFor("CustomResourceDefinition/widgets.example.com", "deleted");
  const told: string[] = [];
  for await (const { type, object } of watch) told.push(`${type} ${object.metadata.name ?? ""}`);
  expect(told.slice(-2)).toEqual(["MODIFIED held", "DELETED held"]);
  await expect(cluster.list(kind)).rejects.toMatchObject({ reason: "NotFound" });
});

test("objects that were there before the start bring their kinds along", async () => {
  await cluster.apply([definition(), widget]);
  const objects = [...(await cluster.list("CustomResourceDefinition")), ...(await cluster.list(kind))];
  await cluster.stop();
  cluster = new Cluster({ nodes: 0, objects });
  await cluster.start();
  expect(await cluster.get(kind, "w")).toMatchObject({ spec: { size: 3 } });
});
