/** What is told of Services and pods: addresses, endpoints with their states, names and records; live, and of what is not there. */
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { realClock } from "../outside/index.ts";
import type { KubernetesObject } from "../resources/index.ts";
import { administrator, MemoryStore } from "../store/index.ts";
import { type DiscoveredService, discoveredPod, discoveredService, watched } from "./discovery.ts";

let store: MemoryStore;
beforeEach(async () => {
  store = new MemoryStore({ clock: realClock, onFault: () => {} });
  await store.open();
  await put("Namespace", "shop", {}, {}, "");
});
afterEach(() => store.close());

const author = { actor: "test", manager: "test", user: administrator };
async function put(
  kind: string,
  name: string,
  more: object,
  metadata: object = {},
  namespace = "shop",
): Promise<void> {
  const own = { name, namespace, uid: `${kind}-${name}`, ...metadata };
  const object = { apiVersion: "v1", kind, metadata: own, ...more } as unknown as KubernetesObject;
  const key = { kind, namespace, name };
  const previous = store.get(kind, namespace, name);
  if (previous) await store.replace(key, previous, object, author);
  else await store.add(key, object, author);
}
const pod = (name: string, address: string, metadata: object = {}) =>
  put(
    "Pod",
    name,
    {
      spec: {
        nodeName: "node-1",
        containers: [{ name: "main", ports: [{ name: "http", containerPort: 8080 }] }],
      },
      status: { podIP: address, phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
    },
    metadata,
  );
const targetRef = (name: string) => ({ kind: "Pod", namespace: "shop", name, uid: `Pod-${name}` });
const slice = (service: string, endpoints: object[]) =>
  put(
    "EndpointSlice",
    `${service}-1`,
    { addressType: "IPv4", ports: [{ name: "http", port: 8080, protocol: "TCP" }], endpoints },
    { labels: { "kubernetes.io/service-name": service } },
  );
const ports = [{ name: "http", port: 80, targetPort: "http", nodePort: 30_080 }];
const facts = () => ({ store, servicesAt: () => [], slicesAt: () => [] });
const ask = (name: string) => discoveredService(name, "shop", facts());

test("a Service with its endpoints, each in its state", async () => {
  for (const [i, name] of ["a", "b", "c"].entries())
    await pod(name, `10.0.0.${i + 1}`, (name === "c" && { deletionTimestamp: "2026-01-01T00:00:00Z" }) || {});
  await put("Service", "web", {
    spec: { clusterIP: "10.96.0.7", clusterIPs: ["10.96.0.7"], externalIPs: ["203.0.113.7"], ports },
  });
  await slice("web", [
    {
      addresses: ["10.0.0.1"],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: "node-1",
      zone: "z",
      targetRef: targetRef("a"),
    },
    { addresses: ["10.0.0.2"], conditions: { ready: false, serving: false }, targetRef: targetRef("b") },
    { addresses: ["10.0.0.3"], conditions: { ready: true, serving: true }, targetRef: targetRef("c") },
    { addresses: ["192.0.2.5"] },
  ]);
  const http = [{ name: "http", port: 8080, protocol: "TCP" }];
  const target = (name: string) => ({ kind: "Pod", namespace: "shop", name });
  expect(ask("web")).toEqual({
    namespace: "shop",
    name: "web",
    type: "ClusterIP",
    dnsName: "web.shop.svc.cluster.local",
    headless: false,
    addresses: ["10.96.0.7", "203.0.113.7"],
    ports: [{ name: "http", port: 80, protocol: "TCP", targetPort: "http", nodePort: 30_080 }],
    endpoints: [
      {
        address: "10.0.0.1",
        ports: http,
        ready: true,
        serving: true,
        terminating: false,
        node: "node-1",
        zone: "z",
        target: target("a"),
      },
      {
        address: "10.0.0.2",
        ports: http,
        ready: false,
        serving: false,
        terminating: false,
        target: target("b"),
      },
      // Its slice does not say yet that it goes.
      {
        address: "10.0.0.3",
        ports: http,
        ready: false,
        serving: true,
        terminating: true,
        target: target("c"),
      },
      { address: "192.0.2.5", ports: http, ready: true, serving: true, terminating: false },
    ],
    srv: [
      {
        name: "_http._tcp.web.shop.svc.cluster.local",
        target: "web.shop.svc.cluster.local",
        port: 80,
        priority: 0,
        weight: 100,
      },
    ],
  });
});

test("a headless Service: no address of its own, and names below it", async () => {
  await pod("db-0", "10.0.0.1");
  await put("Service", "db", { spec: { clusterIP: "None", ports: [{ name: "http", port: 80 }] } });
  await slice("db", [
    { addresses: ["10.0.0.1"], hostname: "db-0", targetRef: targetRef("db-0") },
    { addresses: ["10.0.0.2"] },
  ]);
  const { headless, addresses, endpoints, srv } = ask("db");
  expect([headless, addresses]).toEqual([true, []]);
  expect(endpoints.map(({ dnsName }) => dnsName)).toEqual([
    "db-0.db.shop.svc.cluster.local",
    "10-0-0-2.db.shop.svc.cluster.local",
  ]);
  expect(srv.map(({ target, port, weight }) => [target, port, weight])).toEqual([
    ["db-0.db.shop.svc.cluster.local", 8080, 50],
    ["10-0-0-2.db.shop.svc.cluster.local", 8080, 50],
  ]);
  expect(discoveredPod("db-0", "shop", facts())).toEqual({
    namespace: "shop",
    name: "db-0",
    addresses: ["10.0.0.1"],
    node: "node-1",
    phase: "Running",
    ready: true,
    terminating: false,
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    dnsNames: ["10-0-0-1.shop.pod.cluster.local", "db-0.db.shop.svc.cluster.local"],
    services: ["db"],
  });
});

test("a name for another, and what is not there", async () => {
  await put("Service", "away", { spec: { type: "ExternalName", externalName: "db.example.com" } });
  expect(ask("away")).toMatchObject({
    type: "ExternalName",
    externalName: "db.example.com",
    addresses: [],
    endpoints: [],
    srv: [],
  });
  expect(() => ask("nobody")).toThrow(
    expect.objectContaining({ reason: "NotFound", message: 'services "nobody" not found' }),
  );
  expect(() => discoveredPod("nobody", "shop", facts())).toThrow(
    expect.objectContaining({ reason: "NotFound", message: 'pods "nobody" not found' }),
  );
});

test("who watches is told what is different, once a turn, and nothing else", async () => {
  const stop = new AbortController();
  const told: (DiscoveredService | undefined)[] = [];
  const find = () => (store.get("Service", "shop", "web") ? ask("web") : undefined);
  const ended = (async () => {
    for await (const each of watched(find, store, realClock, "shop", stop.signal)) told.push(each);
  })();
  const settled = async () => {
    for (let i = 0; i < 3; i++) await turn();
  };
  await settled();
  await put("Service", "web", { spec: { clusterIP: "10.96.0.7", ports } });
  await slice("web", [{ addresses: ["10.0.0.1"] }]);
  await settled();
  await put("Pod", "other", { spec: { containers: [] } });
  await put("Service", "other", { spec: { clusterIP: "10.96.0.8", ports } });
  await settled();
  await slice("web", []);
  await settled();
  expect(told.map(each => each?.endpoints.length)).toEqual([undefined, 1, 0]);
  stop.abort();
  await ended;
  await slice("web", [{ addresses: ["10.0.0.1"] }]);
  await settled();
  expect(told).toHaveLength(3);
});
