/**
 * InterPodAffinity: near which pods a pod wants to be, and far from which. What it requires is a filter: affinity means a domain
 * where such a pod is, anti-affinity one where none is, and anti-affinity holds both ways, so that the terms of pods that are
 * there keep it away as well. What it, or they, prefer is a score; a pod that is there and requires such pods near it counts as if it
 * preferred them, with `hardPodAffinityWeight`.
 */
import { hasEnded, type Node, type Pod, type PodAffinityTerm } from "../../resources/index.ts";
import type { Change } from "../../store/index.ts";
import {
  type Filter,
  hint,
  type Look,
  maxScore,
  type Plugin,
  type PreFilterResult,
  type Refusal,
} from "../framework.ts";
import { termsOf } from "../held-terms.ts";
import { labelsIn, type PodSelection, selectedByTerm } from "../pod-selection.ts";
import { affinityRemedies } from "./affinity-remedies.ts";

const tooFar: Refusal = { reasons: ["node(s) didn't match pod affinity rules"], isFinal: true };
const tooNear: Refusal = { reasons: ["node(s) didn't match pod anti-affinity rules"], isFinal: false };
const unwelcome: Refusal = {
  reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"],
  isFinal: false,
};

export interface InterPodAffinityArgs {
  /** From 0 to 100. Default 1. */
  readonly hardPodAffinityWeight?: number;
  /** Whether a pod that prefers nothing itself is not scored, whatever others want of it. Default false. */
  readonly ignorePreferredTermsOfExistingPods?: boolean;
}

export function interPodAffinity(args: InterPodAffinityArgs = {}): Plugin {
  const { hardPodAffinityWeight = 1, ignorePreferredTermsOfExistingPods = false } = args;
  return {
    name: "InterPodAffinity",
    preFilter(pod, handle): PreFilterResult | undefined {
      const filters = [near(pod, handle), notNear(pod, handle), welcome(pod, handle)].filter(
        each => each !== undefined,
      );
      if (filters.length === 0) return undefined;
      return {
        filter: nodeInfo => {
          for (const filter of filters) {
            const refusal = filter(nodeInfo);
            if (refusal) return refusal;
          }
          return undefined;
        },
      };
    },
    preScore(pod, _, handle) {
      if (ignorePreferredTermsOfExistingPods && !prefersAny(pod)) return undefined;
      const wishes = wishesFor(pod, handle, hardPodAffinityWeight);
      if (wishes.length === 0) return undefined;
      return {
        score: nodeInfo => {
          let score = 0;
          for (const { topologyKey, counts, weight } of wishes) {
            const domain = handle.snapshot.domainOf(nodeInfo, topologyKey);
            if (domain !== undefined) score += weight * (counts.get(domain) ?? 0);
          }
          return score;
        },
        normalize: betweenLowestAndHighest,
      };
    },
    remedies: affinityRemedies,
    hints: [hint("Pod", concerns), hint("Node", isElsewhere)],
  };
}

/** In domains where pods are that all terms mean; anywhere with the labels if there is none yet but they mean the pod itself. */
function near(pod: Pod, { snapshot, store }: Look): Filter | undefined {
  const terms = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (!terms?.length) return undefined;
  const selections = terms.map(term => selectedByTerm(term, pod, labelsIn(store)));
  const tally = snapshot.tallyOf(allOf(selections));
  const meansItself = selections.every(({ matches }) => matches(pod));
  return nodeInfo => {
    let isThere = true;
    for (const { topologyKey } of terms) {
      const domain = snapshot.domainOf(nodeInfo, topologyKey);
      if (domain === undefined) return tooFar;
      isThere &&= tally.byDomain(topologyKey).has(domain);
    }
    return isThere ||
      (meansItself && terms.every(({ topologyKey }) => tally.byDomain(topologyKey).size === 0))
      ? undefined
      : tooFar;
  };
}

function notNear(pod: Pod, { snapshot, store }: Look): Filter | undefined {
  const terms = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (!terms?.length) return undefined;
  const counted = terms.map(term => ({
    topologyKey: term.topologyKey,
    tally: snapshot.tallyOf(selectedByTerm(term, pod, labelsIn(store))),
  }));
  return nodeInfo => {
    for (const { topologyKey, tally } of counted) {
      const domain = snapshot.domainOf(nodeInfo, topologyKey);
      if (domain !== undefined && tally.byDomain(topologyKey).has(domain)) return tooNear;
    }
    return undefined;
  };
}

/** Not in a domain where a pod is that wants it away. */
function welcome(pod: Pod, { snapshot }: Look): Filter | undefined {
  const termsNow = () => snapshot.held.about(pod).filter(({ kind }) => kind === "requiredAntiAffinity");
  let terms = termsNow();
  // Pods that were promised a node may bring terms of their own.
  if (terms.length === 0 && !snapshot.hasNominated) return undefined;
  let countedAt = snapshot.revision;
  return nodeInfo => {
    // A term is another when its last holder has gone and come back, as in what preemption tries.
    if (countedAt !== snapshot.revision) {
      countedAt = snapshot.revision;
      terms = termsNow();
    }
    for (const { topologyKey, holders } of terms) {
      const domain = snapshot.domainOf(nodeInfo, topologyKey);
      if (domain !== undefined && holders.byDomain(topologyKey).has(domain)) return unwelcome;
    }
    return undefined;
  };
}

