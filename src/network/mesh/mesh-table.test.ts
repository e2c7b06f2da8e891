/** Which routes are for whom, by the namespaces of the route, of the Service and of the caller. */
import { expect, it } from "vitest";
import { TestCluster } from "../../loop/test-cluster.ts";
import type { Draft, HttpRoute } from "../../resources/index.ts";
import { MeshTable } from "./mesh-table.ts";

const service = (name: string, spec: object = {}): Draft =>
  ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "demo" },
    spec: { selector: { app: name }, ports: [{ name: "http", port: 80 }], ...spec },
  }) as Draft;

const route = (namespace: string, name: string, ref: object): Draft =>
  ({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name, namespace },
    spec: {
      parentRefs: [{ group: "", kind: "Service", name: "web", namespace: "demo", ...ref }],
      rules: [{ backendRefs: [{ name: "web", namespace: "demo", port: 80 }] }],
    },
  }) as Draft;

const ports = [
  { name: "http", port: 80 },
  { name: "admin", port: 81 },
  { name: "dns", port: 53, protocol: "UDP" },
  { name: "db", port: 82, appProtocol: "tcp" },
  { name: "calls", port: 83, appProtocol: "grpc" },
];

it.each<[what: string, routes: readonly (readonly [string, object])[], Readonly<Record<string, boolean>>]>([
  ["none", [], { "80 demo": false, "80 other": false }],
  [
    "one of the Service's namespace",
    [["demo", {}]],
    {
      "80 demo": true,
      "80 other": true,
      "81 demo": true,
      "53 demo": false,
      "82 demo": false,
      "83 demo": true,
    },
  ],
  ["one of one port", [["demo", { port: 81 }]], { "80 demo": false, "81 demo": true, "81 other": true }],
  [
    "one of the callers' namespace",
    [["other", {}]],
    { "80 demo": false, "80 other": true, "80 third": false },
  ],
  [
    "both",
    [
      ["demo", { port: 80 }],
      ["other", {}],
    ],
    { "80 demo": true, "80 other": true, "81 other": true, "81 demo": false },
  ],
  ["one of a port that says it is no HTTP", [["demo", { port: 82 }]], { "80 demo": false, "82 demo": true }],
  ["one of a port that is not there", [["demo", { port: 84 }]], { "80 demo": false, "84 demo": false }],
])("applies: %s", async (_, routes, expected) => {
  const cluster = await TestCluster.of();
  await cluster.create(service("web", { ports }));
  await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "other" } } as Draft);
  for (const [i, [namespace, ref]] of routes.entries()) await cluster.create(route(namespace, `r${i}`, ref));
  const table = new MeshTable(cluster.store);
  const found = Object.keys(expected).map(key => {
    const [port, caller = ""] = key.split(" ");
    return [key, table.rulesFor("demo/web", Number(port), caller) !== undefined];
  });
  expect(Object.fromEntries(found)).toEqual(expected);
});

it.each<[what: string, spec: object, ref: object, reason: string | undefined]>([
  ["a Service", {}, {}, undefined],
  ["no such Service", {}, { name: "none" }, "NoMatchingParent"],
  ["a headless Service", { clusterIP: "None" }, {}, "NoMatchingParent"],
  [
    "a mere name",
    { type: "ExternalName", externalName: "example.com", selector: undefined },
    {},
    "NoMatchingParent",
  ],
  ["a port that is not there", {}, { port: 81 }, "NoMatchingParent"],
])("says what became of a reference to %s", async (_, spec, ref, reason) => {
  const cluster = await TestCluster.of();
  await cluster.create(service("web", spec));
  await cluster.create(route("demo", "r", ref));
  const table = new MeshTable(cluster.store);
  const made = cluster.store.get("HTTPRoute.gateway.networking.k8s.io", "demo", "r") as HttpRoute;
  expect(table.attachments(made).map(({ fault }) => fault?.reason)).toEqual([reason]);
});

it("forgets a route that is gone, and tells who listens", async () => {
  const cluster = await TestCluster.of();
  await cluster.create(service("web"));
  const table = new MeshTable(cluster.store);
  table.start();
  let told = 0;
  table.onChange(() => told++);
  await cluster.create(route("demo", "r", {}));
  expect([...table.ports]).toEqual(["demo/web 80"]);
  expect(told).toBe(1);
  const { metadata } = cluster.store.get("HTTPRoute.gateway.networking.k8s.io", "demo", "r") as HttpRoute;
  await cluster.delete("HTTPRoute.gateway.networking.k8s.io", metadata.name);
  expect([...table.ports]).toEqual([]);
  table.stop();
});
