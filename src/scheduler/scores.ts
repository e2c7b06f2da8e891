/**
 * Scores: which of the nodes that can take a pod suits it best. Each score is from 0 to 100 and has a weight; the highest
 * sum wins, and among equals chance decides. The weights are Kubernetes'.
 */
import type { Random } from "../outside/index.ts";
import { controllerOf, tolerates } from "../resources/index.ts";
import type { Wish } from "./filters.ts";
import { matchesTerm } from "./node-affinity.ts";
import type { Place } from "./place.ts";

export interface Score {
  readonly name: string;
  readonly weight: number;
  of(wish: Wish, place: Place): number;
}

export const scores: readonly Score[] = [
  { name: "room", weight: 1, of: room },
  { name: "apart", weight: 2, of: apart },
  { name: "preferred", weight: 2, of: preferred },
  { name: "untainted", weight: 3, of: untainted },
];

/** The best of the places, of which there must be one at least. Every equal has the same chance. */
export function best(wish: Wish, places: readonly [Place, ...Place[]], random: Random): Place {
  let [winner] = places;
  let highest = Number.NEGATIVE_INFINITY;
  let equals = 0;
  for (const place of places) {
    const score = scoreOf(wish, place);
    if (score < highest) continue;
    equals = score > highest ? 1 : equals + 1;
    if (equals === 1 || random.below(equals) === 0) winner = place;
    highest = score;
  }
  return winner;
}

export function scoreOf(wish: Wish, place: Place): number {
  let sum = 0;
  for (const { weight, of } of scores) sum += weight * of(wish, place);
  return sum;
}

/** How much would be free of the node afterwards, on average. Pods that request nothing still need their place among pods. */
function room({ requests }: Wish, { capacity, taken }: Place): number {
  let free = 0;
  let kinds = 0;
  for (const resource of weighed) {
    const has = capacity.get(resource) ?? 0;
    if (has === 0) continue;
    free += 1 - ((taken.get(resource) ?? 0) + (requests.get(resource) ?? 0)) / has;
    kinds++;
  }
  return kinds === 0 ? 0 : (100 * Math.max(0, free)) / kinds;
}

const weighed = ["cpu", "memory", "pods"] as const;

/** How few siblings it would have there: one node that is lost should not take all replicas along. */
function apart({ pod }: Wish, { siblings }: Place): number {
  const owner = controllerOf(pod)?.uid;
  return owner === undefined ? 100 : 100 / (1 + (siblings.get(owner) ?? 0));
}

/** How much of what the pod would like the node has. */
function preferred({ pod }: Wish, { node }: Place): number {
  const terms = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
  if (!terms) return 0;
  const all = terms.reduce((sum, { weight }) => sum + weight, 0);
  const met = terms.reduce(
    (sum, { weight, preference }) => (matchesTerm(preference, node) ? sum + weight : sum),
    0,
  );
  return all === 0 ? 0 : (100 * met) / all;
}

/** How few taints there are that would rather not have it. */
function untainted({ pod }: Wish, { node }: Place): number {
  if (!node.spec?.taints) return 100;
  const disliked = node.spec.taints.filter(
    taint =>
      taint.effect === "PreferNoSchedule" &&
      !pod.spec.tolerations?.some(toleration => tolerates(toleration, taint)),
  );
  return 100 / (1 + disliked.length);
}
