/**
 * NodeAffinity: which nodes a pod insists on, and which it prefers, by their labels or (`matchFields`) their name. An
 * `addedAffinity` in the plugin's arguments holds for all pods of the profile, besides their own.
 */
import {
  formatLabelSelector,
  isSuited,
  type Labels,
  matchesTerm,
  type Node,
  type NodeAffinity,
  type NodeSelectorRequirement,
  type NodeSelectorTerm,
} from "../../resources/index.ts";
import { missingLabel } from "../explain.ts";
import { hint, normalizeByHighest, type Plugin, type PreFilterResult, type Refusal } from "../framework.ts";

const refusal: Refusal = { reasons: ["node(s) didn't match Pod's node affinity/selector"], isFinal: true };
const refusedByProfile: Refusal = {
  reasons: ["node(s) didn't match scheduler-enforced node affinity"],
  isFinal: true,
};
const conflict = "pod affinity terms conflict";

export interface NodeAffinityArgs {
  readonly addedAffinity?: NodeAffinity;
}

export function nodeAffinity({ addedAffinity }: NodeAffinityArgs = {}): Plugin {
  const added = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const addedPreferences = addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const isAllowed = (node: Node) => !added || added.some(term => matchesTerm(term, node));
  return {
    name: "NodeAffinity",
    preFilter(pod): PreFilterResult | undefined {
      const { nodeSelector, affinity } = pod.spec;
      const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
      if (!nodeSelector && !terms && !added) return undefined;
      const onlyNodes = terms?.length ? namesIn(terms) : undefined;
      if (onlyNodes?.size === 0) return { rejection: conflict };
      const filter = ({ node }: { readonly node: Node }) => {
        if (!isAllowed(node)) return refusedByProfile;
        return isSuited(pod, node) ? undefined : refusal;
      };
      return { filter, onlyNodes };
    },
    preScore({ spec }) {
      const own = spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
      const preferences = [...addedPreferences, ...own];
      if (preferences.length === 0) return undefined;
      return {
        score: ({ node }) => {
          let score = 0;
          for (const { weight, preference } of preferences)
            if (matchesTerm(preference, node)) score += weight;
          return score;
        },
        normalize: normalizeByHighest,
      };
    },
    remedies({ spec }) {
      const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
      const own = required?.nodeSelectorTerms;
      return ({ node }) => [
        ...missingOf(spec.nodeSelector, node),
        ...(own && !own.some(term => matchesTerm(term, node)) ? [oneOf(own, node)] : []),
        ...(isAllowed(node) || !added
          ? []
          : [`${oneOf(added, node)}, which the profile demands of every pod`]),
      ];
    },
    hints: [
      hint("Node", (pod, { object, previous }) => {
        const fits = (node: Node) => isAllowed(node) && isSuited(pod, node);
        return fits(object) && !(previous && fits(previous));
      }),
    ],
  };
}

/** The names of the only nodes that the terms can mean; undefined where one of them names none. */
function namesIn(terms: readonly NodeSelectorTerm[]): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (const { matchFields = [] } of terms) {
    const lists = matchFields
      .filter(({ key, operator }) => key === "metadata.name" && operator === "In")
      .map(({ values = [] }) => values);
    const [first, ...others] = lists;
    if (!first) return undefined;
    for (const name of first) if (others.every(list => list.includes(name))) names.add(name);
  }
  return names;
}

/** What a node selector asks for and the node has not. */
function missingOf(selector: Labels = {}, { metadata: { labels } }: Node): string[] {
  return Object.entries(selector)
    .filter(([key, value]) => labels?.[key] !== value)
    .map(([key, value]) => missingLabel(key, `${key}=${value}`, labels));
}

/** One of these terms, of each what is not so. */
export function oneOf(terms: readonly NodeSelectorTerm[], node: Node): string {
  return terms.map(term => unmetOf(term, node)).join(", or ");
}

function unmetOf({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): string {
  const labels = matchExpressions
    .filter(each => !matchesTerm({ matchExpressions: [each] }, node))
    .map(each => missingLabel(each.key, textOf(each), node.metadata.labels));
  const fields = matchFields
    .filter(each => !matchesTerm({ matchFields: [each] }, node))
    .map(each => `a node with ${textOf(each)}`);
  const unmet = [...labels, ...fields];
  return unmet.length > 0 ? unmet.join(" and ") : "a term that asks for something: this one is empty";
}

function textOf(requirement: NodeSelectorRequirement): string {
  return formatLabelSelector({ matchExpressions: [requirement] });
}
