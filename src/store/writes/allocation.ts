/**
 * What is given out, each value to one object at a time: the addresses and node ports of Services. The store is asked what
 * is taken, so there is no list of free ones that could be wrong.
 */
import {
  allocateClusterIP,
  allocateNodePort,
  type Draft,
  type KindDefinition,
  needsClusterIP,
  type Service,
  type ServicePort,
  type ServiceSpec,
  withClusterIP,
} from "../../resources/index.ts";
import type { Store } from "../store.ts";

/** The draft with what it is to be given. Anything but a Service comes back as it is. */
export function allocate(kind: KindDefinition, draft: Draft, store: Store): Draft {
  if (kind.name !== "Service") return draft;
  const { metadata, spec: wanted } = draft as Draft<Service>;
  const seed = metadata.uid ?? metadata.name ?? "";
  const spec = withNodePorts(withAddress(wanted, seed, store), seed, store);
  return spec === wanted ? draft : { ...draft, spec };
}

function withAddress(spec: ServiceSpec, seed: string, store: Store): ServiceSpec {
  if (!needsClusterIP(spec)) return spec;
  const isTaken = (address: string) =>
    store.list("Service", { matchFields: { "spec.clusterIP": address } }).length > 0;
  return withClusterIP(spec, allocateClusterIP(seed, isTaken));
}

function withNodePorts(spec: ServiceSpec, seed: string, store: Store): ServiceSpec {
  const { type, ports = [] } = spec;
  const wantsPorts =
    type === "NodePort" || (type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
  if (!wantsPorts || ports.every(({ nodePort }) => nodePort)) return spec;
  const taken = new Set(
    store
      .list("Service")
      .flatMap(({ spec }) => spec.ports ?? [])
      .map(({ nodePort }) => nodePort),
  );
  for (const { nodePort } of ports) taken.add(nodePort);
  const withPort = (port: ServicePort): ServicePort => {
    if (port.nodePort) return port;
    const nodePort = allocateNodePort(`${seed}/${port.name ?? port.port}`, candidate => taken.has(candidate));
    taken.add(nodePort);
    return { ...port, nodePort };
  };
  return { ...spec, ports: ports.map(withPort) };
}
