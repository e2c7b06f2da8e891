/**
 * Scores: which of the nodes that can take a pod suits it best. Each score is from 0 to 100 and has a weight; the highest
 * sum wins, and among equals chance decides. The weights are Kubernetes'.
 */
import type { Random } from "../outside/index.ts";
import { tolerates } from "../resources/index.ts";
import type { Wish } from "./filters.ts";
import { matchesTerm } from "./node-affinity.ts";
import type { Place } from "./place.ts";

/** The best of the places; undefined where there are none. Every equal has the same chance. */
export function best(wish: Wish, places: readonly Place[], random: Random): Place | undefined {
  let winner: Place | undefined;
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

function scoreOf(wish: Wish, place: Place): number {
  return (
    1 * room(wish, place) + 2 * apart(wish, place) + 2 * preferred(wish, place) + 3 * untainted(wish, place)
  );
}

/** How much would be free of the node afterwards, on average. Pods that request nothing still need their place among pods. */
function room({ requests }: Wish, { capacity, taken }: Place): number {
  const cpu = freeShare(capacity.cpu, taken.cpu + requests.cpu);
  const memory = freeShare(capacity.memory, taken.memory + requests.memory);
  const pods = freeShare(capacity.pods, taken.pods + requests.pods);
  return (100 * (cpu + memory + pods)) / 3;
}

function freeShare(capacity: number, taken: number): number {
  return capacity === 0 ? 0 : Math.max(0, 1 - taken / capacity);
}

/** How few siblings it would have there: one node that is lost should not take all replicas along. */
function apart({ owner }: Wish, { siblings }: Place): number {
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
