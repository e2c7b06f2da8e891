/**
 * Endpoints: the older form of a Service's list, which clients still read (`kubectl get endpoints`). It is made of the
 * EndpointSlices that service.ts keeps, so the two never disagree; as in Kubernetes it tells a thousand addresses at most, those that are
 * ready before others, and says so where there are more.
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
const overCapacity = "endpoints.kubernetes.io/over-capacity";
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
      !isSame(found.metadata.labels, wanted.metadata.labels) ||
      found.metadata.annotations?.[overCapacity] !== wanted.metadata.annotations?.[overCapacity]
    ) {
      const { subsets: _, ...rest } = found;
      const { labels } = wanted.metadata;
      const metadata = { ...found.metadata, labels, annotations: annotationsOf(found, wanted) };
      await world.update(triggered({ ...rest, ...wanted, metadata }, at));
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

/** Those that others have written, and whether all fits in. */
function annotationsOf(
  found: Endpoints,
  wanted: Draft<Endpoints>,
): Readonly<Record<string, string>> | undefined {
  const { [overCapacity]: _, ...others } = found.metadata.annotations ?? {};
  const annotations = { ...others, ...wanted.metadata.annotations };
  return Object.keys(annotations).length > 0 ? annotations : undefined;
}

const managedBy = "endpoints.kubernetes.io/managed-by";
const manager = "endpoint-controller";

/** As it is to be, for a Service and its slices. */
function endpointsOf(service: Service, slices: readonly EndpointSlice[]): Draft<Endpoints> {
  const { name, namespace, labels } = service.metadata;
  const headless = service.spec.clusterIP === "None" && { "service.kubernetes.io/headless": "" };
  const offers = slices.map(({ ports, endpoints = [] }) => ({
    ports,
    endpoints: endpoints.filter(({ conditions }) => conditions?.terminating !== true),
  }));
  const isTruncated = offers.reduce((sum, { endpoints }) => sum + endpoints.length, 0) > most;
  const subsets = subsetsOf(isTruncated ? truncated(offers) : offers);
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: {
      name,
      namespace,
      labels: { ...labels, [managedBy]: manager, ...headless },
      ...(isTruncated && { annotations: { [overCapacity]: "truncated" } }),
    },
    ...(subsets.length > 0 && { subsets }),
  };
}

/** Endpoints, and the ports at which they offer something. */
interface Offer {
  readonly ports: EndpointSlice["ports"];
  readonly endpoints: readonly Endpoint[];
}

/** As many as there is room for, those that are ready before others. */
function truncated(offers: readonly Offer[]): Offer[] {
  let room = most;
  const taken = ({ ports, endpoints }: Offer, areReady: boolean): Offer => {
    const those = endpoints.filter(each => isReady(each) === areReady).slice(0, room);
    room -= those.length;
    return { ports, endpoints: those };
  };
  return [true, false].flatMap(areReady => offers.map(offer => taken(offer, areReady)));
}

/** One subset for each set of ports, its addresses in order. */
function subsetsOf(offers: readonly Offer[]): EndpointSubset[] {
  const byPorts = new Map<string, { ports: EndpointSlice["ports"]; endpoints: Endpoint[] }>();
  for (const { ports, endpoints } of offers) {
    if (endpoints.length === 0) continue;
    const key = JSON.stringify(ports);
    const group = byPorts.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(...endpoints);
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
