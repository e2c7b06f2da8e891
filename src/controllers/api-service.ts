/**
 * The Service `kubernetes` of the namespace `default`, behind which the API itself stands, the lists of its one address, and the
 * ServiceCIDR of the same name that says from which block Services have theirs. They are there as long as the API is served: one that is
 * deleted comes back, as with Kubernetes' API server.
 */
import { type Controller, controller, keyOf, settled, type Waker } from "../loop/index.ts";
import {
  type Draft,
  type EndpointSlice,
  type Endpoints,
  type KindName,
  ownServiceBlock,
  ownServiceCidr,
  type Service,
} from "../resources/index.ts";
import { apiServerWriter } from "../store/index.ts";

const name = "kubernetes";
const namespace = "default";
const kinds = ["Service", "EndpointSlice", "Endpoints"] as const satisfies readonly KindName[];

const oneIsGone = kinds.map(
  (kind): Waker => ({
    kind,
    *keys({ type, key }) {
      if (type === "DELETED" && key.name === name && key.namespace === namespace)
        yield keyOf("Namespace", "", namespace);
    },
  }),
);

export const serviceAddresses: Draft = {
  apiVersion: "networking.k8s.io/v1",
  kind: "ServiceCIDR",
  metadata: { name: ownServiceCidr },
  spec: { cidrs: [ownServiceBlock] },
};

const blockIsGone: Waker = {
  kind: "ServiceCIDR",
  *keys({ type, key }) {
    if (type === "DELETED" && key.name === ownServiceCidr) yield keyOf("Namespace", "", namespace);
  },
};

/** @param url where the API is served; undefined as long as it is not */
export function apiService(url: () => string | undefined): Controller {
  return controller({
    name: "kubernetes-service",
    writer: apiServerWriter("kubernetes-service"),
    kind: "Namespace",
    wokenBy: [...oneIsGone, blockIsGone],
    concerns: ({ metadata }) => metadata.name === namespace && url() !== undefined,
    async reconcile(_, world) {
      const served = url();
      for (const draft of served === undefined ? [] : apiServiceObjects(served))
        if (!world.get<string>(draft.kind, namespace, name)) await world.create(draft);
      if (!world.get("ServiceCIDR", "", ownServiceCidr)) await world.create(serviceAddresses);
      return settled;
    },
  }) as Controller;
}

/** The Service and the lists of its addresses. `url` is where the API is served. */
export function apiServiceObjects(
  url: string,
): readonly [Service: Draft, EndpointSlice: Draft, Endpoints: Draft] {
  const { hostname, port: served, protocol } = new URL(url);
  const address = /^[\d.]+$/.test(hostname) ? hostname : "127.0.0.1";
  const portName = protocol.slice(0, -1);
  const labels = { component: "apiserver", provider: name };
  const port = Number(served || (portName === "https" ? 443 : 80));
  const ports = [{ name: portName, port, protocol: "TCP" as const }];
  const service: Draft<Service> = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, labels },
    spec: {
      // The first of the range, which no other Service is given.
      clusterIP: "10.96.0.1",
      ports: [{ name: portName, port: portName === "https" ? 443 : 80, protocol: "TCP", targetPort: port }],
    },
  };
  const slice: Draft<EndpointSlice> = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports,
  };
  const endpoints: Draft<Endpoints> = {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name, namespace, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
    subsets: [{ addresses: [{ ip: address }], ports }],
  };
  return [service, slice, endpoints];
}
