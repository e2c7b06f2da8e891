/**
 * DefaultPreemption: a pod that fits nowhere may take the place of less important ones. On each node that would fit without some
 * of those, the fewest and least important are looked for whose going lets the pod in, those that a disruption budget guards last;
 * of the nodes, the one where least is lost is chosen. This file decides alone; preemption.ts asks the victims to go, who keep
 * their grace period, and promises the node to the pod (`status.nominatedNodeName`).
 */
import {
  conditionOf,
  disruptionTarget,
  guards,
  isTerminating,
  type Pod,
  type PodDisruptionBudget,
} from "../../resources/index.ts";
import { namesOf, ReasonCounts } from "../explain.ts";
import type { Asked, Handle, Look, Plugin, PostFilterResult, Unschedulable } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import { priorityOf } from "./priority-sort.ts";

export interface DefaultPreemptionArgs {
  /** How many nodes are looked at: so many percent of those that come into question, default 10, … */
  readonly minCandidateNodesPercentage?: number;
  /** … but at least so many, default 100. */
  readonly minCandidateNodesAbsolute?: number;
}

/** A node that would fit if its victims, the most important first, were gone. */
export interface Candidate {
  readonly nodeInfo: NodeInfo;
  readonly victims: readonly Pod[];
  /** How many of them a budget guards that allows no more to go. */
  readonly violations: number;
}

const noVictims = ["No preemption victims found for incoming pod"];
const notHelpful = ["Preemption is not helpful for scheduling"];

export function defaultPreemption(args: DefaultPreemptionArgs = {}): Plugin {
  const { minCandidateNodesPercentage = 10, minCandidateNodesAbsolute = 100 } = args;
  return {
    name: "DefaultPreemption",
    postFilter(unschedulable, handle): PostFilterResult {
      const ineligible = whyNotEligible(unschedulable, handle);
      if (ineligible) return { message: `preemption: ${ineligible}`, keepsNomination: true };
      const potential: NodeInfo[] = [];
      for (const [node, { isFinal }] of unschedulable.refusals) if (!isFinal) potential.push(node);
      const enough = Math.max(
        Math.trunc((potential.length * minCandidateNodesPercentage) / 100),
        minCandidateNodesAbsolute,
      );
      const { candidates, failures } = candidatesAmong(potential, enough, unschedulable, handle);
      const best = bestOf(candidates);
      if (best) return { nominated: best.nodeInfo, victims: best.victims };
      const reasons = new ReasonCounts();
      for (const failure of failures) reasons.add(failure);
      reasons.add(notHelpful, unschedulable.nodes - failures.length);
      const message = `preemption: 0/${unschedulable.nodes} nodes are available: ${reasons}.`;
      return { message, keepsNomination: false };
    },
    prospect: prospectOn,
  };
}

/** What preemption could do on one node, as things are. */
function prospectOn(nodeInfo: NodeInfo, asked: Asked, look: Look): string {
  const { pod, refusals } = asked;
  if (pod.spec.preemptionPolicy === "Never") return "not tried: the pod's preemptionPolicy is Never";
  if (refusals.get(nodeInfo)?.isFinal) return "no pod that goes would help";
  const priority = priorityOf(pod);
  const found = victimsOn(nodeInfo, asked, look.store.list("PodDisruptionBudget"), look);
  if ("victims" in found) {
    const guarded = found.violations > 0 ? `, of which a disruption budget guards ${found.violations}` : "";
    return `${namesOf(found.victims)} would have to go${guarded}`;
  }
  const less = [...nodeInfo.pods.values()].filter(other => priorityOf(other) < priority).length;
  if (less === 0) return `no pod there is less important (of a priority below ${priority})`;
  const without = less === 1 ? "the one less important pod" : `the ${less} less important pods`;
  return `it would not fit without ${without} either: ${found.reasons.join(", ")}`;
}

/** Why the pod may push no others out. */
function whyNotEligible({ pod, refusals }: Unschedulable, { snapshot }: Handle): string | undefined {
  if (pod.spec.preemptionPolicy === "Never") return "not eligible due to preemptionPolicy=Never.";
  const nominated = snapshot.nodeInfo(pod.status?.nominatedNodeName ?? "");
  if (!nominated || refusals.get(nominated)?.isFinal) return undefined;
  const isGoing = (other: Pod) =>
    priorityOf(other) < priorityOf(pod) && isTerminating(other) && isPreempted(other);
  return [...nominated.pods.values()].some(isGoing)
    ? "not eligible due to a terminating pod on the nominated node."
    : undefined;
}

function isPreempted(pod: Pod): boolean {
  const condition = conditionOf(pod, disruptionTarget);
  return condition?.status === "True" && condition.reason === "PreemptionByScheduler";
}

