/**
 * Which pods belong together with a pod that does not say so itself: those that its Services and its controller select. By these
 * topology spread constraints count that a profile brings along (Kubernetes: helper.DefaultSelector).
 */
import {
  controllerOf,
  type LabelSelector,
  type Labels,
  type Pod,
  serviceSelects,
} from "../../resources/index.ts";
import type { Look } from "../framework.ts";
import { inChargeOf, type PodSelection, spreadWith } from "../pod-selection.ts";

/** Kinds that keep copies of a pod. */
const replicating = ["ReplicaSet", "ReplicationController", "StatefulSet"] as const;

/** Undefined where nothing selects the pod. */
export function siblingsOf(pod: Pod, { store }: Look): PodSelection | undefined {
  const { namespace = "" } = pod.metadata;
  const labels: Record<string, string> = {};
  for (const { spec } of store.list("Service", { namespace })) {
    const selector = spec?.selector as Labels | undefined;
    if (serviceSelects(selector, pod) && isPlain(selector, pod)) Object.assign(labels, selector);
  }
  const owner = controllerOf(pod);
  const kind = replicating.find(each => each === owner?.kind);
  const owning = owner && kind && store.get(kind, namespace, owner.name);
  const selector = owning?.metadata.uid === owner?.uid && owning ? selectorOf(owning) : undefined;
  Object.assign(labels, selector?.matchLabels);
  const { matchExpressions } = selector ?? {};
  if (Object.keys(labels).length > 0 || matchExpressions?.length)
    return spreadWith(namespace, { matchLabels: labels, ...(matchExpressions && { matchExpressions }) });
  // A set of k4s may select by nothing but its ownership.
  return owning && owner ? inChargeOf(owner.uid) : undefined;
}

/** Whether the pod has these very labels: the values of a selector may be globs here. */
function isPlain(selector: Labels | undefined, { metadata: { labels } }: Pod): boolean {
  for (const key in selector) if (labels?.[key] !== selector[key]) return false;
  return true;
}

function selectorOf({ kind, spec }: { readonly kind: string; readonly spec?: unknown }): LabelSelector {
  const { selector } = (spec ?? {}) as { readonly selector?: LabelSelector | Labels };
  if (!selector) return {};
  return kind === "ReplicationController" ? { matchLabels: selector as Labels } : (selector as LabelSelector);
}
