/**
 * Endpoints: the older form of a Service's list, which clients still read (`kubectl get endpoints`). It is made of the
 * EndpointSlices that service.ts keeps, so the two never disagree; as in Kubernetes it tells the first thousand addresses.
 * Endpoints of a Service without a selector are kept by others (endpoint-slice-mirroring.ts), and go with it.
 */
import { controller, keyOf, namesake, settled, type Waker } from "../../loop/index.ts";
import {
  type Draft,
  type Endpoint,
  type EndpointAddress,
  type EndpointSlice,
  type EndpointSubset,
  type Endpoints,
  isSame,
  isTerminating,
  type Service,
} from "../../resources/index.ts";
import { isOurs } from "./slices.ts";
import { triggered, triggerOf } from "./trigger-times.ts";

const most = 1_000;
const serviceName = "kubernetes.io/service-name";

/** A slice that comes, goes or changes wakes its Service. */
const slices: Waker = {
  kind: "EndpointSlice",
  *keys({ object: { metadata } }) {
    const name = metadata.labels?.[serviceName];
    if (name !== undefined) yield keyOf("Service", metadata.namespace, name);
  },
};

export const endpoints = controller({
  name: "endpoint-controller",
  kind: "Service",
  wokenBy: [slices, namesake("Endpoints", "Service")],
  concerns: isSelecting,
  async reconcile(service, world) {
    if (isTerminating(service) || service.spec.type === "ExternalName" || !isSelecting(service))
      return settled;
    const { namespace = "", name } = service.metadata;
    const slices = world.ownedBy(service, "EndpointSlice").filter(isOurs);
    const wanted = endpointsOf(service, slices);
    const at = triggerOf(slices);
    const found = world.get("Endpoints", namespace, name);
    if (!found) await world.create(triggered(wanted, at));
    else if (
      !isSame(found.subsets, wanted.subsets) ||
      !isSame(found.metadata.labels, wanted.metadata.labels)
    ) {
      const { subsets: _, ...rest } = found;
      const { labels } = wanted.metadata;
      await world.update(triggered({ ...rest, ...wanted, metadata: { ...found.metadata, labels } }, at));
    }
    return settled;
  },
  /** Nothing owns it: it goes by name, whoever kept it. */
  async gone({ namespace, name }, world) {
    const found = world.get("Endpoints", namespace, name);
    if (found) await world.delete(found);
    return settled;
  },
});

function isSelecting({ spec }: Service): boolean {
  return Object.keys(spec.selector ?? {}).length > 0;
}

const managedBy = "endpoints.kubernetes.io/managed-by";
const manager = "endpoint-controller";

/** As it is to be, for a Service and its slices. */
function endpointsOf(service: Service, slices: readonly EndpointSlice[]): Draft<Endpoints> {
  const { name, namespace, labels } = service.metadata;
  const headless = service.spec.clusterIP === "None" && { "service.kubernetes.io/headless": "" };
  const subsets = subsetsOf(slices);
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name, namespace, labels: { ...labels, [managedBy]: manager, ...headless } },
    ...(subsets.length > 0 && { subsets }),
  };
}

/** One subset for each set of ports, its addresses in order. */
function subsetsOf(slices: readonly EndpointSlice[]): EndpointSubset[] {
  const byPorts = new Map<string, { ports: EndpointSlice["ports"]; endpoints: Endpoint[] }>();
  let room = most;
  for (const { ports, endpoints = [] } of slices) {
    const taken = endpoints.filter(({ conditions }) => conditions?.terminating !== true).slice(0, room);
    if (taken.length === 0) continue;
    room -= taken.length;
    const key = JSON.stringify(ports);
    const group = byPorts.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(...taken);
    byPorts.set(key, group);
  }
  return [...byPorts.values()].map(({ ports = [], endpoints }) => {
    const named = ports.map(({ name, port, protocol, appProtocol }) => ({
      ...(name && { name }),
      port: port ?? 0,
      protocol,
      ...(appProtocol && { appProtocol }),
    }));
    const ready = endpoints.filter(isReady).map(addressOf).sort(byAddress);
    const notReady = endpoints
      .filter(each => !isReady(each))
      .map(addressOf)
      .sort(byAddress);
    return {
      ...(ready.length > 0 && { addresses: ready }),
      ...(notReady.length > 0 && { notReadyAddresses: notReady }),
      ...(named.length > 0 && { ports: named }),
    };
  });
}

function isReady({ conditions }: Endpoint): boolean {
  return conditions?.ready !== false;
}

function addressOf({ addresses, hostname, nodeName, targetRef }: Endpoint): EndpointAddress {
  return {
    ip: addresses[0] ?? "",
    ...(hostname && { hostname }),
    ...(nodeName && { nodeName }),
    ...(targetRef && { targetRef }),
  };
}

function byAddress(a: EndpointAddress, b: EndpointAddress): number {
  return a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : 0;
}
