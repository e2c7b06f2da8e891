/**
 * The pods of a DaemonSet: each is bound to its node by the scheduler, for it insists on the node's name, and bears what a node
 * may have in the way of other pods. What the template asks of nodes was looked at before, in daemonset.ts.
 */
import {
  type DaemonSet,
  type Draft,
  isSuited,
  isTolerated,
  type Node,
  ownedBy,
  type Pod,
  type Toleration,
} from "../../resources/index.ts";
import { revisionLabel } from "../controller-revisions.ts";

/** What every node may have in the way of other pods, and not in that of these. */
const tolerations: readonly Toleration[] = [
  { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" },
  ...["disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"].map(
    (what): Toleration => ({ key: `node.kubernetes.io/${what}`, operator: "Exists", effect: "NoSchedule" }),
  ),
];
/** A pod in the network of its node does not wait for that of the pods. */
const onHostNetwork: Toleration = {
  key: "node.kubernetes.io/network-unavailable",
  operator: "Exists",
  effect: "NoSchedule",
};

/** The pod that would run on a node, before it insists on one: what decides which nodes suit it. */
export function probeOf(set: DaemonSet): Pod {
  const { metadata, spec } = set.spec.template;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...set.metadata, ...metadata },
    spec: withTolerations(spec),
    status: {},
  };
}

/** Whether a pod should be on the node, and whether one that is may stay. */
export function suits(probe: Pod, node: Node): { readonly isWanted: boolean; readonly mayStay: boolean } {
  const { nodeName, tolerations = [] } = probe.spec;
  if ((nodeName !== undefined && nodeName !== node.metadata.name) || !isSuited(probe, node))
    return { isWanted: false, mayStay: false };
  const kept = new Set<string>();
  for (const taint of node.spec?.taints ?? []) if (!isTolerated(taint, tolerations)) kept.add(taint.effect);
  return { isWanted: !kept.has("NoSchedule") && !kept.has("NoExecute"), mayStay: !kept.has("NoExecute") };
}

/** The node that a pod is on, or insists on. */
export function nodeOf({ spec }: Pod): string | undefined {
  if (spec.nodeName) return spec.nodeName;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required?.nodeSelectorTerms[0]?.matchFields?.find(({ key }) => key === "metadata.name")?.values?.[0];
}

export function isOf(pod: Pod, hash: string): boolean {
  return pod.metadata.labels?.[revisionLabel] === hash;
}

export function podOf(set: DaemonSet, hash: string, node: string): Draft<Pod> {
  const { name, namespace, annotations } = set.metadata;
  const { metadata = {}, spec } = set.spec.template;
  const isHere = { key: "metadata.name", operator: "In" as const, values: [node] };
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
      ...withTolerations(spec),
      affinity: {
        ...spec.affinity,
        nodeAffinity: {
          ...spec.affinity?.nodeAffinity,
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [isHere] }] },
        },
      },
    },
  };
}

function withTolerations(spec: DaemonSet["spec"]["template"]["spec"]): DaemonSet["spec"]["template"]["spec"] {
  const own = spec.tolerations ?? [];
  const added = spec.hostNetwork ? [...tolerations, onHostNetwork] : tolerations;
  const isThere = ({ key, effect }: Toleration) =>
    own.some(each => each.key === key && each.effect === effect && each.operator === "Exists");
  return { ...spec, tolerations: [...own, ...added.filter(each => !isThere(each))] };
}
