import { expect, it } from "vitest";
import type { EndpointSlice, Pod, Service } from "../resources/index.ts";
import type { Store } from "../store/index.ts";
import type { AskedNode } from "./asked-node.ts";
import { serviceProxied } from "./connections.ts";

const metadata = {
  name: "web",
  namespace: "default",
  uid: "u",
  resourceVersion: "1",
  creationTimestamp: "2026-01-01T00:00:00Z",
};
const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata,
  spec: { ports: [{ name: "http", port: 80 }] },
} as Service;

function slice(port: number, ...endpoints: NonNullable<EndpointSlice["endpoints"]>): EndpointSlice {
  const labels = { "kubernetes.io/service-name": "web" };
  const named = { ...metadata, name: `web-${port}`, labels };
  return {
    apiVersion: "discovery.k8s.io/v1",
    addressType: "IPv4",
    kind: "EndpointSlice",
    metadata: named,
    ports: [{ name: "http", port }],
    endpoints,
  };
}

/** Where requests to the Service may be sent. */
function places(...slices: readonly EndpointSlice[]): readonly string[] {
  const pod = { metadata: { name: "a", namespace: "default" }, spec: { nodeName: "node", containers: [] } };
  const store = {
    list: () => slices,
    get: (_: string, __: string, name: string) =>
      name === "a" ? ({ ...pod, status: { podIP: "127.1.0.2" } } as unknown as Pod) : undefined,
  } as unknown as Store;
  const here = {} as AskedNode;
  const nodes = { get: () => here, at: () => here, asked: () => undefined };
  let most = 1;
  const found: string[] = [];
  for (let nth = 0; nth < most; nth++) {
    const below = (count: number) => {
      most = count;
      return nth;
    };
    found.push(serviceProxied({ nodes, store, random: { below } }, service, "http").authority);
  }
  return found;
}

it("requests to a Service go to any ready endpoint of all its slices, be it a pod or not", () => {
  const one = slice(
    8080,
    { addresses: ["127.1.0.2"], targetRef: { kind: "Pod", name: "a" } },
    { addresses: ["127.1.0.3"], conditions: { ready: false } },
  );
  const other = slice(
    9090,
    { addresses: ["192.0.2.7"] },
    { addresses: ["127.1.0.9"], conditions: { ready: true } },
  );
  expect(places(one, other)).toEqual(["127.1.0.2:8080", "192.0.2.7:9090", "127.1.0.9:9090"]);
});

it("there is none where no endpoint is ready", () => {
  const none = slice(8080, { addresses: ["127.1.0.3"], conditions: { ready: false } });
  expect(() => places(none)).toThrow('no endpoints available for service "web:http"');
});
