import { afterEach, beforeEach, expect, test } from "vitest";
import { TestCluster } from "../loop/test-cluster.ts";
import type { Draft, Endpoints, Service } from "../resources/index.ts";
import { endpointSliceMirroring } from "./endpoint-slice-mirroring.ts";
import { garbageCollection } from "./garbage-collection.ts";
import { endpoints, service } from "./service/index.ts";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of(service(), endpoints, endpointSliceMirroring, garbageCollection);
});

afterEach(async () => {
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});

const db = (selector?: Record<string, string>): Draft<Service> => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "db", namespace: "demo" },
  spec: { ports: [{ port: 5432, protocol: "TCP" }], ...(selector && { selector }) },
});

function kept(more: Partial<Endpoints["metadata"]> = {}): Draft<Endpoints> {
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "db", namespace: "demo", ...more },
    subsets: [
      {
        addresses: [{ ip: "10.1.2.3" }, { ip: "fd00::1" }],
        notReadyAddresses: [{ ip: "10.1.2.4", hostname: "b" }],
        ports: [{ port: 5432, protocol: "TCP" }],
      },
    ],
  };
}

const slices = () => cluster.store.list("EndpointSlice");

test("Endpoints that are kept by hand are slices too, and both go with the Service", async () => {
  await cluster.create(db());
  await cluster.create(kept({ labels: { team: "data" } }));
  await cluster.settle();
  const ports = [{ name: "", port: 5432, protocol: "TCP" }];
  expect(slices()).toHaveLength(2);
  expect(slices().find(({ addressType }) => addressType === "IPv4")).toMatchObject({
    metadata: {
      generateName: "db-",
      labels: {
        team: "data",
        "kubernetes.io/service-name": "db",
        "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
      },
      ownerReferences: [{ kind: "Endpoints", name: "db", controller: true }],
    },
    endpoints: [
      { addresses: ["10.1.2.3"], conditions: { ready: true } },
      { addresses: ["10.1.2.4"], conditions: { ready: false }, hostname: "b" },
    ],
    ports,
  });
  await cluster.change("Endpoints", "db", object => ({
    ...object,
    subsets: [{ addresses: [{ ip: "10.1.2.9" }], ports: [{ port: 5432, protocol: "TCP" as const }] }],
  }));
  await cluster.settle();
  expect(slices().map(({ endpoints }) => endpoints?.map(({ addresses }) => addresses[0]))).toEqual([
    ["10.1.2.9"],
  ]);
  expect(await cluster.writesDuring(() => cluster.advance(5_000))).toBe(0);
  await cluster.delete("Service", "db");
  await cluster.advance(2_000);
  expect([slices(), cluster.store.list("Endpoints")]).toEqual([[], []]);
});

test.each<[string, Draft<Service> | undefined, Partial<Endpoints["metadata"]>]>([
  ["of no Service", undefined, {}],
  ["that are not to be mirrored", db(), { labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } }],
  [
    "by which a leader is elected",
    db(),
    { annotations: { "control-plane.alpha.kubernetes.io/leader": "{}" } },
  ],
])("Endpoints %s are left alone", async (_what, service, metadata) => {
  if (service) await cluster.create(service);
  await cluster.create(kept(metadata));
  await cluster.settle();
  expect(slices()).toEqual([]);
});
