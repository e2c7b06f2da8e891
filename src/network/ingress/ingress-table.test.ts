import { expect, it } from "vitest";
import { TestCluster } from "../../loop/test-cluster.ts";
import { backendOf, ingressOf } from "../entrance/test-entrance.ts";
import { IngressTable, ingressClass, isServedHere } from "./ingress-table.ts";

async function started() {
  const cluster = await TestCluster.of();
  const table = new IngressTable(cluster.store);
  table.start();
  const leads = (host: string, path: string) => {
    const found = table.current.routes.find({ host, path })?.rule.backends[0]?.backend;
    return found && `${found.by.split("/").at(-1)} ${"service" in found ? found.service : found.why}`;
  };
  return { cluster, table, leads };
}

it("gives a host and path to the older of two Ingresses, and to the other when that is gone", async () => {
  const { cluster, table, leads } = await started();
  await cluster.create(ingressOf("first", { "a.b/x": "one" }));
  await cluster.clock.advance(1_000);
  const second = await cluster.create(ingressOf("a-second", { "a.b/x": "two", "a.b/y": "two" }));
  expect(leads("a.b", "/x")).toBe("first one");
  expect(leads("a.b", "/y")).toBe("a-second two");
  expect(table.current.shadowed.get(second.metadata.uid)).toEqual([
    "a.b/x is led elsewhere by Ingress demo/first, which is older",
  ]);
  await cluster.delete("Ingress", "first");
  expect(leads("a.b", "/x")).toBe("a-second two");
  expect(table.current.shadowed.size).toBe(0);
});

it("asks a default backend where no rule fits: that of an Ingress of the host first, then the oldest", async () => {
  const { cluster, leads } = await started();
  await cluster.create(ingressOf("all", {}, { defaultBackend: backendOf("rest") }));
  await cluster.clock.advance(1_000);
  await cluster.create(ingressOf("own", { "a.b/x": "one" }, { defaultBackend: backendOf("own-rest") }));
  await cluster.create(ingressOf("no-host", { "/y": "two" }));
  expect(leads("a.b", "/x")).toBe("own one");
  expect(leads("a.b", "/y")).toBe("no-host two");
  expect(leads("a.b", "/z")).toBe("own own-rest");
  expect(leads("c.d", "/z")).toBe("all rest");
});

it("reads an ImplementationSpecific path as a prefix, with and without a star", async () => {
  const { cluster, leads } = await started();
  const backend = backendOf("one");
  const paths = ["/a/*", "/b"].map(path => ({ path, pathType: "ImplementationSpecific", backend }));
  await cluster.create(ingressOf("web", {}, { rules: [{ http: { paths } }, { host: "c.d" }] }));
  expect([leads("x", "/a/1"), leads("x", "/b/1"), leads("x", "/bc")]).toEqual([
    "web one",
    "web one",
    undefined,
  ]);
});

it.each<[string | undefined, string | undefined, boolean]>([
  [undefined, undefined, true],
  ["k4s", undefined, true],
  ["mine", undefined, true],
  ["nginx", undefined, false],
  ["absent", undefined, false],
  [undefined, "mine", true],
  [undefined, "nginx", false],
])(
  "of class %j, annotated %j, an Ingress is served here: %j",
  async (ingressClassName, annotated, expected) => {
    const { cluster } = await started();
    await cluster.create(ingressClass);
    const of = (name: string, controller: string) =>
      cluster.create({ ...ingressClass, metadata: { name }, spec: { controller } });
    await of("mine", "k4s.dev/ingress");
    await of("nginx", "k8s.io/ingress-nginx");
    const draft = ingressOf("web", { "/": "one" }, { ...(ingressClassName && { ingressClassName }) });
    const annotations = annotated === undefined ? {} : { "kubernetes.io/ingress.class": annotated };
    const { spec } = draft as { spec?: object };
    const ingress = { ...draft, metadata: { name: "web", annotations }, spec };
    expect(isServedHere(ingress as unknown as Parameters<typeof isServedHere>[0], cluster.store)).toBe(
      expected,
    );
  },
);
