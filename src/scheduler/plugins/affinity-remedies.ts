/**
 * What would have to change for a node that InterPodAffinity refuses: which term finds no pod in the node's domain, and where there are
 * some; or which pod, on which node, keeps this one away.
 */
import type { Pod, PodAffinityTerm } from "../../resources/index.ts";
import { missingLabel, namesOf } from "../explain.ts";
import type { Look } from "../framework.ts";
import { termsOf } from "../held-terms.ts";
import type { NodeInfo } from "../node-info.ts";
import { labelsIn, type PodSelection, selectedByTerm, selectionText } from "../pod-selection.ts";
import type { Tally } from "../tally.ts";

type Remedies = (nodeInfo: NodeInfo) => readonly string[];

export function affinityRemedies(pod: Pod, look: Look): Remedies {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  const asked = [
    near(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [], pod, look),
    notNear(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [], pod, look),
    welcome(pod, look),
  ];
  return nodeInfo => asked.flatMap(each => each(nodeInfo));
}

/** Several terms mean the pods that all of them select. */
function near(terms: readonly PodAffinityTerm[], pod: Pod, { snapshot, store }: Look): Remedies {
  const selections = terms.map(term => selectedByTerm(term, pod, labelsIn(store)));
  const matches = (other: Pod) => selections.every(each => each.matches(other));
  const wanted = [...new Set(selections.map(selectionText))].join(" and ");
  const topologies = [...new Set(terms.map(({ topologyKey }) => topologyKey))].map(topologyKey => {
    const domains = new Set<string>();
    for (const nodeInfo of snapshot.nodeInfos) {
      const domain = snapshot.domainOf(nodeInfo, topologyKey);
      if (domain === undefined || domains.has(domain)) continue;
      if ([...nodeInfo.pods.values()].some(matches)) domains.add(domain);
    }
    return { topologyKey, domains };
  });
  // The first of its own sort may go anywhere.
  const isFirst = matches(pod) && topologies.every(({ domains }) => domains.size === 0);
  return nodeInfo =>
    topologies.flatMap(({ topologyKey, domains }) => {
      const domain = snapshot.domainOf(nodeInfo, topologyKey);
      if (domain === undefined)
        return [
          `${missingLabel(topologyKey, topologyKey, nodeInfo.labels)}, by which the pod wants others near`,
        ];
      if (isFirst || domains.has(domain)) return [];
      return [`a pod ${wanted} in ${topologyKey}=${domain} (${whereOf(topologyKey, [...domains])})`];
    });
}

function whereOf(topologyKey: string, domains: readonly string[]): string {
  if (domains.length === 0) return "there is none on any node";
  const more = domains.length > mostDomains ? ` and ${domains.length - mostDomains} more` : "";
  return `such pods are in ${topologyKey}=${domains.slice(0, mostDomains).join(", ")}${more}`;
}

/** So many domains are named. */
const mostDomains = 3;

function notNear(terms: readonly PodAffinityTerm[], pod: Pod, look: Look): Remedies {
  const asked = terms.map(term => {
    const selection = selectedByTerm(term, pod, labelsIn(look.store));
    const tally = look.snapshot.tallyOf(selection);
    return { selection, foundIn: finding(term.topologyKey, tally, selection.matches, look) };
  });
  return nodeInfo =>
    asked.flatMap(({ selection, foundIn }) => {
      const found = foundIn(nodeInfo);
      return found
        ? [`no pod ${selectionText(selection)} in ${found.domain}, where now is ${found.names}`]
        : [];
    });
}

/** The terms of pods that are there hold against those that come. */
function welcome(pod: Pod, look: Look): Remedies {
  const held = look.snapshot.held
    .about(pod)
    .filter(({ kind }) => kind === "requiredAntiAffinity")
    .map(({ topologyKey, selection, holders }) => {
      const holds = (other: Pod) => holdsTerm(other, topologyKey, selection, look.store);
      return { selection, foundIn: finding(topologyKey, holders, holds, look) };
    });
  return nodeInfo =>
    held.flatMap(({ selection, foundIn }) => {
      const found = foundIn(nodeInfo);
      if (!found) return [];
      return [
        `no pod in ${found.domain} that wants none ${selectionText(selection)} near it, as ${found.names} does`,
      ];
    });
}

function holdsTerm(holder: Pod, topologyKey: string, { key }: PodSelection, store: Look["store"]): boolean {
  return termsOf(holder).some(
    ({ kind, term }) =>
      kind === "requiredAntiAffinity" &&
      term.topologyKey === topologyKey &&
      selectedByTerm(term, holder, labelsIn(store)).key === key,
  );
}

interface Found {
  readonly domain: string;
  readonly names: string;
}

/**
 * Which pods keep the pod out of a node's domain: all of the first node there that has any. `tally`: where they are. The nodes are
 * gone over once, not for each that asks.
 */
function finding(
  topologyKey: string,
  tally: Tally,
  matches: (pod: Pod) => boolean,
  { snapshot }: Look,
): (nodeInfo: NodeInfo) => Found | undefined {
  const firstIn = new Map<string, NodeInfo>();
  for (const nodeInfo of snapshot.nodeInfos) {
    const domain = tally.on(nodeInfo) > 0 ? snapshot.domainOf(nodeInfo, topologyKey) : undefined;
    if (domain !== undefined && !firstIn.has(domain)) firstIn.set(domain, nodeInfo);
  }
  return nodeInfo => {
    const domain = snapshot.domainOf(nodeInfo, topologyKey);
    const there = domain === undefined ? undefined : firstIn.get(domain);
    if (!there) return undefined;
    const pods = [...there.pods.values()].filter(matches);
    return { domain: `${topologyKey}=${domain}`, names: `${namesOf(pods)} on ${there.node.metadata.name}` };
  };
}
