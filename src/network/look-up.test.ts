import { expect, it } from "vitest";
import { realClock } from "../outside/index.ts";
import type { KubernetesObject } from "../resources/index.ts";
import { MemoryStore } from "../store/index.ts";
import { lookUp } from "./look-up.ts";

const named = (kind: string, name: string, more: Readonly<Record<string, unknown>>) => ({
  key: { kind, namespace: "shop", name },
  object: {
    apiVersion: "v1",
    kind,
    metadata: { name, namespace: "shop", uid: `${kind}-${name}`, resourceVersion: "1" },
    ...more,
  } as unknown as KubernetesObject,
});
const slice = (service: string, port: number, addresses: readonly (readonly [string, boolean])[]) => {
  const { key, object } = named("EndpointSlice", `${service}-x`, {
    ports: [{ name: "http", port }],
    endpoints: addresses.map(([address, ready]) => ({ addresses: [address], conditions: { ready } })),
  });
  const labels = { "kubernetes.io/service-name": service };
  return { key, object: { ...object, metadata: { ...object.metadata, labels } } };
};
const ports = [{ name: "http", port: 80, targetPort: 8080 }];
const content = [
  named("Service", "web", { spec: { clusterIP: "10.96.0.7", ports } }),
  slice("web", 8080, [
    ["127.1.0.1", true],
    ["127.1.0.2", false],
  ]),
  named("Service", "db", { spec: { clusterIP: "None", ports } }),
  slice("db", 8080, [["127.1.0.3", true]]),
  named("Pod", "db-0", { spec: { subdomain: "db", containers: [] }, status: { podIP: "127.1.0.3" } }),
  named("Service", "alias", { spec: { type: "ExternalName", externalName: "web.shop.svc.cluster.local" } }),
  named("Service", "second", {
    spec: { type: "ExternalName", externalName: "alias.shop.svc.cluster.local." },
  }),
  named("Service", "circle", {
    spec: { type: "ExternalName", externalName: "circle.shop.svc.cluster.local" },
  }),
  named("Service", "away", { spec: { type: "ExternalName", externalName: "example.com" } }),
  named("Service", "short", { spec: { type: "ExternalName", externalName: "web" } }),
  named("Service", "empty", { spec: { clusterIP: "10.96.0.8", ports } }),
];
const store = new MemoryStore({ clock: realClock, onFault: () => {}, content });
await store.open();

const web = {
  name: "web.shop.svc.cluster.local",
  addresses: ["10.96.0.7"],
  endpoints: [{ podIP: "127.1.0.1", port: 8080 }],
};

it.each([
  ["web", 80, "shop", web],
  ["web.shop", 80, "default", web],
  ["web.shop.svc.cluster.local.", 80, "default", web],
  ["10.96.0.7", 80, "default", web],
  ["alias", 80, "shop", web],
  ["second.shop", 80, "default", web],
  ["circle", 80, "shop", undefined],
  ["away", 80, "shop", { name: "example.com", addresses: [], endpoints: [], outside: "example.com" }],
  ["short", 80, "shop", { name: "web", addresses: [], endpoints: [], outside: "web" }],
  ["web", 81, "shop", { ...web, endpoints: [] }],
  ["empty", 80, "shop", { name: "empty.shop.svc.cluster.local", addresses: ["10.96.0.8"], endpoints: [] }],
  [
    "db",
    5432,
    "shop",
    {
      name: "db.shop.svc.cluster.local",
      addresses: ["127.1.0.3"],
      endpoints: [{ podIP: "127.1.0.3", port: 5432 }],
    },
  ],
  [
    "db-0.db",
    5432,
    "shop",
    {
      name: "db-0.db.shop.svc.cluster.local",
      addresses: ["127.1.0.3"],
      endpoints: [{ podIP: "127.1.0.3", port: 5432 }],
    },
  ],
  [
    "127.1.0.3",
    1,
    "default",
    { name: "db-0", addresses: ["127.1.0.3"], endpoints: [{ podIP: "127.1.0.3", port: 1 }] },
  ],
  ["web", 80, "default", undefined],
  ["db-0", 80, "shop", undefined],
  ["example.com", 80, "shop", undefined],
  ["1.2.3.4", 80, "shop", undefined],
])("looks up %s:%i from %s", (host, port, namespace, found) => {
  expect(lookUp(host, port, { namespace }, store)).toEqual(found);
});
