/**
 * Taint eviction: drives pods off nodes with a taint of the effect NoExecute, whoever put it there. A pod may tolerate it for ever,
 * or for so many seconds, counted from the taint's `timeAdded` (which node-lifecycle.ts sees to). Then it is deleted, and the
 * controller that has it in charge makes another, elsewhere.
 */
import { again, controller, settled, type World } from "../loop/index.ts";
import { isTerminating, type Node, type Pod, type Taint, tolerates } from "../resources/index.ts";
import { disruptedConditions } from "./disruption-target.ts";

export const taintEviction = controller({
  name: "taint-eviction-controller",
  kind: "Node",
  wokenBy: [],
  concerns: node => drivingTaints(node).length > 0,
  async reconcile(node, world) {
    const driving = drivingTaints(node);
    if (driving.length === 0) return settled;
    const { name } = node.metadata;
    let next = Number.POSITIVE_INFINITY;
    for (const pod of world.list("Pod", { matchFields: { "spec.nodeName": name } })) {
      if (isTerminating(pod)) continue;
      const leavesAt = Math.min(...driving.map(taint => patienceEnds(pod, taint)));
      if (leavesAt > world.now()) next = Math.min(next, leavesAt);
      else await evict(pod, world);
    }
    return Number.isFinite(next) ? again(Math.max(0, next - world.now())) : settled;
  },
});

/** Those whose time counts: one that is new gets it in a moment. */
function drivingTaints({ spec }: Node): Taint[] {
  return spec?.taints?.filter(({ effect, timeAdded }) => effect === "NoExecute" && timeAdded) ?? [];
}

async function evict(pod: Pod, world: World): Promise<void> {
  const { namespace, name } = pod.metadata;
  const message = `Marking for deletion Pod ${namespace}/${name}`;
  world.event(pod, "Normal", "TaintManagerEviction", message, "evacuation");
  const why = {
    reason: "DeletionByTaintManager",
    message: "Taint manager: deleting due to NoExecute taint",
  };
  const conditions = disruptedConditions(pod, why, world.now());
  await world.delete(await world.report(pod, { ...pod.status, conditions }));
}

/**
 * When the pod has borne this taint long enough, in milliseconds since 1970; never is infinitely late. One that does not tolerate it
 * goes at once: that it bears a lost node for five minutes, admission has written into it.
 */
export function patienceEnds({ spec }: Pod, taint: Taint): number {
  const since = Date.parse(taint.timeAdded ?? "") || 0;
  const tolerations = spec.tolerations?.filter(toleration => tolerates(toleration, taint)) ?? [];
  if (tolerations.length > 0) {
    const seconds = tolerations.map(({ tolerationSeconds }) => tolerationSeconds ?? Number.POSITIVE_INFINITY);
    return since + Math.min(...seconds) * 1_000;
  }
  return since;
}

/** A taint by which the life cycle controller says that a node is lost. */
export function isOfLostNode({ key }: Taint): boolean {
  return key === "node.kubernetes.io/not-ready" || key === "node.kubernetes.io/unreachable";
}
