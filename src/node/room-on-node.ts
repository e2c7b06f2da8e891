/**
 * Whether a node has room for a pod, as a kubelet decides it by itself: for a new pod, that a scheduler or a `nodeName` has sent here,
 * and for a pod that is to have other resources. The words are the kubelet's.
 */
import {
  hostPortsClash,
  hostPortsOf,
  isSuited,
  isTolerated,
  type Node,
  type Pod,
  type PodSpec,
  parseQuantity,
  podAmounts,
  quantityToNumber,
} from "../resources/index.ts";

/** Why not. The reason is that of the pod's status, or of its condition `PodResizePending`. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** Undefined where the node takes the pod in. In the order in which a kubelet asks. @param others what else it runs */
export function whyRefused(pod: Pod, node: Node, others: readonly PodSpec[]): Refusal | undefined {
  const { spec } = pod;
  const lack = lackOf(spec, node, others);
  if (lack) return { reason: `OutOf${lack.resource}`, message: notEnough(lack) };
  if (!isSuited(pod, node)) return failed("NodeAffinity", "didn't match Pod's node affinity/selector");
  if (!hasPorts(spec, others))
    return failed("NodePorts", "didn't have free ports for the requested pod ports");
  const driving = node.spec?.taints?.filter(({ effect }) => effect === "NoExecute") ?? [];
  if (driving.every(taint => isTolerated(taint, spec.tolerations))) return undefined;
  return failed("TaintToleration", "had taints that the pod didn't tolerate");
}

function failed(predicate: string, problem: string): Refusal {
  return { reason: predicate, message: `Predicate ${predicate} failed: node(s) ${problem}` };
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

/** The first resource that does not suffice: places for pods, then what the pod requests and the node has at all. */
function lackOf(spec: PodSpec, { status }: Node, others: readonly PodSpec[]): Lack | undefined {
  const { allocatable = {} } = status ?? {};
  // As any quantity it may be written otherwise: 1000 comes back from an API server as 1k.
  const places = BigInt(Math.floor(quantityToNumber(allocatable.pods ?? "0")));
  const count = BigInt(others.length);
  if (count + 1n > places) return { resource: "pods", requested: 1n, used: count, capacity: places };
  for (const [resource, requested] of requestsOf(spec)) {
    const has = allocatable[resource];
    if (requested === 0n || has === undefined) continue;
    const capacity = inItsUnit(resource, parseQuantity(has).billionths);
    const used = others.reduce((sum, other) => sum + (requestsOf(other).get(resource) ?? 0n), 0n);
    if (used + requested > capacity) return { resource, requested, used, capacity };
  }
  return undefined;
}

/** Specs are frozen, pods of one template share theirs, and each is asked about for every pod that comes. */
const requests = new WeakMap<PodSpec, ReadonlyMap<string, bigint>>();

function requestsOf(spec: PodSpec): ReadonlyMap<string, bigint> {
  const known = requests.get(spec);
  if (known) return known;
  const amounts = [...podAmounts(spec, "requests")];
  const found = new Map(amounts.map(([name, { billionths }]) => [name, inItsUnit(name, billionths)]));
  requests.set(spec, found);
  return found;
}

/** Thousandths of a processor; else whole ones. Rounded up. */
function inItsUnit(resource: string, billionths: bigint): bigint {
  const unit = resource === "cpu" ? 1_000_000n : 1_000_000_000n;
  return (billionths + unit - 1n) / unit;
}

/** Whether the ports of the host that it asks for are free. */
function hasPorts(spec: PodSpec, others: readonly PodSpec[]): boolean {
  const wanted = hostPortsOf({ spec });
  if (wanted.length === 0) return true;
  const taken = others.flatMap(spec => hostPortsOf({ spec }));
  return !wanted.some(port => taken.some(other => hostPortsClash(port, other)));
}