/** Begins at any of the nodes, so that not always the same ones are looked at. */
function candidatesAmong(
  nodeInfos: readonly NodeInfo[],
  enough: number,
  unschedulable: Unschedulable,
  handle: Handle,
): { candidates: Candidate[]; failures: (readonly string[])[] } {
  const candidates: Candidate[] = [];
  const failures: (readonly string[])[] = [];
  if (nodeInfos.length === 0) return { candidates, failures };
  const budgets = handle.store.list("PodDisruptionBudget");
  const from = handle.random.below(nodeInfos.length);
  for (let i = 0; i < nodeInfos.length; i++) {
    const nodeInfo = nodeInfos[(from + i) % nodeInfos.length];
    if (!nodeInfo) continue;
    const found = victimsOn(nodeInfo, unschedulable, budgets, handle);
    if ("victims" in found) candidates.push(found);
    else failures.push(found.reasons);
    if (candidates.length >= enough && candidates.some(({ violations }) => violations === 0)) break;
  }
  return { candidates, failures };
}

/** The pods of one node that have to go, or why that would not help. */
function victimsOn(
  nodeInfo: NodeInfo,
  { pod, fits }: Pick<Asked, "pod" | "fits">,
  budgets: readonly PodDisruptionBudget[],
  { snapshot }: Look,
): Candidate | { readonly reasons: readonly string[] } {
  const potential: Pod[] = [];
  for (const other of nodeInfo.pods.values()) if (priorityOf(other) < priorityOf(pod)) potential.push(other);
  if (potential.length === 0) return { reasons: noVictims };
  potential.sort(byImportance);
  return snapshot.trial(nodeInfo, trial => {
    for (const other of potential) trial.remove(other);
    const refusal = fits(nodeInfo);
    if (refusal) return { reasons: refusal.reasons };
    const victims: Pod[] = [];
    const { violating, others } = byBudget(potential, budgets);
    // Those stay that can, the most important first.
    const goes = (other: Pod): boolean => {
      trial.add(other);
      if (!fits(nodeInfo)) return false;
      trial.remove(other);
      victims.push(other);
      return true;
    };
    const violations = violating.filter(goes).length;
    others.forEach(goes);
    return { nodeInfo, victims: victims.sort(byImportance), violations };
  });
}

/** The more important first: of higher priority, or longer there. */
function byImportance(one: Pod, other: Pod): number {
  return priorityOf(other) - priorityOf(one) || startOf(one) - startOf(other);
}

function startOf({ status }: Pod): number {
  return status?.startTime === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(status.startTime);
}

/** Which of the pods could not go without breaking a budget: each that goes uses up what its budgets allow. */
function byBudget(pods: readonly Pod[], budgets: readonly PodDisruptionBudget[]) {
  const allowed = new Map(budgets.map(budget => [budget, budget.status?.disruptionsAllowed ?? 0]));
  const violating: Pod[] = [];
  const others: Pod[] = [];
  for (const pod of pods) {
    let breaksOne = false;
    for (const budget of budgets) {
      if (!holdsBack(budget, pod)) continue;
      const left = (allowed.get(budget) ?? 0) - 1;
      allowed.set(budget, left);
      if (left < 0) breaksOne = true;
    }
    (breaksOne ? violating : others).push(pod);
  }
  return { violating, others };
}

/** A budget without a selector, or with an empty one, guards nothing here; a pod that it lets go already is not counted twice. */
function holdsBack(budget: PodDisruptionBudget, pod: Pod): boolean {
  const { spec, status } = budget;
  const { matchLabels = {}, matchExpressions = [] } = spec?.selector ?? {};
  return (
    guards(budget, pod) &&
    Object.keys(matchLabels).length + matchExpressions.length > 0 &&
    !(pod.metadata.name in (status?.disruptedPods ?? {}))
  );
}

/** Where least is lost. Each measure decides among those that are equal by the ones before it; less is better. */
const losses: readonly ((candidate: Candidate) => number)[] = [
  ({ violations }) => violations,
  ({ victims: [most] }) => (most ? priorityOf(most) : Number.NEGATIVE_INFINITY),
  // All made positive, so that a few of low priority are less than many.
  ({ victims }) => victims.reduce((sum, victim) => sum + priorityOf(victim) + 2 ** 31, 0),
  ({ victims }) => victims.length,
  // Those that were started last have done least.
  ({ victims }) => -earliestOfMostImportant(victims),
];

export function bestOf(candidates: readonly Candidate[]): Candidate | undefined {
  let left = candidates;
  for (const loss of losses) {
    if (left.length <= 1) break;
    const least = Math.min(...left.map(loss));
    left = left.filter(candidate => loss(candidate) === least);
  }
  return left[0];
}

function earliestOfMostImportant(victims: readonly Pod[]): number {
  const highest = Math.max(...victims.map(priorityOf));
  return Math.min(...victims.filter(victim => priorityOf(victim) === highest).map(startOf));
}
