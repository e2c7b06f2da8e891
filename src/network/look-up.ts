/**
 * Where a host and a port lead inside the cluster, as DNS and kube-proxy would have it: for the programs of containers that
 * connect (wget, curl). A name of a service, with or without its namespace, its ClusterIP, a pod of a headless service, a
 * pod's address; an ExternalName stands for another name, of the cluster or outside of it. What it answers is pods' addresses and ports; undefined: the cluster knows nothing of that name.
 */
import type { FoundName } from "../messages/index.ts";
import type { EndpointSlice, Pod, Service } from "../resources/index.ts";
import type { Store } from "../store/index.ts";
import type { Identity } from "./attachment.ts";
import { type Reading, readings } from "./names.ts";

/** The call `lookUp` of the programs in a container. */
export class NameCalls {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async call(who: Identity, _name: string, [host, port]: readonly unknown[]): Promise<FoundName | undefined> {
    return lookUp(String(host), Number(port), who, this.#store);
  }
}

export function lookUp(
  host: string,
  port: number,
  from: Pick<Identity, "namespace">,
  store: Store,
): FoundName | undefined {
  if (/^[\d.]+$/.test(host)) return ofAddress(host, port, store);
  return ofName(host, port, from.namespace, store, 0);
}

/** So many ExternalNames may lead to each other. */
const mostAliases = 8;

function ofName(
  host: string,
  port: number,
  namespace: string,
  store: Store,
  aliases: number,
): FoundName | undefined {
  for (const reading of readings(host.replace(/\.$/, ""), namespace)) {
    const alias = aliasOf(reading, store);
    if (alias !== undefined) {
      // Only a full name is one of the cluster: DNS does not look an alias up in the namespaces.
      const isOfCluster = /\.svc\.cluster\.local\.?$/.test(alias);
      if (!isOfCluster) return { name: alias, addresses: [], endpoints: [], outside: alias };
      return aliases < mostAliases ? ofName(alias, port, "", store, aliases + 1) : undefined;
    }
    const found = follow(reading, port, store);
    if (found) return found;
  }
  return undefined;
}

function aliasOf({ kind, namespace, name }: Reading, store: Store): string | undefined {
  const { type, externalName } = (kind === "service" && store.get("Service", namespace, name)?.spec) || {};
  return type === "ExternalName" ? externalName : undefined;
}

function ofAddress(address: string, port: number, store: Store): FoundName | undefined {
  const service = store.list("Service").find(({ spec }) => spec?.clusterIP === address);
  if (service) return ofService(service, port, store);
  const pod = store.list("Pod").find(({ status }) => status?.podIP === address);
  return pod && ofPod(pod.metadata.name, address, port);
}

function ofPod(name: string, podIP: string, port: number): FoundName {
  return { name, addresses: [podIP], endpoints: [{ podIP, port }] };
}

function follow(reading: Reading, port: number, store: Store): FoundName | undefined {
  const { kind, namespace, name } = reading;
  if (kind === "service") {
    const service = store.get("Service", namespace, name);
    return service && ofService(service, port, store);
  }
  // A pod has a name of its own only below a service.
  if (kind !== "pod-of-service") return undefined;
  const pod = store.get("Pod", namespace, name) as Pod | undefined;
  const podIP = pod?.spec.subdomain === reading.service ? pod.status?.podIP : undefined;
  if (podIP === undefined) return undefined;
  return ofPod(`${name}.${reading.service}.${namespace}.svc.cluster.local`, podIP, port);
}

function ofService({ metadata, spec }: Service, port: number, store: Store): FoundName {
  const { namespace = "", name } = metadata;
  const matchLabels = { "kubernetes.io/service-name": name };
  const slices = store.list("EndpointSlice", { namespace, matchLabels });
  const isHeadless = spec?.clusterIP === "None";
  const portName = spec?.ports?.find(each => each.port === port)?.name ?? "";
  const endpoints = slices.flatMap(slice => {
    const target = isHeadless ? port : portOf(slice, portName, spec, port);
    return target === undefined ? [] : readyAddresses(slice, spec).map(podIP => ({ podIP, port: target }));
  });
  const pods = slices.flatMap(slice => readyAddresses(slice, spec));
  const { clusterIP } = spec ?? {};
  return {
    name: `${name}.${namespace}.svc.cluster.local`,
    addresses: clusterIP && !isHeadless ? [clusterIP] : pods,
    endpoints,
  };
}

function readyAddresses({ endpoints = [] }: EndpointSlice, spec: Service["spec"]): string[] {
  const isWanted = (ready: boolean | undefined) => ready !== false || spec?.publishNotReadyAddresses === true;
  return (endpoints ?? []).flatMap(({ addresses, conditions }) =>
    isWanted(conditions?.ready) ? addresses : [],
  );
}

/** Undefined where the service has no such port. */
function portOf(
  { ports = [] }: EndpointSlice,
  name: string,
  spec: Service["spec"],
  asked: number,
): number | undefined {
  if (!spec?.ports?.some(({ port }) => port === asked)) return undefined;
  return ports?.find(port => (port.name ?? "") === name)?.port;
}
