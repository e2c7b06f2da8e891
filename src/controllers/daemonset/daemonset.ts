/**
 * DaemonSet: keeps one pod on each node that its template suits. Each pod is bound to its node by the scheduler, for it insists
 * on the node's name. A changed template is rolled out node by node, within `maxUnavailable` or `maxSurge`, or when its pods
 * are deleted (`OnDelete`).
 */
import {
  again,
  controller,
  keyOfObject,
  owned,
  refused,
  settled,
  slowStart,
  type Waker,
  type World,
} from "../../loop/index.ts";
import {
  type DaemonSet,
  type DaemonSetStatus,
  type Draft,
  hasEnded,
  isSuited,
  isTerminating,
  isTrue,
  type Node,
  ownedBy,
  type Pod,
  type Toleration,
  tolerates,
} from "../../resources/index.ts";
import { adoptable, takeCharge } from "../charge.ts";
import { forgetRevisions, revisionLabel, syncRevisions } from "../controller-revisions.ts";
import { countOf } from "../count-or-share.ts";
import { readySince } from "../replicaset-status.ts";

/** A node that comes, goes, or gets other labels or taints concerns every DaemonSet. */
const nodes: Waker = {
  kind: "Node",
  *keys({ type, object, previous }, reader) {
    const [now, before] = [object as Node, previous as Node | undefined];
    const isSame = before?.spec === now.spec && before?.metadata.labels === now.metadata.labels;
    if (type === "MODIFIED" && isSame) return;
    for (const set of reader.list("DaemonSet")) yield keyOfObject("DaemonSet", set);
  },
};

