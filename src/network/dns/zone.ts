/**
 * The DNS zone of the cluster: which records a name has, as Kubernetes' DNS specification (1.1.0) and CoreDNS have them. A function over
 * the store: which endpoints are ready is host-facts.ts' answer, the same as for sockets.
 *
 *     web.shop.svc.cluster.local                    A: the ClusterIP, or each ready endpoint of a headless Service; CNAME: an ExternalName
 *     db-0.db.shop.svc.cluster.local                A: the endpoints with that hostname, or with that address in dashes
 *     _http._tcp.web.shop.svc.cluster.local         SRV: the port of that name
 *     10-1-2-3.shop.pod.cluster.local               A: that address
 *     7.0.96.10.in-addr.arpa                        PTR: the Service or the endpoint with the address 10.96.0.7
 *     dns-version.cluster.local                     TXT: 1.1.0
 */
import { isIP } from "node:net";
import type { Answer } from "dns-packet";
import { addressNumber, isPodAddress } from "../../messages/index.ts";
import { type EndpointSlice, isInBlock, ownServiceBlock, type Service } from "../../resources/index.ts";
import type { StoreReads } from "../../store/index.ts";
import { fullName, isReady, type ServicesAt, slicesOf } from "../host-facts.ts";

/** What the zone is read from. */
export interface ZoneFacts {
  readonly store: Pick<StoreReads, "get" | "list" | "byUid" | "revision">;
  readonly servicesAt: ServicesAt;
  /** The EndpointSlices that list an address. */
  readonly slicesAt: (address: string) => readonly EndpointSlice[];
}

export type ZoneAnswer =
  | { readonly is: "records"; readonly answers: readonly Answer[]; readonly additionals: readonly Answer[] }
  /** The name stands for another, which may have the records that were asked for. */
  | { readonly is: "alias"; readonly target: string }
  /** There is such a name, without records of this type. */
  | { readonly is: "no-data" }
  | { readonly is: "no-name" }
  /** Not a name of the cluster: another server has to be asked. */
  | { readonly is: "outside" };

/** Seconds: CoreDNS' default. */
export const ttl = 5;
const domain = "cluster.local";
const schemaVersion = "1.1.0";
const noData: ZoneAnswer = { is: "no-data" };
const noName: ZoneAnswer = { is: "no-name" };

/** @param type in capitals, `A` */
export function zoneAnswer(name: string, type: string, facts: ZoneFacts): ZoneAnswer {
  const wanted = name.toLowerCase().replace(/\.$/, "");
  const address = reversed(wanted);
  if (address !== undefined) return pointer(address, name, type, facts);
  if (wanted !== domain && !wanted.endsWith(`.${domain}`)) return { is: "outside" };
  const labels = wanted.slice(0, -domain.length).split(".").filter(Boolean).toReversed();
  const [kind, namespace, ...rest] = labels;
  if (kind === undefined) return ofApex(name, type);
  if (kind === "dns-version" && namespace === undefined)
    return type === "TXT" ? records([{ name, type: "TXT", ttl, data: schemaVersion }]) : noData;
  if (wanted === nameServer)
    return type === "A" ? records([{ name, type: "A", ttl, data: "127.0.0.1" }]) : noData;
  if (wanted === `dns.${domain}`) return noData;
  if (kind !== "svc" && kind !== "pod") return noName;
  if (namespace === undefined) return noData;
  if (!facts.store.get("Namespace", "", namespace)) return noName;
  const [last, ...before] = rest;
  if (last === undefined) return noData;
  if (kind === "pod") return before.length > 0 ? noName : ofPod(last, name, type);
  return ofService({ namespace, service: last, before }, name, type, facts);
}

/** What goes with an answer that there is nothing: who says so, and for how many seconds. */
export function authority(name: string, revision: number): Answer {
  const zone = reversed(name.toLowerCase().replace(/\.$/, "")) === undefined ? domain : "in-addr.arpa";
  const times = { refresh: 7_200, retry: 1_800, expire: 86_400, minimum: ttl };
  const data = { mname: nameServer, rname: `hostmaster.${domain}`, serial: revision >>> 0, ...times };
  return { name: zone, type: "SOA", ttl, data };
}

const nameServer = `ns.dns.${domain}`;

function ofApex(name: string, type: string): ZoneAnswer {
  if (type === "NS") return records([{ name, type: "NS", ttl, data: nameServer }]);
  return noData;
}

/** Whatever the address is, as CoreDNS' `pods insecure`. */
function ofPod(label: string, name: string, type: string): ZoneAnswer {
  const isFour = /^\d+(-\d+){3}$/.test(label);
  const address = label.replaceAll("-", isFour ? "." : ":");
  const family = isIP(address);
  if (family === 0) return noName;
  if (type === "A" && family === 4) return records([{ name, type, ttl, data: address }]);
  if (type === "AAAA" && family === 6) return records([{ name, type, ttl, data: address }]);
  return noData;
}

interface Asked {
  readonly namespace: string;
  readonly service: string;
  /** The labels before the Service's name, the last one first. */
  readonly before: readonly string[];
}

