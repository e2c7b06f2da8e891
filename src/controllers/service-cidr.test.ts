/** Blocks of addresses for Services, and an IPAddress for each: they come, follow, extend each other, and go when nothing uses them. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { TestCluster } from "../loop/test-cluster.ts";
import type { IPAddress, Service, ServiceCIDR, ServiceSpec } from "../resources/index.ts";
import { serviceCidr } from "./service-cidr.ts";
import { serviceIpAddresses, strayIpAddresses } from "./service-ip-addresses.ts";

const start = () => TestCluster.of(serviceCidr, serviceIpAddresses, strayIpAddresses);
const cidr = (name: string, ...cidrs: string[]) => ({
  apiVersion: "networking.k8s.io/v1" as const,
  kind: "ServiceCIDR" as const,
  metadata: { name },
  spec: { cidrs },
});
const service = (name: string, spec: Partial<ServiceSpec> = {}) => ({
  apiVersion: "v1" as const,
  kind: "Service" as const,
  metadata: { name, namespace: "demo" },
  spec: { ports: [{ port: 80 }], ...spec },
});
const block = (cluster: TestCluster, name: string) => cluster.store.get("ServiceCIDR", "", name);
const addresses = (cluster: TestCluster) =>
  cluster.store.list("IPAddress").map(({ metadata }) => metadata.name);
const remove = (cluster: TestCluster, kind: string, name: string) => cluster.delete(kind, name);

test("a block is ready and protected, and each Service's address has an object that goes with it", async () => {
  const cluster = await start();
  const web = await cluster.create<Service>(service("web"));
  await cluster.create<ServiceCIDR>(cidr("kubernetes", "10.96.0.0/16"));
  await cluster.create<Service>(service("headless", { clusterIP: "None" }));
  await cluster.advance(100);
  expect(block(cluster, "kubernetes")).toMatchObject({
    metadata: { finalizers: ["networking.k8s.io/service-cidr-finalizer"] },
    status: {
      conditions: [
        { type: "Ready", status: "True", reason: "", message: "Kubernetes Service CIDR is ready" },
      ],
    },
  });
  expect(addresses(cluster)).toEqual([web.spec.clusterIP]);
  expect(cluster.store.get("IPAddress", "", web.spec.clusterIP ?? "")).toMatchObject({
    metadata: {
      labels: {
        "ipaddress.kubernetes.io/ip-family": "IPv4",
        "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
      },
    },
    spec: { parentRef: { group: "", resource: "services", namespace: "demo", name: "web" } },
  });
  // What somebody takes away comes back.
  await remove(cluster, "IPAddress", web.spec.clusterIP ?? "");
  await cluster.advance(100);
  expect(addresses(cluster)).toEqual([web.spec.clusterIP]);
  await cluster.delete("Service", "web");
  await cluster.advance(100);
  expect(addresses(cluster)).toEqual([]);
  await cluster.stop();
  expect(cluster.failures).toEqual([]);
});

test("a second block extends the first, and stays as long as a Service has an address of it", async () => {
  const cluster = await start();
  await cluster.create<ServiceCIDR>(cidr("kubernetes", "10.96.0.0/16"));
  await expect(cluster.create<Service>(service("web", { clusterIP: "10.97.0.9" }))).rejects.toMatchObject({
    reason: "Invalid",
  });
  await cluster.create<ServiceCIDR>(cidr("more", "10.97.0.0/28"));
  await cluster.advance(100);
  await cluster.create<Service>(service("web", { clusterIP: "10.97.0.9" }));
  await cluster.advance(100);
  expect(addresses(cluster)).toEqual(["10.97.0.9"]);
  await remove(cluster, "ServiceCIDR", "more");
  await cluster.advance(100);
  expect(block(cluster, "more")?.status?.conditions).toMatchObject([
    { status: "False", reason: "Terminating" },
  ]);
  // Nothing more is given out of it.
  await expect(cluster.create<Service>(service("late", { clusterIP: "10.97.0.10" }))).rejects.toMatchObject({
    reason: "Invalid",
  });
  await cluster.delete("Service", "web");
  await cluster.advance(100);
  expect(block(cluster, "more")).toBeUndefined();
  await cluster.stop();
  expect(cluster.failures).toEqual([]);
});

test("a block that another has as well may go at once", async () => {
  const cluster = await start();
  await cluster.create<ServiceCIDR>(cidr("kubernetes", "10.96.0.0/16"));
  await cluster.create<ServiceCIDR>(cidr("part", "10.96.4.0/24"));
  await cluster.advance(100);
  await cluster.create<Service>(service("web", { clusterIP: "10.96.4.4" }));
  await remove(cluster, "ServiceCIDR", "part");
  await cluster.advance(100);
  expect(block(cluster, "part")).toBeUndefined();
  await cluster.stop();
});

test("an address that is kept for something else is given to no Service", async () => {
  const cluster = await start();
  await cluster.create<ServiceCIDR>(cidr("kubernetes", "10.96.0.0/16"));
  const kept = (name: string, resource: string, labels: Record<string, string> = {}) =>
    cluster.create<IPAddress>({
      apiVersion: "networking.k8s.io/v1",
      kind: "IPAddress",
      metadata: { name, labels },
      spec: { parentRef: { group: "", resource, namespace: "demo", name: "web" } },
    });
  await kept("10.96.7.7", "gateways");
  await expect(cluster.create<Service>(service("web", { clusterIP: "10.96.7.7" }))).rejects.toThrow(
    "provided IP is already allocated",
  );
  // One that pretends to be the allocator's, of a Service that is not there, is taken away.
  await kept("10.96.7.8", "services", { "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io" });
  await cluster.advance(100);
  expect(addresses(cluster)).toEqual(["10.96.7.7"]);
  await expect(kept("web", "services")).rejects.toThrow("must be a valid IP address");
  await cluster.stop();
});

test("whatever comes and goes: each address is given to one Service, and has one object", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 7 }), fc.constantFrom("come", "go", "lose", "block")), {
        maxLength: 25,
      }),
      async acts => {
        const cluster = await start();
        await cluster.create<ServiceCIDR>(cidr("kubernetes", "10.96.0.0/16"));
        const tried = (act: Promise<unknown>) =>
          act.catch((error: { reason?: string }) =>
            expect(error.reason).toMatch(/^(NotFound|AlreadyExists|Invalid)$/),
          );
        await Promise.all(
          acts.map(([n, act]) => {
            if (act === "come")
              return tried(
                cluster.create<Service>(
                  service(`s${n}`, n % 2 ? { clusterIP: `10.96.0.${10 + (n % 3)}` } : {}),
                ),
              );
            if (act === "go") return tried(cluster.delete("Service", `s${n}`));
            if (act === "lose") return tried(remove(cluster, "IPAddress", `10.96.0.${10 + (n % 3)}`));
            return tried(cluster.create<ServiceCIDR>(cidr(`block-${n}`, `10.97.${n}.0/28`)));
          }),
        );
        await cluster.advance(5_000);
        const given = cluster.store.list("Service").map(({ spec }) => spec.clusterIP);
        expect(new Set(given).size).toBe(given.length);
        expect(addresses(cluster).sort()).toEqual(given.sort());
        await cluster.stop();
        expect(cluster.failures).toEqual([]);
      },
    ),
    { numRuns: 25 },
  );
});