/** What every node may have in the way of other pods, and not in that of these. */
const tolerations: readonly Toleration[] = [
  { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" },
  ...["disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"].map(
    (what): Toleration => ({ key: `node.kubernetes.io/${what}`, operator: "Exists", effect: "NoSchedule" }),
  ),
];

export const daemonset = controller({
  kind: "DaemonSet",
  wokenBy: [owned("Pod", "DaemonSet"), adoptable("Pod", "DaemonSet"), nodes],
  concerns: ({ metadata }, previous) => metadata.generation !== previous?.metadata.generation,
  async reconcile(set, world) {
    const pods = await takeCharge(set, "Pod", world);
    if (isTerminating(set)) return settled;
    const revisions = await syncRevisions(set, revisionLabel, world);
    const hash = revisions.update.metadata.labels?.[revisionLabel] ?? "";
    const nodes = nodesOfSet(set, hash, pods, world);
    const plan = planPods(set, nodes, hash, world.now());
    for (const pod of plan.remove) {
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
    await world.report(set, statusOf(set, nodes, hash, world.now()));
    const used = new Set(pods.map(({ metadata }) => metadata.labels?.[revisionLabel]));
    const isUsed = ({ metadata }: { metadata: { labels?: Readonly<Record<string, string>> } }) =>
      used.has(metadata.labels?.[revisionLabel]);
    await forgetRevisions(revisions, set.spec.revisionHistoryLimit ?? 10, isUsed, world);
    if (failure) return refused;
    return plan.again === undefined ? settled : again(plan.again);
  },
});

/** A node: whether a pod should be there, whether one may stay, and which are. */
interface NodeOfSet {
  readonly isWanted: boolean;
  readonly mayStay: boolean;
  readonly pods: Pod[];
}

function nodesOfSet(
  set: DaemonSet,
  hash: string,
  pods: readonly Pod[],
  world: World,
): Map<string, NodeOfSet> {
  const nodes = new Map<string, NodeOfSet>();
  for (const node of world.list("Node")) {
    const { name } = node.metadata;
    const pod = podOf(set, hash, name) as Pod;
    const keeps = (effects: readonly string[]) =>
      (node.spec?.taints ?? []).some(
        taint =>
          effects.includes(taint.effect) && !pod.spec.tolerations?.some(each => tolerates(each, taint)),
      );
    const isOn = isSuited(pod, node) && (pod.spec.nodeName === undefined || pod.spec.nodeName === name);
    const isWanted = isOn && !keeps(["NoSchedule", "NoExecute"]);
    nodes.set(name, { isWanted, mayStay: isOn && !keeps(["NoExecute"]), pods: [] });
  }
  for (const pod of pods) {
    const name = nodeOf(pod) ?? "";
    const node = nodes.get(name) ?? { isWanted: false, mayStay: false, pods: [] };
    node.pods.push(pod);
    nodes.set(name, node);
  }
  return nodes;
}

/** The node that a pod is on, or insists on. */
function nodeOf({ spec }: Pod): string | undefined {
  if (spec.nodeName) return spec.nodeName;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required?.nodeSelectorTerms[0]?.matchFields?.find(({ key }) => key === "metadata.name")?.values?.[0];
}

interface Plan {
  /** The names of nodes. */
  readonly create: readonly string[];
  readonly remove: readonly Pod[];
  readonly again?: number | undefined;
}

function planPods(set: DaemonSet, nodes: ReadonlyMap<string, NodeOfSet>, hash: string, now: number): Plan {
  const create: string[] = [];
  const remove: Pod[] = [];
  for (const [node, { isWanted, mayStay, pods }] of nodes) {
    const present = pods.filter(pod => !isTerminating(pod));
    const ended = present.filter(hasEnded);
    const alive = present.filter(pod => !hasEnded(pod));
    remove.push(...ended);
    if (!mayStay) remove.push(...alive);
    else if (isWanted && alive.length === 0 && ended.length === 0 && pods.length === 0) create.push(node);
    // The oldest stays.
    else
      remove.push(
        ...alive
          .toSorted(byAge)
          .slice(1)
          .filter(pod => isOf(pod, hash) === isOf(alive[0], hash)),
      );
  }
  const update = planUpdate(set, nodes, hash, now);
  const removed = new Set([...remove, ...update.remove]);
  return { create: [...create, ...update.create], remove: [...removed], again: update.again };
}

function byAge(one: Pod, other: Pod): number {
  return one.metadata.creationTimestamp < other.metadata.creationTimestamp ? -1 : 1;
}

function isOf(pod: Pod | undefined, hash: string): boolean {
  return pod?.metadata.labels?.[revisionLabel] === hash;
}

/** The pods of an old template, as many as may be missing at once; those that are broken go first. */
function planUpdate(set: DaemonSet, nodes: ReadonlyMap<string, NodeOfSet>, hash: string, now: number): Plan {
  const none: Plan = { create: [], remove: [] };
  if (set.spec.updateStrategy?.type === "OnDelete") return none;
  const { maxUnavailable = 1, maxSurge = 0 } = set.spec.updateStrategy?.rollingUpdate ?? {};
  const wanted = [...nodes].filter(([, { isWanted }]) => isWanted);
  const waits: number[] = [];
  const old: { node: string; pod: Pod; isAvailable: boolean; next: Pod | undefined }[] = [];
  let unavailable = 0;
  for (const [node, { pods }] of wanted) {
    const alive = pods.filter(pod => !isTerminating(pod) && !hasEnded(pod));
    const inMs = alive.map(pod => availableIn(set, pod, now));
    waits.push(...inMs.filter(ms => ms > 0 && Number.isFinite(ms)));
    if (!inMs.includes(0)) unavailable++;
    const stale = alive.find(pod => !isOf(pod, hash));
    const next = alive.find(pod => isOf(pod, hash));
    if (stale) old.push({ node, pod: stale, isAvailable: availableIn(set, stale, now) === 0, next });
  }
  const again = waits.length > 0 ? Math.min(...waits) : undefined;
  const most = countOf(maxSurge, wanted.length);
  if (most > 0) {
    const done = old.filter(
      ({ next, isAvailable }) => !isAvailable || (next && availableIn(set, next, now) === 0),
    );
    const beside = old.filter(({ next }) => next).length;
    const create = old.filter(({ next, isAvailable }) => isAvailable && !next).map(({ node }) => node);
    return { create: create.slice(0, Math.max(0, most - beside)), remove: done.map(({ pod }) => pod), again };
  }
  const broken = old.filter(({ isAvailable }) => !isAvailable);
  const room = Math.max(0, countOf(maxUnavailable, wanted.length) - unavailable);
  const next = old.filter(({ isAvailable }) => isAvailable).slice(0, room);
  return { create: [], remove: [...broken, ...next].map(({ pod }) => pod), again };
}

function availableIn({ spec: { minReadySeconds = 0 } }: DaemonSet, pod: Pod, now: number): number {
  if (!isTrue(pod, "Ready")) return Number.POSITIVE_INFINITY;
  return minReadySeconds === 0 ? 0 : Math.max(0, readySince(pod) + minReadySeconds * 1_000 - now);
}

function podOf(set: DaemonSet, hash: string, node: string): Draft<Pod> {
  const { name, namespace, annotations } = set.metadata;
  const { metadata = {}, spec } = set.spec.template;
  const isHere = { key: "metadata.name", operator: "In" as const, values: [node] };
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const terms = required?.nodeSelectorTerms ?? [{}];
  const generation = annotations?.["deprecated.daemonset.template.generation"];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: `${name}-`,
      namespace,
      annotations: metadata.annotations,
      finalizers: metadata.finalizers,
      labels: {
        ...metadata.labels,
        [revisionLabel]: hash,
        ...(generation && { "pod-template-generation": generation }),
      },
      ownerReferences: [ownedBy(set)],
    },
    spec: {
      ...spec,
      affinity: {
        ...spec.affinity,
        nodeAffinity: {
          ...spec.affinity?.nodeAffinity,
          requiredDuringSchedulingIgnoredDuringExecution: {
            // Beside what the template asks for: its terms are alternatives.
            nodeSelectorTerms: terms.map(term => ({ ...term, matchFields: [isHere] })),
          },
        },
      },
      tolerations: [...(spec.tolerations ?? []), ...tolerations],
    },
  };
}

function statusOf(
  set: DaemonSet,
  nodes: ReadonlyMap<string, NodeOfSet>,
  hash: string,
  now: number,
): DaemonSetStatus {
  const counts = { desired: 0, current: 0, mis: 0, ready: 0, available: 0, updated: 0 };
  for (const { isWanted, pods } of nodes.values()) {
    const alive = pods.filter(pod => !isTerminating(pod) && !hasEnded(pod)).toSorted(byAge);
    if (!isWanted) {
      if (alive.length > 0) counts.mis++;
      continue;
    }
    counts.desired++;
    if (alive.length > 0) counts.current++;
    if (alive.some(pod => isTrue(pod, "Ready"))) counts.ready++;
    if (alive.some(pod => availableIn(set, pod, now) === 0)) counts.available++;
    if (alive.some(pod => isOf(pod, hash))) counts.updated++;
  }
  const unavailable = counts.desired - counts.available;
  return {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.mis,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    observedGeneration: set.metadata.generation,
    ...(counts.updated > 0 && { updatedNumberScheduled: counts.updated }),
    ...(counts.available > 0 && { numberAvailable: counts.available }),
    ...(unavailable > 0 && { numberUnavailable: unavailable }),
  };
}