/** So much for each pod that is in the domain. */
interface Wish {
  readonly topologyKey: string;
  readonly counts: ReadonlyMap<string, number>;
  readonly weight: number;
}

function prefersAny(pod: Pod): boolean {
  return termsOf(pod).some(({ weight }) => weight > 0);
}

function wishesFor(pod: Pod, { snapshot, store }: Look, hardWeight: number): Wish[] {
  const wishes: Wish[] = [];
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  if (podAffinity || podAntiAffinity) {
    for (const { kind, weight, term } of termsOf(pod)) {
      if (weight === 0) continue;
      const tally = snapshot.tallyOf(selectedByTerm(term, pod, labelsIn(store)));
      const signed = kind === "preferredAffinity" ? weight : -weight;
      wishes.push({
        topologyKey: term.topologyKey,
        counts: tally.byDomain(term.topologyKey),
        weight: signed,
      });
    }
  }
  for (const { kind, weight, topologyKey, holders } of snapshot.held.about(pod)) {
    const signed = {
      requiredAffinity: hardWeight,
      requiredAntiAffinity: 0,
      preferredAffinity: weight,
      preferredAntiAffinity: -weight,
    }[kind];
    if (signed !== 0) wishes.push({ topologyKey, counts: holders.byDomain(topologyKey), weight: signed });
  }
  return wishes.filter(({ counts }) => counts.size > 0);
}

function betweenLowestAndHighest(scores: number[]): void {
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const score of scores) {
    if (score < lowest) lowest = score;
    if (score > highest) highest = score;
  }
  const span = highest - lowest;
  for (let i = 0; i < scores.length; i++)
    scores[i] = span > 0 ? Math.trunc(maxScore * (((scores[i] ?? 0) - lowest) / span)) : 0;
}

/** The pods that each of the selections means. */
function allOf(selections: readonly PodSelection[]): PodSelection {
  const [only, ...others] = selections;
  if (only && others.length === 0) return only;
  return {
    key: JSON.stringify(selections.map(({ key }) => key)),
    label: only?.label,
    asksForNamespaces: selections.some(({ asksForNamespaces }) => asksForNamespaces),
    matches: pod => selections.every(({ matches }) => matches(pod)),
  };
}

/** Whether a pod that came, changed its labels or went may let this one in. */
function concerns(
  pod: Pod,
  { type, object: other, previous: before }: Change<Pod>,
  { store }: Look,
): boolean {
  const isThere = (each: Pod | undefined) => each?.spec.nodeName !== undefined && !hasEnded(each);
  const now = type !== "DELETED" && isThere(other) ? other : undefined;
  const then = isThere(before) ? before : undefined;
  const selectionsOf = (terms: readonly PodAffinityTerm[] | undefined, holder: Pod) =>
    (terms ?? []).map(term => selectedByTerm(term, holder, labelsIn(store)));
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  const wanted = selectionsOf(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution, pod);
  const isWanted = (each: Pod | undefined) =>
    each !== undefined && wanted.every(({ matches }) => matches(each));
  // Where there is none any more, one that wants its like may be the first.
  if (wanted.length > 0 && isWanted(now) !== isWanted(then)) return true;
  if (!then) return false;
  const unwanted = selectionsOf(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution, pod);
  if (unwanted.some(({ matches }) => matches(then) && !(now && matches(now)))) return true;
  const held = (holder: Pod) => {
    const { podAntiAffinity: terms } = holder.spec.affinity ?? {};
    return selectionsOf(terms?.requiredDuringSchedulingIgnoredDuringExecution, holder).some(({ matches }) =>
      matches(pod),
    );
  };
  return held(then) && !(now && held(now));
}

/** Whether a node that came, or is in another domain now, may let the pod in. */
function isElsewhere(
  pod: Pod,
  { type, object, previous: before }: Change<Node>,
  { snapshot }: Look,
): boolean {
  if (type === "DELETED") return false;
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  const near = (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(keyOf);
  const far = (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(keyOf);
  for (const { kind, topologyKey } of snapshot.held.about(pod))
    if (kind === "requiredAntiAffinity") far.push(topologyKey);
  const domainOf = (node: Node | undefined, key: string) => node?.metadata.labels?.[key];
  const isOther = (key: string) => domainOf(before, key) !== domainOf(object, key);
  if (near.some(key => domainOf(object, key) !== undefined && isOther(key))) return true;
  return far.some(key => !before || (domainOf(before, key) !== undefined && isOther(key)));
}

function keyOf({ topologyKey }: PodAffinityTerm): string {
  return topologyKey;
}
