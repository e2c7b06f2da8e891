/**
 * NodeAffinity: which nodes a pod insists on, and which it prefers, by their labels or (`matchFields`) their name. An
 * `addedAffinity` in the plugin's arguments holds for all pods of the profile, besides their own.
 */
import {
  isSuited,
  matchesTerm,
  type Node,
  type NodeAffinity,
  type NodeSelectorTerm,
} from "../../resources/index.ts";
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
      const onlyNodes = terms && namesIn(terms);
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