function ofService(
  { namespace, service: serviceName, before }: Asked,
  name: string,
  type: string,
  facts: ZoneFacts,
): ZoneAnswer {
  const service = facts.store.get("Service", namespace, serviceName);
  if (!service || before.length > 2) return noName;
  const [first, second] = before;
  if (service.spec.type === "ExternalName") {
    const target = service.spec.externalName?.replace(/\.$/, "") ?? "";
    return first !== undefined || target === "" || isIP(target) ? noName : { is: "alias", target };
  }
  const isPort = first !== undefined && second !== undefined;
  const port = isPort ? { protocol: first, port: second } : undefined;
  if (port && !(port.protocol.startsWith("_") && port.port.startsWith("_"))) return noName;
  const host = isPort ? undefined : first;
  const { clusterIP } = service.spec;
  const isHeadless = !clusterIP || clusterIP === "None";
  // An endpoint has a name of its own only below a headless Service.
  if (host !== undefined && !isHeadless) return noName;
  const places = isHeadless ? endpointPlaces(service, host, facts) : ownPlaces(service);
  const found = port ? places.filter(place => isAt(place, port)) : places;
  if (found.length === 0) return noName;
  if (type === "SRV") return serviceRecords(found, name);
  if (type !== "A" || port) return noData;
  const addresses = [...new Set(found.map(({ address }) => address))];
  return records(addresses.map(data => ({ name, type: "A", ttl, data })));
}

/** One address with one port, and the name by which it is told. */
interface Place {
  readonly name: string;
  readonly address: string;
  /** Undefined where a Service without ports is meant. */
  readonly port: number | undefined;
  readonly portName: string;
  readonly protocol: string;
}

function ownPlaces(service: Service): Place[] {
  const { clusterIP = "", ports = [] } = service.spec;
  const own = { name: fullName(service), address: clusterIP };
  if (ports.length === 0) return [{ ...own, port: undefined, portName: "", protocol: "TCP" }];
  return ports.map(({ port, name: portName = "", protocol = "TCP" }) => ({
    ...own,
    port,
    portName,
    protocol,
  }));
}

function endpointPlaces(service: Service, host: string | undefined, facts: ZoneFacts): Place[] {
  return slicesOf(service, facts.store).flatMap(({ endpoints, ports }) => {
    const ready = (endpoints ?? []).filter(endpoint => isReady(endpoint, service, facts.store));
    return ready.flatMap(({ addresses: [address = ""], hostname }): Place[] => {
      const own = hostname ?? address.replaceAll(".", "-");
      if (host !== undefined && host !== own.toLowerCase()) return [];
      const told = { name: `${own}.${fullName(service)}`, address };
      if (!ports || ports.length === 0) return [{ ...told, port: undefined, portName: "", protocol: "TCP" }];
      return ports.map(({ port, name, protocol }) => ({
        ...told,
        port,
        portName: name ?? "",
        protocol: protocol ?? "TCP",
      }));
    });
  });
}

function isAt(
  { portName, protocol }: Place,
  asked: { readonly protocol: string; readonly port: string },
): boolean {
  return (
    portName !== "" &&
    `_${portName.toLowerCase()}` === asked.port &&
    `_${protocol.toLowerCase()}` === asked.protocol
  );
}

/** The weights are equal shares of a hundred, 1 at least, as CoreDNS has them. */
function serviceRecords(places: readonly Place[], name: string): ZoneAnswer {
  const withPort = places.flatMap(place =>
    place.port === undefined ? [] : [{ ...place, port: place.port }],
  );
  if (withPort.length === 0) return noData;
  const weight = Math.max(1, Math.floor(100 / withPort.length));
  const answers = withPort.map(({ name: target, port }): Answer => {
    return { name, type: "SRV", ttl, data: { priority: 0, weight, port, target } };
  });
  const addresses = new Map(withPort.map(place => [`${place.name} ${place.address}`, place]));
  const additionals = Array.from(addresses.values(), ({ name: target, address }): Answer => {
    return { name: target, type: "A", ttl, data: address };
  });
  return records(answers, additionals);
}

/** The address that a name below in-addr.arpa is about. */
export function reversed(name: string): string | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/.exec(name)?.slice(1);
  const address = parts?.toReversed().join(".");
  return address === undefined || Number.isNaN(addressNumber(address)) ? undefined : address;
}

function pointer(address: string, name: string, type: string, facts: ZoneFacts): ZoneAnswer {
  const services = facts.servicesAt(address).map(fullName);
  const targets = services.length > 0 ? services : endpointsAt(address, facts);
  const isOurs = isPodAddress(address) || isInBlock(address, ownServiceBlock);
  if (targets.length === 0) return isOurs ? noName : { is: "outside" };
  if (type !== "PTR") return noData;
  return records(targets.map(data => ({ name, type: "PTR", ttl, data })));
}

function endpointsAt(address: string, facts: ZoneFacts): string[] {
  return facts.slicesAt(address).flatMap(({ metadata: { namespace = "", labels }, endpoints }) => {
    const service = facts.store.get("Service", namespace, labels?.["kubernetes.io/service-name"] ?? "");
    // Those of other Services have no name that leads back here.
    if (service?.spec.clusterIP !== "None") return [];
    return (endpoints ?? [])
      .filter(endpoint => endpoint.addresses[0] === address && isReady(endpoint, service, facts.store))
      .map(({ hostname }) => `${hostname ?? address.replaceAll(".", "-")}.${fullName(service)}`);
  });
}

function records(answers: readonly Answer[], additionals: readonly Answer[] = []): ZoneAnswer {
  return { is: "records", answers, additionals };
}
