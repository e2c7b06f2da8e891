/**
 * One end of a connection as NetworkPolicies see it: a pod with its labels, addresses and named ports, or an address that
 * belongs to no pod. It holds only what a verdict depends on, so a pod whose status changes keeps the end that it has.
 */

import { unmapped } from "../../outside/index.ts";
import { type Pod, servingContainers } from "../../resources/index.ts";

export interface PolicyEnd {
  /** The pod; undefined for an address outside of the cluster. */
  readonly pod?: PolicyPod;
  /** Its IP addresses; none where a pod has none yet. */
  readonly addresses: readonly string[];
}

export interface PolicyPod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly node: string;
  /** It uses the network of its node: no policy selects it, and only IP blocks mean it. */
  readonly isHostNetwork: boolean;
  /** The ports of its containers that have a name. */
  readonly ports: readonly NamedPort[];
}

interface NamedPort {
  readonly name: string;
  readonly number: number;
  readonly protocol: string;
}

export function endOfPod(pod: Pod): PolicyEnd {
  const { metadata, spec, status } = pod;
  const { uid, namespace = "", name, labels = {} } = metadata;
  const ports = (spec ? servingContainers(pod) : []).flatMap(container =>
    (container.ports ?? []).flatMap(({ name, containerPort, protocol = "TCP" }) =>
      name ? [{ name, number: containerPort, protocol }] : [],
    ),
  );
  const { nodeName = "", hostNetwork = false } = spec ?? {};
  return {
    pod: { uid, namespace, name, labels, node: nodeName, isHostNetwork: hostNetwork, ports },
    addresses: addressesOf(status),
  };
}

/** The IP addresses of a pod, each once. */
export function addressesOf(status: Pod["status"]): string[] {
  const { podIP, podIPs = [] } = status ?? {};
  return [...new Set([...(podIP ? [podIP] : []), ...podIPs.flatMap(({ ip }) => ip ?? [])])];
}

/** An address that belongs to no pod. */
export function outside(address: string): PolicyEnd {
  return { addresses: [address] };
}

/** An IPv4 address that is written in IPv6's way (`::ffff:10.0.0.1`, as a socket of both families tells it) is that IPv4 address. */
export function plainAddress(address: string): string {
  return unmapped(address).toLowerCase();
}

/** For messages to people: `pod shop/web`, `203.0.113.7`. */
export function nameOfEnd({ pod, addresses }: PolicyEnd): string {
  return pod ? `pod ${pod.namespace}/${pod.name}` : (addresses[0] ?? "an unknown address");
}
