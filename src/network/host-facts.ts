/**
 * Where a host leads inside the cluster, as DNS and kube-proxy would have it: the name of a Service, of one of its endpoints or of a
 * pod's address; an address of a Service or of a pod. An ExternalName stands for another name, of the cluster or outside of it.
 * A function over the store, used for sockets, programs of exec and whatever else connects to pods.
 */
import { type FoundEndpoint, type FoundHost, type FoundPort, isPodAddress } from "../messages/index.ts";
import { type Endpoint, type EndpointSlice, isTerminating, type Service } from "../resources/index.ts";
import type { StoreReads } from "../store/index.ts";
import { type HostReading, hostReadings, mostAliases } from "./dns-names.ts";
import { trafficPolicyOf } from "./traffic-policies.ts";
import { placeOf } from "./within-reach.ts";

/** The Services that have an address (service-addresses.ts). */
export type ServicesAt = (address: string) => readonly Service[];

type Reader = Pick<StoreReads, "get" | "list" | "byUid">;

/**
 * What the host means for a client in this namespace. Undefined: the cluster knows nothing of it. Without addresses and `outside`: the name
 * is there, but nothing behind it is ready.
 */
export function hostNamed(
  host: string,
  namespace: string,
  store: Reader,
  servicesAt: ServicesAt,
): FoundHost | undefined {
  if (/^[\d.]+$/.test(host)) return atAddress(host, store, servicesAt);
  return ofName(host, namespace, store, 0);
}

/** What the answer depends on: `namespace/name` of Services, with their slices and pods, and addresses. */
export function dependsOn(
  host: string,
  namespace: string,
  store: Pick<StoreReads, "get">,
  servicesAt: ServicesAt,
): readonly string[] {
  if (/^[\d.]+$/.test(host))
    return [host, ...servicesAt(host).map(({ metadata: { namespace, name } }) => `${namespace}/${name}`)];
  const keys = new Set<string>();
  const names: [string, string][] = [[host, namespace]];
  for (const [name, within] of names) {
    for (const reading of hostReadings(name, within)) {
      if (reading.kind === "pod") continue;
      keys.add(`${reading.namespace}/${reading.name}`);
      const alias = reading.kind === "service" ? aliasOf(reading, store) : undefined;
      if (alias !== undefined && names.length <= mostAliases)
        names.push([`${alias.replace(/\.$/, "")}.`, ""]);
    }
  }
  return [...keys];
}

function atAddress(address: string, store: Reader, servicesAt: ServicesAt): FoundHost | undefined {
  const [service] = servicesAt(address);
  if (service) {
    const ports = { ports: portsOf(service, store), ...udpPortsOf(service, store) };
    return { ...ofService(service, store), addresses: [address], ...ports };
  }
  return isPodAddress(address) ? { name: address, addresses: [address] } : undefined;
}

function ofName(host: string, namespace: string, store: Reader, aliases: number): FoundHost | undefined {
  for (const reading of hostReadings(host, namespace)) {
    const alias = reading.kind === "service" ? aliasOf(reading, store) : undefined;
    if (alias !== undefined) {
      // DNS answers an alias with a full name: it is not looked up in the namespaces.
      const full = alias.replace(/\.$/, "");
      if (!full.endsWith(".cluster.local")) return { name: full, addresses: [], outside: full };
      return aliases < mostAliases ? ofName(`${full}.`, "", store, aliases + 1) : undefined;
    }
    const found = follow(reading, store);
    if (found) return found;
  }
  return undefined;
}

function aliasOf(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  store: Pick<StoreReads, "get">,
): string | undefined {
  const { type, externalName } = store.get("Service", namespace, name)?.spec ?? {};
  return type === "ExternalName" ? externalName : undefined;
}

function follow(reading: HostReading, store: Reader): FoundHost | undefined {
  if (reading.kind === "pod") {
    const { address, namespace } = reading;
    const name = `${address.replaceAll(".", "-")}.${namespace}.pod.cluster.local`;
    return isPodAddress(address) ? { name, addresses: [address] } : undefined;
  }
  const service = store.get("Service", reading.namespace, reading.name);
  if (!service) return undefined;
  return reading.kind === "service" ? ofService(service, store) : ofEndpoint(service, reading.host, store);
}

export function fullName({ metadata: { name, namespace } }: Service): string {
  return `${name}.${namespace}.svc.cluster.local`;
}

