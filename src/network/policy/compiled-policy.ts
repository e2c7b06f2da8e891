/**
 * A NetworkPolicy, prepared for verdicts: which pods it selects, and for each direction the rules that allow. Semantics as in
 * `NetworkPolicySpec` of networking.k8s.io/v1: an absent list of peers means all peers, an absent list of ports all ports.
 */
import { BlockList, isIPv6 } from "node:net";
import {
  type Labels,
  matchesSelector,
  type NetworkPolicy,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
} from "../../resources/index.ts";
import type { PolicyEnd, PolicyPod } from "./policy-end.ts";

export type Direction = "Ingress" | "Egress";

export interface CompiledPolicy {
  /** `namespace/name` */
  readonly id: string;
  /** Whether it is about this pod of its namespace. */
  selects(pod: PolicyPod): boolean;
  /** What it allows; undefined where it is not about this direction. */
  readonly rules: Readonly<Partial<Record<Direction, readonly CompiledRule[]>>>;
}

interface CompiledRule {
  /** Whether the end at the other side is one of its peers. */
  allowsPeer(peer: PolicyEnd, labelsOf: NamespaceLabels): boolean;
  /**
   * Whether it allows the port of the receiving end.
   * @param port undefined: a message, which has no port; every rule allows it, whatever ports it lists
   */
  allowsPort(receiver: PolicyEnd, port: number | undefined, protocol: string): boolean;
}

/** The labels of a namespace. */
export type NamespaceLabels = (namespace: string) => Labels;

export function compiled({ metadata, spec }: NetworkPolicy): CompiledPolicy {
  const { namespace = "", name } = metadata;
  const { podSelector = {}, ingress, egress, policyTypes } = spec ?? {};
  // As the API server defaults it: ingress always, egress where there are rules for it.
  const types = policyTypes?.length ? policyTypes : ["Ingress", ...(egress ? ["Egress"] : [])];
  const rule = (peers: readonly NetworkPolicyPeer[] = [], ports: readonly NetworkPolicyPort[] = []) =>
    ruleOf(peers, ports, namespace);
  return {
    id: `${namespace}/${name}`,
    selects: pod =>
      pod.namespace === namespace && !pod.isHostNetwork && matchesSelector(podSelector, pod.labels, pod.name),
    rules: {
      ...(types.includes("Ingress") && {
        Ingress: (ingress ?? []).map(({ from, ports }) => rule(from, ports)),
      }),
      ...(types.includes("Egress") && { Egress: (egress ?? []).map(({ to, ports }) => rule(to, ports)) }),
    },
  };
}

function ruleOf(
  peers: readonly NetworkPolicyPeer[],
  ports: readonly NetworkPolicyPort[],
  namespace: string,
): CompiledRule {
  const tests = peers.map(peer => peerTest(peer, namespace));
  return {
    allowsPeer: (peer, labelsOf) => tests.length === 0 || tests.some(test => test(peer, labelsOf)),
    allowsPort: (receiver, port, protocol) =>
      port === undefined || ports.length === 0 || ports.some(each => isPort(each, receiver, port, protocol)),
  };
}

function peerTest(
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
  namespace: string,
): CompiledRule["allowsPeer"] {
  if (ipBlock) {
    const within = blockOf([ipBlock.cidr]);
    const except = blockOf(ipBlock.except ?? []);
    return ({ addresses }) => addresses.some(address => isIn(within, address) && !isIn(except, address));
  }
  return ({ pod }, labelsOf) => {
    if (!pod || pod.isHostNetwork) return false;
    const isNamespace = namespaceSelector
      ? matchesSelector(namespaceSelector, labelsOf(pod.namespace), pod.namespace)
      : pod.namespace === namespace;
    return isNamespace && (!podSelector || matchesSelector(podSelector, pod.labels, pod.name));
  };
}

function blockOf(blocks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) {
    const [address = "", length = ""] = block.split("/");
    list.addSubnet(address, Number(length), familyOf(address));
  }
  return list;
}

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, familyOf(address));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}

/** A named port is the one of the receiving pod, in either direction. */
function isPort(
  { port: wanted, endPort, protocol: wantedProtocol = "TCP" }: NetworkPolicyPort,
  { pod }: PolicyEnd,
  port: number,
  protocol: string,
): boolean {
  if (wantedProtocol !== protocol) return false;
  if (wanted === undefined) return true;
  if (typeof wanted === "number") return port >= wanted && port <= (endPort ?? wanted);
  return (
    pod?.ports.some(each => each.name === wanted && each.number === port && each.protocol === protocol) ??
    false
  );
}
