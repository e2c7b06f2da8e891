/**
 * Amounts: what a pod asks of a node, and what a node has to give, as numbers that can be compared. A pod asks for what its
 * containers request together, and always for a place among the pods that a node may run.
 */
import {
  type Node,
  type Pod,
  type PodContainer,
  quantityToMilli,
  quantityToNumber,
} from "../resources/index.ts";

/** By resource: `cpu` in thousandths of a processor, all else in its own unit (bytes, pods, devices). */
export type Amounts = ReadonlyMap<string, number>;

/**
 * What a pod needs at its hungriest. Its containers run together; init containers run before them, one after another, so that
 * only the largest counts; those that restart always (sidecars) stay on and count with everything after them.
 */
export function requestsOf({ spec }: Pod): Amounts {
  const running = new Map<string, number>([["pods", 1]]);
  const peak = new Map<string, number>();
  for (const container of spec.initContainers ?? []) {
    const own = requestsOfContainer(container);
    for (const [resource, amount] of own) raise(peak, resource, (running.get(resource) ?? 0) + amount);
    if (container.restartPolicy === "Always") addTo(running, own);
  }
  for (const container of spec.containers) addTo(running, requestsOfContainer(container));
  for (const [resource, amount] of peak) raise(running, resource, amount);
  addTo(running, amountsOf(spec.overhead));
  return running;
}

/** What a node has for pods. */
export function capacityOf({ status }: Node): Amounts {
  return new Map(amountsOf(status?.allocatable ?? status?.capacity));
}

export function addTo(sum: Map<string, number>, amounts: Iterable<readonly [string, number]>): void {
  for (const [resource, amount] of amounts) sum.set(resource, (sum.get(resource) ?? 0) + amount);
}

export function takeFrom(sum: Map<string, number>, amounts: Iterable<readonly [string, number]>): void {
  for (const [resource, amount] of amounts) sum.set(resource, (sum.get(resource) ?? 0) - amount);
}

/** A limit without a request is a request, as in Kubernetes. */
function requestsOfContainer({ resources }: PodContainer): [string, number][] {
  if (!resources?.requests && !resources?.limits) return [];
  return amountsOf({ ...resources.limits, ...resources.requests });
}

function amountsOf(quantities: Readonly<Record<string, string>> = {}): [string, number][] {
  return Object.entries(quantities).map(([resource, text]) => [
    resource,
    resource === "cpu" ? quantityToMilli(text) : quantityToNumber(text),
  ]);
}

function raise(sum: Map<string, number>, resource: string, atLeast: number): void {
  if ((sum.get(resource) ?? 0) < atLeast) sum.set(resource, atLeast);
}
