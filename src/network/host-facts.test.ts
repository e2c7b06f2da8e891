import { expect, it } from "vitest";
import { realClock } from "../outside/index.ts";
import type { KubernetesObject } from "../resources/index.ts";
import { MemoryStore } from "../store/index.ts";
import { hostNamed } from "./host-facts.ts";
import { ServiceAddresses } from "./service-addresses.ts";

const named = (kind: string, name: string, more: Readonly<Record<string, unknown>>) => ({
  key: { kind, namespace: "shop", name },
  object: {
    apiVersion: "v1",
    kind,
    metadata: { name, namespace: "shop", uid: `${kind}-${name}`, resourceVersion: "1" },
    ...more,
  } as unknown as KubernetesObject,
});
interface Listed {
  readonly address: string;
  readonly ready?: boolean;
  readonly terminating?: boolean;
  readonly hostname?: string;
  readonly pod?: string;
}
const slice = (service: string, port: number, listed: readonly Listed[]) => {
  const { key, object } = named("EndpointSlice", `${service}-x`, {
    ports: [{ name: "http", port }],
    endpoints: listed.map(({ address, ready = true, terminating = false, hostname, pod }) => ({
      addresses: [address],
      conditions: { ready, serving: ready || terminating, terminating },
      ...(hostname && { hostname }),
      ...(pod && { targetRef: { kind: "Pod", name: pod, uid: `Pod-${pod}` } }),
    })),
  });
  const labels = { "kubernetes.io/service-name": service };
  return { key, object: { ...object, metadata: { ...object.metadata, labels } } };
};
const ports = [{ name: "http", port: 80, targetPort: 8080 }];
const service = (name: string, spec: Readonly<Record<string, unknown>>) => named("Service", name, { spec });
const alias = (name: string, externalName: string) => service(name, { type: "ExternalName", externalName });
const going = named("Pod", "going", { spec: { containers: [] } });
const content = [
  service("web", { clusterIP: "10.96.0.7", externalIPs: ["192.0.2.7"], ports }),
  slice("web", 8080, [{ address: "127.1.0.1" }, { address: "127.1.0.2", ready: false }]),
  service("db", { clusterIP: "None", ports }),
  slice("db", 8080, [
    { address: "127.1.0.3", hostname: "db-0" },
    { address: "127.1.0.4", ready: false, hostname: "db-1" },
  ]),
  service("leaving", { clusterIP: "10.96.0.9", ports }),
  slice("leaving", 8080, [{ address: "127.1.0.5", ready: false, terminating: true }]),
  service("stopping", { clusterIP: "10.96.0.10", ports }),
  slice("stopping", 8080, [{ address: "127.1.0.6", pod: "going" }, { address: "127.1.0.7" }]),
  {
    ...going,
    object: {
      ...going.object,
      metadata: { ...going.object.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
    },
  },
  alias("alias", "web.shop.svc.cluster.local"),
  alias("second", "alias.shop.svc.cluster.local."),
  alias("circle", "circle.shop.svc.cluster.local"),
  alias("away", "example.com"),
  alias("short", "web"),
  service("empty", { clusterIP: "10.96.0.8", ports }),
  service("sticky", {
    clusterIP: "10.96.0.11",
    ports,
    sessionAffinity: "ClientIP",
    internalTrafficPolicy: "Local",
  }),
  service("nothing", { clusterIP: "None", ports }),
  service("dns", {
    clusterIP: "10.96.0.12",
    ports: [
      { port: 53, protocol: "UDP" },
      { name: "http", port: 53 },
    ],
  }),
];
const store = new MemoryStore({ clock: realClock, onFault: () => {}, content });
await store.open();
const addresses = new ServiceAddresses(store);
addresses.start();

const to = (address: string, port = 8080) => [{ name: "http", port: 80, endpoints: [{ address, port }] }];
const traffic = (service: string) => ({ service, balancing: "random" });
const web = {
  name: "web.shop.svc.cluster.local",
  addresses: ["10.96.0.7"],
  ports: to("127.1.0.1"),
  traffic: traffic("shop/web"),
};
const empty = {
  name: "empty.shop.svc.cluster.local",
  addresses: ["10.96.0.8"],
  ports: [{ name: "http", port: 80, endpoints: [] }],
  traffic: traffic("shop/empty"),
};

it.each([
  ["web", "shop", web],
  ["WEB", "shop", web],
  ["web.shop", "default", web],
  ["web.shop.svc", "default", web],
  ["web.shop.svc.cluster.local", "default", web],
  ["web.shop.svc.cluster.local.", "default", web],
  ["10.96.0.7", "default", web],
  ["192.0.2.7", "default", { ...web, addresses: ["192.0.2.7"] }],
  ["alias", "shop", web],
  ["second.shop", "default", web],
  ["circle", "shop", undefined],
  ["away", "shop", { name: "example.com", addresses: [], outside: "example.com" }],
  ["short", "shop", { name: "web", addresses: [], outside: "web" }],
  ["empty", "shop", empty],
  ["db", "shop", { name: "db.shop.svc.cluster.local", addresses: ["127.1.0.3"] }],
  ["db-0.db", "shop", { name: "db-0.db.shop.svc.cluster.local", addresses: ["127.1.0.3"] }],
  ["db-0.db.shop", "default", { name: "db-0.db.shop.svc.cluster.local", addresses: ["127.1.0.3"] }],
  ["127-1-0-3.db", "shop", { name: "127-1-0-3.db.shop.svc.cluster.local", addresses: ["127.1.0.3"] }],
  ["127-1-0-3.shop.pod", "default", { name: "127-1-0-3.shop.pod.cluster.local", addresses: ["127.1.0.3"] }],
  ["127.1.0.3", "default", { name: "127.1.0.3", addresses: ["127.1.0.3"] }],
  ["nothing", "shop", { name: "nothing.shop.svc.cluster.local", addresses: [] }],
  // A pod that is not ready has no name, and one of a Service with an address of its own has none either.
  ["db-1.db", "shop", undefined],
  ["web-0.web", "shop", undefined],
  ["web", "default", undefined],
  ["web.", "shop", undefined],
  ["db-0", "shop", undefined],
  ["example.com", "shop", undefined],
  ["1.2.3.4", "shop", undefined],
  ["../web", "shop", undefined],
  ["", "shop", undefined],
])("knows what %s means in %s", (host, namespace, found) => {
  expect(hostNamed(host, namespace, store, addresses.at)).toEqual(found);
});

it.each([
  ["those that leave, where there are no others", "leaving", "127.1.0.5"],
  ["not those that are being stopped, before their slice says so", "stopping", "127.1.0.7"],
])("leads to %s", (_, name, address) => {
  expect(hostNamed(name, "shop", store, addresses.at)?.ports).toEqual(to(address));
});

it("says what a client has to heed", () => {
  expect(hostNamed("sticky", "shop", store, addresses.at)).toMatchObject({
    traffic: { service: "shop/sticky", balancing: "random", affinityMs: 10_800_000 },
    isLocal: true,
  });
});

it("has the TCP ports alone", () => {
  expect(hostNamed("dns", "shop", store, addresses.at)?.ports).toHaveLength(1);
});
