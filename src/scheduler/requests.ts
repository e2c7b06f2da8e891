/**
 * Amounts: what a pod asks of a node, and what a node has to give, as numbers that can be compared. A pod asks for what its
 * containers request together, or for what it requests itself (pod-level resources), and always for a place among the pods that
 * a node may run.
 */
import {
  type Arithmetic,
  type Node,
  type Pod,
  type PodContainer,
  quantityToMilli,
  quantityToNumber,
  takenByContainers,
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

/** What a container without a request counts for when nodes are scored: 100m and 200 MiB, as in Kubernetes. */
const assumedRequests = { cpu: 100, memory: 200 * 1024 * 1024 };

/** What a pod needs, and a place among the pods of its node. */
export function requestsOf(pod: Pod): Amounts {
  return podRequests(pod, nothing);
}

/** The same for scores: a container that says nothing of processor time or memory counts as if it requested some; 0 is a word. */
export function scoredRequestsOf(pod: Pod): Amounts {
  return podRequests(pod, assumedRequests);
}

function podRequests(
  { spec, status }: Pod,
  missing: { readonly cpu: number; readonly memory: number },
): Amounts {
  const allocated = spec.nodeName === undefined ? undefined : status?.containerStatuses;
  const of = ({ name, resources: { limits, requests } = {} }: PodContainer) => {
    // A limit without a request is a request, as in Kubernetes.
    const quantities = limits ? { ...limits, ...requests } : requests;
    // While a resize is under way, the larger of what is asked for and what the node has set aside counts.
    const given = allocated?.find(each => each.name === name)?.allocatedResources;
    const amounts = given ? larger(amountsOf(quantities), amountsOf(given)) : amountsOf(quantities);
    const isSilent = (resource: "cpu" | "memory") =>
      quantities?.[resource] === undefined && given?.[resource] === undefined && missing[resource] > 0;
    if (!isSilent("cpu") && !isSilent("memory")) return amounts;
    const cpu = isSilent("cpu") ? missing.cpu : amounts.cpu;
    return { ...amounts, cpu, memory: isSilent("memory") ? missing.memory : amounts.memory };
  };
  const amounts = withPodLevel(takenByContainers(spec, of, arithmetic), spec.resources);
  return { ...plus(amounts, amountsOf(spec.overhead)), pods: 1 };
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
  if (b === nothing) return a;
  const others = combinedOthers(a.others, b.others, (x, y) => x + y);
  return { cpu: a.cpu + b.cpu, memory: a.memory + b.memory, pods: a.pods + b.pods, others };
}

export function minus(a: Amounts, b: Amounts): Amounts {
  if (b === nothing) return a;
  const others = combinedOthers(a.others, b.others, (x, y) => x - y);
  return { cpu: a.cpu - b.cpu, memory: a.memory - b.memory, pods: a.pods - b.pods, others };
}

function larger(a: Amounts, b: Amounts): Amounts {
  if (b === nothing) return a;
  const others = combinedOthers(a.others, b.others, Math.max);
  const [cpu, memory] = [Math.max(a.cpu, b.cpu), Math.max(a.memory, b.memory)];
  return { cpu, memory, pods: Math.max(a.pods, b.pods), others };
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

const arithmetic: Arithmetic<Amounts> = { nothing, plus, larger };

/** Whether both are the same, of all resources. */
export function isSameAmount(a: Amounts, b: Amounts): boolean {
  if (a === b) return true;
  if (a.cpu !== b.cpu || a.memory !== b.memory || a.pods !== b.pods) return false;
  if (a.others.size !== b.others.size) return false;
  for (const [resource, amount] of a.others) if (b.others.get(resource) !== amount) return false;
  return true;
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
