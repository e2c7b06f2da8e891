/**
 * What the cluster knows of a Service or a pod for those who want to reach it: addresses, ports, endpoints with their state, and the names
 * and records that DNS has for it. A function over the store; which endpoints are ready and what DNS says are the answers that sockets and
 * the DNS server get (host-facts.ts, dns/zone.ts).
 */
import { ApiError } from "../errors/index.ts";
import { type Clock, onAbort } from "../outside/index.ts";
import { isTerminating, isTrue, type Pod, type Service } from "../resources/index.ts";
import type { StoreReads } from "../store/index.ts";
import { type ZoneFacts, zoneAnswer } from "./dns/index.ts";
import { fullName, isReady, slicesOf } from "./host-facts.ts";
import { addressesOf } from "./service-addresses.ts";

export interface DiscoveredPort {
  /** Empty where it has none. */
  readonly name: string;
  readonly port: number;
  readonly protocol: "TCP" | "UDP" | "SCTP";
}

export interface DiscoveredServicePort extends DiscoveredPort {
  readonly targetPort: number | string;
  readonly nodePort?: number;
}

export interface DiscoveredEndpoint {
  readonly address: string;
  readonly ports: readonly DiscoveredPort[];
  /** It takes new connections. */
  readonly ready: boolean;
  /** It answers, whether it is to go or not. */
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly node?: string;
  readonly zone?: string;
  /** The name of its own below a headless Service. */
  readonly dnsName?: string;
  /** What it is, a pod mostly. */
  readonly target?: { readonly kind: string; readonly namespace: string; readonly name: string };
}

