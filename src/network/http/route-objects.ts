/**
 * The objects that routes are read from (Ingresses, Gateways, HTTPRoutes): which of two goes before the other, and which changes of one
 * are of no consequence.
 */
import { isSame, type KubernetesObject, namespacedName } from "../../resources/index.ts";
import type { Change } from "../../store/index.ts";

/** Of what is equally specific the older goes before, then the one whose name comes first (Gateway API and Ingress controllers alike). */
export function olderFirst(
  { metadata: one }: KubernetesObject,
  { metadata: other }: KubernetesObject,
): number {
  if (one.creationTimestamp !== other.creationTimestamp)
    return one.creationTimestamp < other.creationTimestamp ? -1 : 1;
  return namespacedName(one) < namespacedName(other) ? -1 : 1;
}

/** Only what is told of it changed: nothing is read from a status. A class may be named by an annotation. */
export function isOfStatus({ type, object, previous }: Change): boolean {
  if (type !== "MODIFIED" || !previous) return false;
  const { generation, labels, annotations } = object.metadata;
  const before = previous.metadata;
  return (
    generation !== undefined &&
    generation === before.generation &&
    isSame(labels, before.labels) &&
    isSame(annotations, before.annotations)
  );
}
