/**
 * Taints and tolerations: a taint on a node keeps pods away, a toleration on a pod says that it does not mind. The scheduler
 * asks before it places a pod, the node's controller when a taint comes later.
 */
import type { Taint, Toleration } from "./generated/kubernetes.gen.ts";

/** Whether a pod with these tolerations does not mind the taint. */
export function isTolerated(taint: Taint, tolerations: readonly Toleration[] = []): boolean {
  return tolerations.some(toleration => tolerates(toleration, taint));
}

/** Whether the toleration is about this taint. Without a key it is about all keys, without an effect about all effects. */
export function tolerates(
  { effect, key, operator = "Equal", value = "" }: Toleration,
  taint: Taint,
): boolean {
  if (effect !== undefined && effect !== taint.effect) return false;
  if (key !== undefined && key !== taint.key) return false;
  return operator === "Exists" || (operator === "Equal" && value === (taint.value ?? ""));
}
