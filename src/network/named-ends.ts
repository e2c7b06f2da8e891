/**
 * Whom a text means that a person writes to name one end of a connection: a pod, what is behind a Service, or an address. The names are
 * those of messages (names.ts); a port may stand behind them. Services lead where they lead for sockets (host-facts.ts).
 */
import { isIP } from "node:net";
import { ApiError } from "../errors/index.ts";
import type { Pod, Service } from "../resources/index.ts";
import type { StoreReads } from "../store/index.ts";
import { type ServicesAt, slicesOf } from "./host-facts.ts";
import { type Reading, readings } from "./names.ts";
import { type Policies, type PolicyEnd, type Protocol, plainAddress } from "./policy/index.ts";

export interface EndFacts {
  readonly store: Pick<StoreReads, "get" | "list" | "byUid">;
  readonly policies: Pick<Policies, "endOf" | "endAt">;
  readonly servicesAt: ServicesAt;
}

export type NamedEnd =
  | { readonly is: "pod"; readonly name: string; readonly pod: Pod; readonly end: PolicyEnd }
  | { readonly is: "service"; readonly name: string; readonly service: Service }
  | { readonly is: "address"; readonly name: string; readonly end: PolicyEnd };

/** One end with the port by which it is reached; undefined for a message. */
export interface Reached {
  readonly end: PolicyEnd;
  readonly port: number | undefined;
}

/** Fails with NotFound where nothing has that name. */
export function namedEnd(text: string, namespace: string, facts: EndFacts): NamedEnd {
  const address = plainAddress(text.replace(/^\[(.*)\]$/, "$1"));
  if (isIP(address)) {
    const [service] = facts.servicesAt(address);
    if (service) return { is: "service", name: serviceName(service), service };
    return { is: "address", name: address, end: facts.policies.endAt(address) };
  }
  for (const reading of readings(text, namespace)) {
    const found = read(reading, facts);
    if (found) return found;
  }
  throw new ApiError(
    "NotFound",
    `there is no pod and no Service "${text}" (looked up from the namespace "${namespace}"): ` +
      "name pod/NAME, service/NAME, either with a namespace as pod/NAMESPACE/NAME, NAME.NAMESPACE, or an address",
  );
}

/** The pods behind the name, for one that connects. */
export function sendersOf(named: NamedEnd, facts: EndFacts): readonly PolicyEnd[] {
  return named.is === "service" ? endpointEnds(named.service, facts) : [named.end];
}

/**
 * Where a connection to the name goes: for a Service, to every endpoint, at the endpoint's own port. Fails with NotFound where it has no
 * such port.
 * @param port a number or a name, of the Service or of the pod; undefined: a message, which has no port
 */
export function receiversOf(
  named: NamedEnd,
  port: string | number | undefined,
  protocol: Protocol,
  facts: EndFacts,
): readonly Reached[] {
  if (named.is === "service") return behind(named.service, port, protocol, facts);
  return [{ end: named.end, port: port === undefined ? undefined : ownPort(named, port, protocol) }];
}

function read(reading: Reading, { store, policies }: EndFacts): NamedEnd | undefined {
  const { namespace, name } = reading;
  if (reading.kind === "service") {
    const service = store.get("Service", namespace, name);
    return service && { is: "service", name: serviceName(service), service };
  }
  if (reading.kind === "pod-of-service" && !store.get("Service", namespace, reading.service))
    return undefined;
  const pod = store.get("Pod", namespace, name);
  const end = pod && policies.endOf(pod.metadata.uid);
  return pod && end && { is: "pod", name: `pod ${namespace}/${name}`, pod, end };
}

function serviceName({ metadata: { namespace, name } }: Service): string {
  return `Service ${namespace}/${name}`;
}

function behind(
  service: Service,
  port: string | number | undefined,
  protocol: Protocol,
  facts: EndFacts,
): readonly Reached[] {
  const { type, externalName = "", clusterIP, ports = [] } = service.spec;
  if (type === "ExternalName")
    throw new ApiError(
      "BadRequest",
      `${serviceName(service)} stands for ${externalName}: name an address of that, for policies know no names`,
    );
  if (port === undefined) return endpointEnds(service, facts).map(end => ({ end, port }));
  const own = ports.find(
    each => (each.protocol ?? "TCP") === protocol && (each.port === port || each.name === port),
  );
  if (own) return endpointsAt(service, own.name ?? "", facts);
  // A headless Service leads to addresses only: any port of theirs can be tried.
  if (typeof port === "number" && (!clusterIP || clusterIP === "None"))
    return endpointEnds(service, facts).map(end => ({ end, port }));
  const known = ports.map(
    ({ name, port, protocol = "TCP" }) => `${port}${name ? ` (${name})` : ""}/${protocol}`,
  );
  throw new ApiError(
    "NotFound",
    `${serviceName(service)} has no port ${port}/${protocol}: it has ${known.join(", ") || "none"}`,
  );
}

/** All endpoints, also those that are not ready: policies hold for them just so. */
function endpointEnds(service: Service, { store, policies }: EndFacts): PolicyEnd[] {
  const addresses = slicesOf(service, store)
    .flatMap(({ endpoints }) => endpoints ?? [])
    .flatMap(({ addresses: [address] }) => address ?? []);
  return [...new Set(addresses)].map(address => policies.endAt(address));
}

function endpointsAt(service: Service, portName: string, { store, policies }: EndFacts): Reached[] {
  return slicesOf(service, store).flatMap(({ endpoints, ports }) => {
    const { port } = ports?.find(({ name }) => (name ?? "") === portName) ?? {};
    if (port === undefined) return [];
    return (endpoints ?? []).flatMap(({ addresses: [address] }) =>
      address === undefined ? [] : [{ end: policies.endAt(address), port }],
    );
  });
}

function ownPort(named: NamedEnd, port: string | number, protocol: Protocol): number {
  if (typeof port === "number") return port;
  const ports = "end" in named ? (named.end.pod?.ports ?? []) : [];
  const found = ports.find(each => each.name === port && each.protocol === protocol);
  if (found) return found.number;
  throw new ApiError("NotFound", `${named.name} has no port of the name "${port}" for ${protocol}`);
}