function ofService(service: Service, store: Reader): FoundHost {
  const { clusterIP, internalTrafficPolicy } = service.spec;
  const name = fullName(service);
  if (!clusterIP || clusterIP === "None") {
    return { name, addresses: [...new Set(readyOf(service, store).flatMap(addressesOf))] };
  }
  return {
    name,
    addresses: [clusterIP],
    ports: portsOf(service, store),
    ...udpPortsOf(service, store),
    traffic: trafficPolicyOf(service),
    ...(internalTrafficPolicy === "Local" && { isLocal: true }),
  };
}

/** One endpoint has a name of its own only below a headless Service. */
function ofEndpoint(service: Service, host: string, store: Reader): FoundHost | undefined {
  if (service.spec.clusterIP !== "None") return undefined;
  const isMeant = ({ hostname, addresses }: Endpoint) =>
    hostname === host || addresses.some(address => address.replaceAll(".", "-") === host);
  const addresses = readyOf(service, store).filter(isMeant).flatMap(addressesOf);
  return addresses.length > 0 ? { name: `${host}.${fullName(service)}`, addresses } : undefined;
}

function readyOf(service: Service, store: Reader): Endpoint[] {
  return slicesOf(service, store)
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(endpoint => isReady(endpoint, service, store));
}

/** Where each TCP port of a Service leads, or each of UDP, whether it has an address or not. */
export function portsOf(
  service: Service,
  store: Reader,
  wanted: "TCP" | "UDP" = "TCP",
): readonly FoundPort[] {
  const slices = slicesOf(service, store);
  return (service.spec.ports ?? [])
    .filter(({ protocol = "TCP" }) => protocol === wanted)
    .map(({ name = "", port }) => ({ name, port, endpoints: endpointsOf(service, slices, name, store) }));
}

function udpPortsOf(service: Service, store: Reader): Pick<FoundHost, "udpPorts"> {
  const udpPorts = portsOf(service, store, "UDP");
  return udpPorts.length > 0 ? { udpPorts } : {};
}

function endpointsOf(
  service: Service,
  slices: readonly EndpointSlice[],
  portName: string,
  store: Reader,
): FoundEndpoint[] {
  const places = slices.flatMap(slice => {
    const { port } = slice.ports?.find(each => (each.name ?? "") === portName) ?? {};
    return port === undefined ? [] : (slice.endpoints ?? []).map(endpoint => ({ endpoint, port }));
  });
  const all = places.map(({ endpoint }) => endpoint);
  const taking = new Set(takers(all, service, store));
  return places
    .filter(({ endpoint }) => taking.has(endpoint))
    .flatMap(({ endpoint, port }) => {
      const place = placeOf(endpoint);
      return addressesOf(endpoint).map(address => ({ address, port, ...place }));
    });
}

/** The slices that the Service's controller keeps, and those that others keep for it. */
export function slicesOf(
  { metadata: { name, namespace = "" } }: Service,
  store: Pick<StoreReads, "list">,
): EndpointSlice[] {
  return store
    .list("EndpointSlice", { namespace, matchLabels: { "kubernetes.io/service-name": name } })
    .filter(({ addressType }) => addressType !== "IPv6" && addressType !== "FQDN");
}

/**
 * The endpoints that take connections: those that are ready; where there is none, those that are on their way out and still serve, as
 * kube-proxy has it.
 */
function takers(endpoints: readonly Endpoint[], service: Service, store: Reader): readonly Endpoint[] {
  const ready = endpoints.filter(endpoint => isReady(endpoint, service, store));
  if (ready.length > 0) return ready;
  return endpoints.filter(
    ({ conditions, targetRef }) =>
      conditions?.serving === true && (conditions.terminating === true || isGoing(targetRef?.uid, store)),
  );
}

export function isReady({ conditions, targetRef }: Endpoint, { spec }: Service, store: Reader): boolean {
  if (conditions?.ready === false) return false;
  // A pod that is being stopped leaves at once; its slice is rewritten a little later.
  return spec.publishNotReadyAddresses === true || !isGoing(targetRef?.uid, store);
}

function isGoing(uid: string | undefined, store: Reader): boolean {
  const pod = uid === undefined ? undefined : store.byUid(uid);
  return pod !== undefined && isTerminating(pod);
}

/** The addresses of one endpoint all mean the same: the first is used, as kube-proxy does. */
function addressesOf({ addresses }: Endpoint): readonly string[] {
  return addresses.slice(0, 1);
}
