/**
 * DaemonSet: keeps one pod on each node that its template suits (pods.ts). A changed template is rolled out node by node, within
 * `maxUnavailable` or `maxSurge`, or when its pods are deleted (`OnDelete`): plan.ts.
 */
import {
  again,
  type Controller,
  controller,
  keyOfObject,
  owned,
  refused,
  settled,
  slowStart,
  type World,
  waker,
} from "../../loop/index.ts";
import {
  type DaemonSet,
  type DaemonSetStatus,
  isTerminating,
  isTrue,
  type Pod,
} from "../../resources/index.ts";
import { adoptable, takeCharge } from "../charge.ts";
import { forgetRevisions, revisionLabel, syncRevisions } from "../controller-revisions.ts";
import { FailedPods } from "./failed-pods.ts";
import { byAge, isAvailable, isGoing, type NodeOfSet, planPods } from "./plan.ts";
import { isOf, nodeOf, podOf, probeOf, suits } from "./pods.ts";

/** A node that comes, goes, or gets other labels or taints concerns every DaemonSet. */
const nodes = waker("Node", function* ({ type, object: now, previous: before }, reader) {
  const isSame = before?.spec === now.spec && before?.metadata.labels === now.metadata.labels;
  if (type === "MODIFIED" && isSame) return;
  for (const set of reader.list("DaemonSet")) yield keyOfObject("DaemonSet", set);
});

export function daemonset(): Controller<"DaemonSet"> {
  const failedPods = new FailedPods();
  return controller({
    kind: "DaemonSet",
    wokenBy: [owned("Pod", "DaemonSet"), adoptable("Pod", "DaemonSet"), nodes],
    concerns: ({ metadata }, previous) => metadata.generation !== previous?.metadata.generation,
    async reconcile(set, world) {
      const pods = await takeCharge(set, "Pod", world);
      if (isTerminating(set)) return settled;
      const revisions = await syncRevisions(set, revisionLabel, world);
      const hash = revisions.update.metadata.labels?.[revisionLabel] ?? "";
      const nodes = nodesOfSet(set, pods, world);
      const keptMs = (pod: Pod, node: string | undefined) =>
        node === undefined || pod.status?.phase !== "Failed" ? 0 : failedPods.waitFor(set, node, world.now());
      const plan = planPods(set, nodes, hash, world.now());
      let waitMs = plan.again ?? Number.POSITIVE_INFINITY;
      for (const pod of plan.remove) {
        const keptFor = keptMs(pod, plan.ended.get(pod));
        if (keptFor > 0) {
          waitMs = Math.min(waitMs, keptFor);
          continue;
        }
        tellEnd(set, pod, plan.ended.get(pod), world);
        await world.delete(pod);
        world.event(set, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
      }
      const { created, refusals } = await slowStart(plan.create, async node => {
        const pod = await world.create(podOf(set, hash, node));
        world.event(set, "Normal", "SuccessfulCreate", `Created pod: ${pod.metadata.name}`);
        return { node, pod };
      });
      const [failure] = refusals;
      if (failure) world.event(set, "Warning", "FailedCreate", `Error creating: ${failure.message}`);
      for (const { node, pod } of created) nodes.get(node)?.pods.push(pod);
      await world.report(set, statusOf(set, nodes, hash, revisions.collisionCount, world.now()));
      const used = new Set(pods.map(({ metadata }) => metadata.labels?.[revisionLabel]));
      const isUsed = ({ metadata }: { metadata: { labels?: Readonly<Record<string, string>> } }) =>
        used.has(metadata.labels?.[revisionLabel]);
      await forgetRevisions(revisions, set.spec.revisionHistoryLimit ?? 10, isUsed, world);
      if (failure) return refused;
      return Number.isFinite(waitMs) ? again(waitMs) : settled;
    },
  });
}

/** A pod that has ended gives way to another; how it ended is told, for none is meant to. */
function tellEnd(set: DaemonSet, { metadata, status }: Pod, node: string | undefined, world: World): void {
  if (node === undefined) return;
  const where = `daemon pod ${metadata.namespace}/${metadata.name} on node ${node}`;
  if (status?.phase === "Failed")
    world.event(set, "Warning", "FailedDaemonPod", `Found failed ${where}, will try to kill it`);
  else world.event(set, "Normal", "SucceededDaemonPod", `Found succeeded ${where}, will try to delete it`);
}

function nodesOfSet(set: DaemonSet, pods: readonly Pod[], world: World): Map<string, NodeOfSet> {
  const nodes = new Map<string, NodeOfSet>();
  const probe = probeOf(set);
  for (const node of world.list("Node")) nodes.set(node.metadata.name, { ...suits(probe, node), pods: [] });
  for (const pod of pods) {
    const name = nodeOf(pod) ?? "";
    const node = nodes.get(name) ?? { isWanted: false, mayStay: false, pods: [] };
    node.pods.push(pod);
    nodes.set(name, node);
  }
  return nodes;
}

function statusOf(
  set: DaemonSet,
  nodes: ReadonlyMap<string, NodeOfSet>,
  hash: string,
  collisionCount: number | undefined,
  now: number,
): DaemonSetStatus {
  const counts = { desired: 0, current: 0, mis: 0, ready: 0, available: 0, updated: 0 };
  for (const { isWanted, pods } of nodes.values()) {
    // Of several the oldest is the one that counts.
    const [pod] = pods.filter(pod => !isGoing(pod)).toSorted(byAge);
    if (!isWanted && pod) counts.mis++;
    if (!isWanted) continue;
    counts.desired++;
    if (!pod) continue;
    counts.current++;
    if (isTrue(pod, "Ready")) counts.ready++;
    if (isAvailable(set, pod, now)) counts.available++;
    if (isOf(pod, hash)) counts.updated++;
  }
  const unavailable = counts.desired - counts.available;
  return {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.mis,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    observedGeneration: set.metadata.generation,
    ...(collisionCount !== undefined && { collisionCount }),
    ...(counts.updated > 0 && { updatedNumberScheduled: counts.updated }),
    ...(counts.available > 0 && { numberAvailable: counts.available }),
    ...(unavailable > 0 && { numberUnavailable: unavailable }),
    // Others say them: it has none of its own.
    ...(set.status?.conditions && { conditions: set.status.conditions }),
  };
}
