/**
 * Taint eviction: drives pods off nodes with a taint of the effect NoExecute, whoever put it there. A pod may tolerate it for ever,
 * or for so many seconds, counted from the taint's `timeAdded` (which node-lifecycle.ts sees to), or from when the pod came there, if
 * that was later. Then it is deleted, and the controller that has it in charge makes another, elsewhere. Where the taint goes before, that
 * is told.
 */
import { again, type Controller, controller, settled, type World } from "../../loop/index.ts";
import {
  conditionOf,
  isTerminating,
  type Node,
  type Pod,
  type PodCondition,
  type Taint,
  tolerates,
} from "../../resources/index.ts";
import { disruptedConditions } from "../disruption-target.ts";

export function taintEviction(): Controller<"Node"> {
  /** By node, the uids of the pods whose time runs: where it is stopped, that is told. */
  const waiting = new Map<string, ReadonlySet<string>>();
  return controller({
    name: "taint-eviction-controller",
    kind: "Node",
    wokenBy: [],
    concerns: node => drivingTaints(node).length > 0 || waiting.has(node.metadata.name),
    async reconcile(node, world) {
      const { name } = node.metadata;
      if (isIncomplete(node)) return settled;
      const driving = drivingTaints(node);
      const waited = waiting.get(name);
      const waits = new Set<string>();
      let next = Number.POSITIVE_INFINITY;
      for (const pod of world.list("Pod", { matchFields: { "spec.nodeName": name } })) {
        if (isTerminating(pod)) continue;
        const leavesAt = Math.min(...driving.map(taint => patienceEnds(pod, taint)));
        const isLeaving = leavesAt <= world.now();
        if (!isLeaving && Number.isFinite(leavesAt)) waits.add(pod.metadata.uid);
        else if (waited?.has(pod.metadata.uid) && !(isLeaving && toleratesAll(pod, driving)))
          tell(pod, "Cancelling deletion of", world);
        if (isLeaving) await evict(pod, world);
        else next = Math.min(next, leavesAt);
      }
      if (waits.size > 0) waiting.set(name, waits);
      else waiting.delete(name);
      return Number.isFinite(next) ? again(Math.max(0, next - world.now())) : settled;
    },
    async gone({ name }) {
      waiting.delete(name);
      return settled;
    },
  });
}

/** Then it leaves because its time is up, not because of a taint that it bears no longer. */
function toleratesAll({ spec }: Pod, taints: readonly Taint[]): boolean {
  return taints.every(taint => spec.tolerations?.some(toleration => tolerates(toleration, taint)));
}

function tell(pod: Pod, what: "Marking for deletion" | "Cancelling deletion of", world: World): void {
  const { namespace, name } = pod.metadata;
  const heals = what === "Marking for deletion" ? "evacuation" : undefined;
  world.event(pod, "Normal", "TaintManagerEviction", `${what} Pod ${namespace}/${name}`, { heals });
}

function drivingTaints({ spec }: Node): Taint[] {
  return spec?.taints?.filter(({ effect, timeAdded }) => effect === "NoExecute" && timeAdded) ?? [];
}

/** A taint that is new gets its time in a moment, and wakes us by that. */
function isIncomplete({ spec }: Node): boolean {
  return spec?.taints?.some(({ effect, timeAdded }) => effect === "NoExecute" && !timeAdded) ?? false;
}

async function evict(pod: Pod, world: World): Promise<void> {
  const why = {
    reason: "DeletionByTaintManager",
    message: "Taint manager: deleting due to NoExecute taint",
  };
  const conditions = disruptedConditions(pod, why, world.now());
  await world.delete(await world.report(pod, { ...pod.status, conditions }));
  // Not before: what is refused evacuates nothing, and is tried again.
  tell(pod, "Marking for deletion", world);
}

/**
 * When the pod has borne this taint long enough, in milliseconds since 1970; never is infinitely late. One that does not tolerate it
 * goes at once: that it bears a lost node for five minutes, admission has written into it.
 */
export function patienceEnds(pod: Pod, taint: Taint): number {
  const since = Math.max(Date.parse(taint.timeAdded ?? "") || 0, cameAt(pod));
  // As in Kubernetes the first that fits counts, whatever others say.
  const toleration = pod.spec.tolerations?.find(each => tolerates(each, taint));
  return toleration ? since + (toleration.tolerationSeconds ?? Number.POSITIVE_INFINITY) * 1_000 : since;
}

/** When the pod was given its node. */
function cameAt(pod: Pod): number {
  const scheduled = conditionOf<PodCondition>(pod, "PodScheduled");
  const isThere = scheduled?.status === "True" ? scheduled.lastTransitionTime : undefined;
  return Date.parse(isThere ?? pod.metadata.creationTimestamp) || 0;
}

/** A taint by which the life cycle controller says that a node is lost. */
export function isOfLostNode({ key }: Taint): boolean {
  return key === "node.kubernetes.io/not-ready" || key === "node.kubernetes.io/unreachable";
}
