/**
 * Amounts: what a pod asks of a node, and what a node has to give, as numbers that can be compared. A pod asks for what its
 * containers request together, or for what it requests itself (pod-level resources), and always for a place among the pods that
 * a node may run.
 */
import {
  type Node,
  type Pod,
  type PodContainer,
  quantityToMilli,
  quantityToNumber,
} from "../resources/index.ts";

export interface Amounts {
  /** In thousandths of a processor. */
  readonly cpu: number;
  /** In bytes. */
  readonly memory: number;
  readonly pods: number;
  /** What few ask for: `ephemeral-storage`, `example.com/gpu`. Each in its own unit. */
  readonly others: ReadonlyMap<string, number>;
}

const noOthers: ReadonlyMap<string, number> = new Map();
export const nothing: Amounts = { cpu: 0, memory: 0, pods: 0, others: noOthers };
const onePod: Amounts = { ...nothing, pods: 1 };

/** What a container without a request counts for when nodes are scored: 100m and 200 MiB, as in Kubernetes. */
const assumedRequests = { cpu: 100, memory: 200 * 1024 * 1024 };

/**
 * What a pod needs at its hungriest. Its containers run together; init containers run before them, one after another, so that
 * only the largest counts; those that restart always (sidecars) stay on and count with everything after them.
 */
export function requestsOf(pod: Pod): Amounts {
  return podRequests(pod, nothing);
}

/** The same for scores: a container that requests no processor time or memory counts as if it requested some. */
export function scoredRequestsOf(pod: Pod): Amounts {
  return podRequests(pod, assumedRequests);
}

function podRequests(
  { spec, status }: Pod,
  missing: { readonly cpu: number; readonly memory: number },
): Amounts {
  const allocated = spec.nodeName === undefined ? undefined : status?.containerStatuses;
  const of = (container: PodContainer) => {
    const requests = requestsOfContainer(container);
    // While a resize is under way, the larger of what is asked for and what the node has set aside counts.
    const given = allocated?.find(({ name }) => name === container.name)?.allocatedResources;
    const counted = given ? larger(requests, amountsOf(given)) : requests;
    const cpu = counted.cpu || missing.cpu;
    const memory = counted.memory || missing.memory;
    return cpu === counted.cpu && memory === counted.memory ? counted : { ...counted, cpu, memory };
  };
  let running = onePod;
  let peak = nothing;
  for (const container of spec.initContainers ?? []) {
    const withThis = plus(running, of(container));
    peak = larger(peak, withThis);
    if (container.restartPolicy === "Always") running = withThis;
  }
  for (const container of spec.containers) running = plus(running, of(container));
  return plus(withPodLevel(larger(peak, running), spec.resources), amountsOf(spec.overhead));
}

/** What the pod requests itself stands for the sum of its containers. */
function withPodLevel(amounts: Amounts, resources: Pod["spec"]["resources"]): Amounts {
  if (!resources) return amounts;
  const own = amountsOf({ ...resources.limits, ...resources.requests });
  const others = own.others.size === 0 ? amounts.others : new Map([...amounts.others, ...own.others]);
  return { cpu: own.cpu || amounts.cpu, memory: own.memory || amounts.memory, pods: amounts.pods, others };
}

/** What a node has for pods. */
export function allocatableOf({ status }: Node): Amounts {
  return amountsOf(status?.allocatable ?? status?.capacity);
}

/** How much of one resource, by its name, the amounts hold. */
export function amountOf(amounts: Amounts, resource: string): number {
  if (resource === "cpu") return amounts.cpu;
  if (resource === "memory") return amounts.memory;
  return resource === "pods" ? amounts.pods : (amounts.others.get(resource) ?? 0);
}

export function plus(a: Amounts, b: Amounts): Amounts {
  return combined(a, b, (x, y) => x + y);
}

export function minus(a: Amounts, b: Amounts): Amounts {
  return combined(a, b, (x, y) => x - y);
}

function larger(a: Amounts, b: Amounts): Amounts {
  return combined(a, b, Math.max);
}

function combined(a: Amounts, b: Amounts, combine: (x: number, y: number) => number): Amounts {
  if (b === nothing) return a;
  return {
    cpu: combine(a.cpu, b.cpu),
    memory: combine(a.memory, b.memory),
    pods: combine(a.pods, b.pods),
    others: combinedOthers(a.others, b.others, combine),
  };
}

function combinedOthers(
  a: Amounts["others"],
  b: Amounts["others"],
  combine: (x: number, y: number) => number,
): Amounts["others"] {
  if (b.size === 0) return a;
  const others = new Map(a);
  for (const [resource, amount] of b) others.set(resource, combine(others.get(resource) ?? 0, amount));
  return others;
}

/** A limit without a request is a request, as in Kubernetes. */
function requestsOfContainer({ resources }: PodContainer): Amounts {
  if (!resources?.limits) return amountsOf(resources?.requests);
  return amountsOf({ ...resources.limits, ...resources.requests });
}

function amountsOf(quantities: Readonly<Record<string, string>> | undefined): Amounts {
  if (!quantities) return nothing;
  const { cpu, memory, pods, ...rest } = quantities;
  const others = Object.entries(rest).map(([resource, text]) => [resource, quantityToNumber(text)] as const);
  return {
    cpu: cpu === undefined ? 0 : quantityToMilli(cpu),
    memory: memory === undefined ? 0 : quantityToNumber(memory),
    pods: pods === undefined ? 0 : quantityToNumber(pods),
    others: others.length === 0 ? noOthers : new Map(others),
  };
}
