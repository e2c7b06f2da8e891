/**
 * Neighbours: what a pod asks of the pods around it, and they of it. Affinity (near these), anti-affinity (not near those;
 * it holds both ways) and topology spread (as evenly as that) are all about domains, the nodes that have the same value of
 * a label, and all count which pods are in which domain. That is counted once for a pod, before any node is asked: it reads
 * all pods, so only those pay for it that ask for it.
 *
 * Left out: what a pod would merely prefer, `matchLabelKeys`, and of a `namespaceSelector` all but the namespace's name.
 */
import {
  isSuited,
  matchesSelector,
  type Pod,
  type PodAffinityTerm,
  type TopologySpreadConstraint,
} from "../resources/index.ts";
import type { Filter, Refusal } from "./filters.ts";
import type { NodeInfo } from "./node-info.ts";
import type { Snapshot } from "./snapshot.ts";

const tooFar: Refusal = { reasons: ["node(s) didn't match pod affinity rules"], isFinal: true };
const tooNear: Refusal = { reasons: ["node(s) didn't match pod anti-affinity rules"], isFinal: false };
const unwelcome: Refusal = {
  reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"],
  isFinal: false,
};
const uneven: Refusal = {
  reasons: ["node(s) didn't match pod topology spread constraints"],
  isFinal: false,
};
const nowhere: Refusal = {
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
  isFinal: true,
};

/** The filters that this pod brings along, in the order in which Kubernetes asks them. */
export function interPodFilters(pod: Pod, snapshot: Snapshot): Filter[] {
  const { topologySpreadConstraints = [] } = pod.spec;
  const podsWithAntiAffinity = domainsThatMind(pod, snapshot);
  return [
    ...topologySpreadConstraints
      .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === "DoNotSchedule")
      .map(constraint => evenly(constraint, pod, snapshot)),
    ...affinityOf(pod).map(term => near(term, pod, snapshot)),
    ...antiAffinityOf(pod).map(term => notNear(term, pod, snapshot)),
    ...(podsWithAntiAffinity.size > 0 ? [welcome(podsWithAntiAffinity)] : []),
  ];
}

/** Whether another pod's coming may let this one fit: then it is worth trying again though no room was given back. */
export function dependsOnOtherPods(pod: Pod): boolean {
  return affinityOf(pod).length > 0 || (pod.spec.topologySpreadConstraints?.length ?? 0) > 0;
}

/** In a domain where a pod is that the term means; anywhere with the label if there is none yet but it means the pod itself. */
function near(term: PodAffinityTerm, pod: Pod, snapshot: Snapshot): Filter {
  const counts = countByDomain(snapshot, term.topologyKey, other => isMeant(term, pod, other));
  const isFirst = counts.size === 0 && isMeant(term, pod, pod);
  return (_, nodeInfo) => {
    const domain = domainOf(nodeInfo, term.topologyKey);
    return domain !== undefined && (isFirst || counts.has(domain)) ? undefined : tooFar;
  };
}

function notNear(term: PodAffinityTerm, pod: Pod, snapshot: Snapshot): Filter {
  const counts = countByDomain(snapshot, term.topologyKey, other => isMeant(term, pod, other));
  return (_, nodeInfo) => {
    const domain = domainOf(nodeInfo, term.topologyKey);
    return domain !== undefined && counts.has(domain) ? tooNear : undefined;
  };
}

/** Not in a domain (`key=value`) where a pod is that wants it away. */
function welcome(requested: ReadonlySet<string>): Filter {
  return (_, { node }) => {
    for (const [key, value] of Object.entries(node.metadata.labels ?? {}))
      if (requested.has(`${key}=${value}`)) return unwelcome;
    return undefined;
  };
}

function domainsThatMind(pod: Pod, snapshot: Snapshot): Set<string> {
  const requested = new Set<string>();
  for (const { pod: other, nodeInfo } of snapshot.podsWithAntiAffinity()) {
    for (const term of antiAffinityOf(other)) {
      const domain = domainOf(nodeInfo, term.topologyKey);
      if (domain !== undefined && isMeant(term, other, pod)) requested.add(`${term.topologyKey}=${domain}`);
    }
  }
  return requested;
}

/** No domain may be ahead of the emptiest by more than `maxSkew`. Nodes that the pod does not want make no domain. */
function evenly(constraint: TopologySpreadConstraint, pod: Pod, snapshot: Snapshot): Filter {
  const { topologyKey, labelSelector, maxSkew, minDomains = 1 } = constraint;
  const isAlike = (other: Pod) =>
    other.metadata.namespace === pod.metadata.namespace &&
    matchesSelector(labelSelector, other.metadata.labels);
  const counts = countByDomain(snapshot, topologyKey, isAlike);
  const domains = new Set<string>();
  for (const nodeInfo of snapshot.nodeInfos) {
    const domain = domainOf(nodeInfo, topologyKey);
    if (domain !== undefined && isSuited(pod, nodeInfo.node)) domains.add(domain);
  }
  const fewest =
    domains.size < minDomains ? 0 : Math.min(...[...domains].map(domain => counts.get(domain) ?? 0));
  const own = isAlike(pod) ? 1 : 0;
  return (_, nodeInfo) => {
    const domain = domainOf(nodeInfo, topologyKey);
    if (domain === undefined) return nowhere;
    return (counts.get(domain) ?? 0) + own - fewest > maxSkew ? uneven : undefined;
  };
}

/** How many pods that match are in each domain; domains without one are left out. */
function countByDomain(
  snapshot: Snapshot,
  topologyKey: string,
  matches: (pod: Pod) => boolean,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const nodeInfo of snapshot.nodeInfos) {
    const domain = domainOf(nodeInfo, topologyKey);
    if (domain === undefined) continue;
    for (const pod of nodeInfo.pods.values())
      if (matches(pod)) counts.set(domain, (counts.get(domain) ?? 0) + 1);
  }
  return counts;
}

/** Whether the term, which is one of `holder`, is about this pod. */
function isMeant({ labelSelector, namespaces, namespaceSelector }: PodAffinityTerm, holder: Pod, pod: Pod) {
  const { namespace = "", labels } = pod.metadata;
  const isNamed = namespaces?.includes(namespace) ?? false;
  const isSelected = matchesSelector(namespaceSelector, { "kubernetes.io/metadata.name": namespace });
  const isOwn = !namespaces && !namespaceSelector && namespace === holder.metadata.namespace;
  return (isNamed || isSelected || isOwn) && matchesSelector(labelSelector, labels);
}

function domainOf({ node }: NodeInfo, topologyKey: string): string | undefined {
  const { labels } = node.metadata;
  // A label may be called like what every object has: `constructor`.
  return labels && Object.hasOwn(labels, topologyKey) ? labels[topologyKey] : undefined;
}

function affinityOf({ spec }: Pod): readonly PodAffinityTerm[] {
  return spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}

function antiAffinityOf({ spec }: Pod): readonly PodAffinityTerm[] {
  return spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}
