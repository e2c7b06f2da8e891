/**
 * Score plugins: which of the nodes that can take a pod suits it best. Each score is from 0 to 100 and has a weight; the highest
 * sum wins, and among equals chance decides. The weights are Kubernetes'.
 */
import type { Random } from "../outside/index.ts";
import { matchesTerm, tolerates } from "../resources/index.ts";
import type { PodInfo } from "./filters.ts";
import type { NodeInfo } from "./node-info.ts";

/** The best of the nodes; undefined where there are none. Every equal has the same chance. */
export function best(podInfo: PodInfo, nodeInfos: readonly NodeInfo[], random: Random): NodeInfo | undefined {
  let winner: NodeInfo | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  let equals = 0;
  for (const nodeInfo of nodeInfos) {
    const score = scoreOf(podInfo, nodeInfo);
    if (score < highest) continue;
    equals = score > highest ? 1 : equals + 1;
    if (equals === 1 || random.below(equals) === 0) winner = nodeInfo;
    highest = score;
  }
  return winner;
}

function scoreOf(podInfo: PodInfo, nodeInfo: NodeInfo): number {
  return (
    1 * room(podInfo, nodeInfo) +
    2 * apart(podInfo, nodeInfo) +
    2 * preferred(podInfo, nodeInfo) +
    3 * untainted(podInfo, nodeInfo)
  );
}

/**
 * How much would be free of the node afterwards, on average. Pods that request nothing still need one of the places that a node
 * has for pods.
 */
function room({ requests }: PodInfo, { allocatable, requested }: NodeInfo): number {
  const cpu = freeShare(allocatable.cpu, requested.cpu + requests.cpu);
  const memory = freeShare(allocatable.memory, requested.memory + requests.memory);
  const pods = freeShare(allocatable.pods, requested.pods + requests.pods);
  return (100 * (cpu + memory + pods)) / 3;
}

function freeShare(allocatable: number, requested: number): number {
  return allocatable === 0 ? 0 : Math.max(0, 1 - requested / allocatable);
}

/** How few siblings it would have there: one node that is lost should not take all replicas along. */
function apart({ owner }: PodInfo, { siblings }: NodeInfo): number {
  return owner === undefined ? 100 : 100 / (1 + (siblings.get(owner) ?? 0));
}

/** How much of what the pod would like the node has. */
function preferred({ pod }: PodInfo, { node }: NodeInfo): number {
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
function untainted({ pod }: PodInfo, { node }: NodeInfo): number {
  if (!node.spec?.taints) return 100;
  const disliked = node.spec.taints.filter(
    taint =>
      taint.effect === "PreferNoSchedule" &&
      !pod.spec.tolerations?.some(toleration => tolerates(toleration, taint)),
  );
  return 100 / (1 + disliked.length);
}