/** A record that DNS has of the Service's ports. */
export interface DiscoveredRecord {
  /** `_http._tcp.web.shop.svc.cluster.local` */
  readonly name: string;
  readonly target: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

export interface DiscoveredService {
  readonly namespace: string;
  readonly name: string;
  readonly type: NonNullable<Service["spec"]["type"]>;
  /** `web.shop.svc.cluster.local` */
  readonly dnsName: string;
  /** Of an ExternalName: what it stands for. */
  readonly externalName?: string;
  /** It has no address of its own: its name leads to those of its endpoints. */
  readonly headless: boolean;
  /** Those under which it can be connected to itself: none where it is headless or stands for another name. */
  readonly addresses: readonly string[];
  readonly ports: readonly DiscoveredServicePort[];
  readonly endpoints: readonly DiscoveredEndpoint[];
  readonly srv: readonly DiscoveredRecord[];
}

export interface DiscoveredPod {
  readonly namespace: string;
  readonly name: string;
  /** None before it has started. */
  readonly addresses: readonly string[];
  readonly node?: string;
  readonly phase: string;
  readonly ready: boolean;
  readonly terminating: boolean;
  /** The ports that its containers declare. */
  readonly ports: readonly DiscoveredPort[];
  /** `10-1-2-3.shop.pod.cluster.local`, and its names below headless Services. */
  readonly dnsNames: readonly string[];
  /** The Services that lead to it, by name. */
  readonly services: readonly string[];
}

type Facts = Omit<ZoneFacts, "store"> & {
  readonly store: Pick<StoreReads, "get" | "list" | "byUid" | "revision">;
};

/** Fails with NotFound. */
export function discoveredService(name: string, namespace: string, facts: Facts): DiscoveredService {
  const service = facts.store.get("Service", namespace, name);
  if (!service) throw notFound("services", "Service", name);
  const { type = "ClusterIP", clusterIP, externalName, ports = [] } = service.spec;
  const isAlias = type === "ExternalName";
  return {
    namespace,
    name,
    type,
    dnsName: fullName(service),
    ...(isAlias && externalName !== undefined && { externalName }),
    headless: !isAlias && clusterIP === "None",
    addresses: isAlias ? [] : addressesOf(service),
    ports: ports.map(({ name = "", port, protocol = "TCP", targetPort = port, nodePort }) => ({
      name,
      port,
      protocol,
      targetPort,
      ...(nodePort && { nodePort }),
    })),
    endpoints: isAlias ? [] : endpointsOf(service, facts.store),
    srv: recordsOf(service, facts),
  };
}

/** Fails with NotFound. */
export function discoveredPod(
  name: string,
  namespace: string,
  { store }: Pick<Facts, "store">,
): DiscoveredPod {
  const pod = store.get("Pod", namespace, name);
  if (!pod) throw notFound("pods", "Pod", name);
  const { podIP, podIPs = [], phase = "Pending" } = pod.status ?? {};
  const addresses = [...new Set([podIP ?? [], podIPs.flatMap(({ ip }) => ip ?? [])].flat())];
  const services = servicesOf(pod, store);
  const own = services.flatMap(service =>
    endpointsOf(service, store).flatMap(({ target, dnsName }) =>
      target?.kind === "Pod" && target.name === name && dnsName !== undefined ? [dnsName] : [],
    ),
  );
  const { nodeName, containers = [] } = pod.spec;
  return {
    namespace,
    name,
    addresses,
    ...(nodeName && { node: nodeName }),
    phase,
    ready: isTrue(pod, "Ready"),
    terminating: isTerminating(pod),
    ports: containers.flatMap(({ ports = [] }) =>
      ports.map(({ name = "", containerPort: port, protocol = "TCP" }) => ({ name, port, protocol })),
    ),
    dnsNames: [
      ...addresses.map(address => `${address.replaceAll(/[.:]/g, "-")}.${namespace}.pod.cluster.local`),
      ...own,
    ],
    services: services.map(({ metadata }) => metadata.name),
  };
}

/** What `find` says now, and each answer that differs from the last; ends when the signal is aborted. */
export async function* watched<T>(
  find: () => T,
  store: Pick<StoreReads, "watch">,
  clock: Pick<Clock, "soon">,
  namespace: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  let wake = () => {};
  let isStale = true;
  const stale = () => {
    if (isStale) return;
    isStale = true;
    // Once a turn, however much has changed.
    clock.soon(() => wake());
  };
  const unwatch = ["Service", "EndpointSlice", "Pod"].map(kind =>
    store.watch({ kind }, ({ key }) => {
      if (key.namespace === namespace) stale();
    }),
  );
  const takeBack = signal && onAbort(signal, () => wake());
  try {
    let told: string | undefined;
    while (!signal?.aborted) {
      isStale = false;
      const change = new Promise<void>(resolve => {
        wake = resolve;
      });
      const found = find();
      const text = JSON.stringify(found) ?? "";
      if (text !== told) yield found;
      told = text;
      if (!isStale) await change;
    }
  } finally {
    takeBack?.();
    for (const each of unwatch) each();
  }
}

function endpointsOf(service: Service, store: Facts["store"]): DiscoveredEndpoint[] {
  const isHeadless = service.spec.clusterIP === "None";
  return slicesOf(service, store).flatMap(({ endpoints, ports }) =>
    (endpoints ?? []).flatMap(endpoint => {
      const { addresses, conditions = {}, nodeName, zone, hostname, targetRef } = endpoint;
      const [address] = addresses;
      if (address === undefined) return [];
      const pod = targetRef?.uid === undefined ? undefined : store.byUid(targetRef.uid);
      const { kind, name, namespace = "" } = targetRef ?? {};
      const own = hostname ?? address.replaceAll(".", "-");
      return [
        {
          address,
          ports: (ports ?? []).flatMap(({ name = "", port, protocol = "TCP" }) =>
            port === undefined ? [] : [{ name, port, protocol }],
          ),
          ready: isReady(endpoint, service, store),
          serving: conditions.serving ?? conditions.ready ?? true,
          terminating: conditions.terminating === true || (pod !== undefined && isTerminating(pod)),
          ...(nodeName && { node: nodeName }),
          ...(zone && { zone }),
          ...(isHeadless && { dnsName: `${own}.${fullName(service)}` }),
          ...(kind && name && { target: { kind, namespace, name } }),
        },
      ];
    }),
  );
}

/** The Services with an endpoint that is this pod. */
function servicesOf({ metadata: { uid, namespace = "" } }: Pod, store: Facts["store"]): Service[] {
  const names = store.list("EndpointSlice", { namespace }).flatMap(({ metadata, endpoints }) => {
    const service = metadata.labels?.["kubernetes.io/service-name"];
    const isListed = endpoints?.some(({ targetRef }) => targetRef?.uid === uid);
    return service !== undefined && isListed ? [service] : [];
  });
  return [...new Set(names)].sort().flatMap(name => store.get("Service", namespace, name) ?? []);
}

function recordsOf(service: Service, facts: Facts): DiscoveredRecord[] {
  return (service.spec.ports ?? []).flatMap(({ name: portName, protocol = "TCP" }) => {
    // A port without a name has no record of its own.
    if (!portName) return [];
    const name = `_${portName}._${protocol.toLowerCase()}.${fullName(service)}`;
    const answer = zoneAnswer(name, "SRV", facts);
    if (answer.is !== "records") return [];
    return answer.answers.flatMap(record => {
      if (record.type !== "SRV") return [];
      const { target, port, priority = 0, weight = 0 } = record.data;
      return [{ name, target, port, priority, weight }];
    });
  });
}

function notFound(plural: string, kind: string, name: string): ApiError {
  return new ApiError("NotFound", `${plural} "${name}" not found`, { kind, name });
}
