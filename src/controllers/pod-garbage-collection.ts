/**
 * Pod garbage collection: removes pods whose node does not exist, or is out of service. Nothing can run them, and nothing can stop
 * them gently. How many pods are kept that have ended: ended-pod-collection.ts.
 *
 * - A node that is not ready and has the taint `node.kubernetes.io/out-of-service`, which an administrator gives to one that is switched
 *   off, has nothing left that could stop a pod: one that is being deleted there is removed at once.
 * - A pod that a node had taken up, and whose node was deleted since, is removed at once: whatever owns it makes another.
 * - A pod that no node ever took up names a node that may be yet to come (or is a typing mistake). It is told at once, in an
 *   event and in the condition `Ready`, and has 40 seconds, Kubernetes' quarantine, before it is removed. An owner that
 *   makes it again with the same mistake therefore does so once in 40 seconds, and passes the message on.
 *
 * The time is counted from the condition, so it survives a restart. A removal is told as Kubernetes does it, by the phase
 * `Failed` and the condition `DisruptionTarget`, and in an event, which outlives the pod. One that had ended is removed without a
 * word more in its status, and only one that ran there has been evacuated.
 */
import { didYouMean } from "../errors/index.ts";
import { again, controller, keyOf, settled, type World, waker } from "../loop/index.ts";
import {
  conditionOf,
  hasEnded,
  isTerminating,
  isTrue,
  type Node,
  type Pod,
  withCondition,
} from "../resources/index.ts";
import { disruptedConditions } from "./disruption-target.ts";
import { nodeNotFound } from "./node-not-found.ts";

/** How long a pod that no node took up waits for its node, in milliseconds. */
const quarantineMs = 40_000;

const outOfService = "node.kubernetes.io/out-of-service";

/** A pod that is bound to a node that does not exist, or is being deleted on one that is out of service, wakes the key of that node. */
const podsWithoutNode = waker("Pod", function* ({ type, object }, reader) {
  const { nodeName } = object.spec;
  if (type === "DELETED" || !nodeName) return;
  const node = reader.get("Node", "", nodeName);
  if (!node || (isTerminating(object) && isOutOfService(node))) yield keyOf("Node", "", nodeName);
});

function isOutOfService(node: Node): boolean {
  const isTainted = node.spec?.taints?.some(({ key }) => key === outOfService) ?? false;
  return isTainted && !isTrue(node, "Ready");
}

export const podGarbageCollection = controller({
  name: "pod-garbage-collector",
  kind: "Node",
  wokenBy: [podsWithoutNode],
  concerns: node => isOutOfService(node),
  async reconcile(node, world) {
    if (!isOutOfService(node)) return settled;
    for (const pod of world.list("Pod", { matchFields: { "spec.nodeName": node.metadata.name } })) {
      if (!isTerminating(pod)) continue;
      const ended = hasEnded(pod) ? pod : await world.report(pod, { ...pod.status, phase: "Failed" });
      await world.delete(ended, { gracePeriodSeconds: 0 });
      const message = `Deleted pod ${pod.metadata.name}: its node "${node.metadata.name}" is out of service`;
      world.event(pod, "Warning", "DeletionByPodGC", message, {
        heals: hasEnded(pod) ? undefined : "evacuation",
      });
    }
    return settled;
  },
  async gone({ name }, world) {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const pod of world.list("Pod", { matchFields: { "spec.nodeName": name } })) {
      const waitMs = pod.status?.startTime ? 0 : (await quarantined(pod, name, world)) - world.now();
      if (waitMs > 0) nextMs = Math.min(nextMs, waitMs);
      else await remove(pod, name, world);
    }
    return Number.isFinite(nextMs) ? again(nextMs) : settled;
  },
});

/** Tells, once, that the node does not exist. Returns when the quarantine ends, in milliseconds since 1970. */
async function quarantined(pod: Pod, nodeName: string, world: World): Promise<number> {
  const known = conditionOf(pod, "Ready");
  if (known?.reason === nodeNotFound)
    return Date.parse(known.lastTransitionTime ?? pod.metadata.creationTimestamp) + quarantineMs;
  const names = world.list("Node").map(({ metadata }) => metadata.name);
  const message = `node "${nodeName}" does not exist${didYouMean(nodeName, names)}`;
  const rest = `the pod is deleted ${quarantineMs / 1_000} s from now unless the node comes`;
  world.event(pod, "Warning", nodeNotFound, `${message}; ${rest}`);
  const condition = { type: "Ready", status: "False", reason: nodeNotFound, message };
  const others = pod.status?.conditions?.filter(({ type }) => type !== "Ready");
  await world.report(pod, { ...pod.status, conditions: withCondition(others, condition, world.now()) });
  return world.now() + quarantineMs;
}

async function remove(pod: Pod, nodeName: string, world: World): Promise<void> {
  const why = { reason: "DeletionByPodGC", message: "PodGC: node no longer exists" };
  await world.delete(hasEnded(pod) ? pod : await failed(pod, why, world), { gracePeriodSeconds: 0 });
  const message = `Deleted pod ${pod.metadata.name}: its node "${nodeName}" does not exist`;
  const hadRun = pod.status?.startTime !== undefined && !hasEnded(pod);
  world.event(pod, "Warning", why.reason, message, { heals: hadRun ? "evacuation" : undefined });
}

function failed(pod: Pod, why: Parameters<typeof disruptedConditions>[1], world: World): Promise<Pod> {
  const conditions = disruptedConditions(pod, why, world.now());
  return world.report(pod, { ...pod.status, phase: "Failed", conditions });
}
