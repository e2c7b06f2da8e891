/**
 * Whether a node has room for a pod, as a kubelet decides it by itself: for a new pod, that a scheduler or a `nodeName` has sent here,
 * and for a pod that is to have other resources. The words are the kubelet's.
 */
import {
  isSuited,
  type Node,
  type Pod,
  type PodSpec,
  parseQuantity,
  podAmounts,
} from "../resources/index.ts";

/** Why not. The reason is that of the pod's status, or of its condition `PodResizePending`. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** Undefined where the node takes the pod in. @param others what else it runs */
export function whyRefused(pod: Pod, node: Node, others: readonly PodSpec[]): Refusal | undefined {
  const lack = lackOf(pod.spec, node, others);
  if (lack) return { reason: `OutOf${lack.resource}`, message: notEnough(lack) };
  if (isSuited(pod, node)) return undefined;
  const message = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
  return { reason: "NodeAffinity", message };
}

/** What the status of such a pod says: it has failed, and nothing of it was started. @param now as a timestamp */
export function refusedStatus(
  { metadata }: Pod,
  { reason, message }: Refusal,
  now: string,
): NonNullable<Pod["status"]> {
  return {
    observedGeneration: metadata.generation ?? 1,
    phase: "Failed",
    reason,
    message: `Pod was rejected: ${message}`,
    startTime: now,
  };
}

/**
 * Undefined where the pod can have the resources that its spec asks for now. `Infeasible`: never on this node; `Deferred`: when others
 * have gone.
 */
export function whyNotResized(spec: PodSpec, node: Node, others: readonly PodSpec[]): Refusal | undefined {
  const never = lackOf(spec, node, []);
  if (never) {
    const { resource, requested, capacity } = never;
    const what = `${resource}, requested: ${requested}, capacity: ${capacity}`;
    return { reason: "Infeasible", message: `Node didn't have enough capacity: ${what}` };
  }
  const lack = lackOf(spec, node, others);
  return lack && { reason: "Deferred", message: notEnough(lack) };
}

interface Lack {
  readonly resource: string;
  readonly requested: bigint;
  readonly used: bigint;
  readonly capacity: bigint;
}

function notEnough({ resource, requested, used, capacity }: Lack): string {
  return `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`;
}

/** The first resource that does not suffice: places for pods, then what the pod requests. */
function lackOf(spec: PodSpec, { status }: Node, others: readonly PodSpec[]): Lack | undefined {
  const { allocatable = {} } = status ?? {};
  const places = BigInt(allocatable.pods ?? 0);
  const count = BigInt(others.length);
  if (count + 1n > places) return { resource: "pods", requested: 1n, used: count, capacity: places };
  for (const resource of podAmounts(spec, "requests").keys()) {
    const requested = requestOf(spec, resource);
    if (requested === 0n) continue;
    const capacity = inItsUnit(resource, parseQuantity(allocatable[resource] ?? "0").billionths);
    const used = others.reduce((sum, other) => sum + requestOf(other, resource), 0n);
    if (used + requested > capacity) return { resource, requested, used, capacity };
  }
  return undefined;
}

function requestOf(spec: PodSpec, resource: string): bigint {
  return inItsUnit(resource, podAmounts(spec, "requests").get(resource)?.billionths ?? 0n);
}

/** Thousandths of a processor; else whole ones. Rounded up. */
function inItsUnit(resource: string, billionths: bigint): bigint {
  const unit = resource === "cpu" ? 1_000_000n : 1_000_000_000n;
  return (billionths + unit - 1n) / unit;
}
