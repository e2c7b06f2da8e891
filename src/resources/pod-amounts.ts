/** Amounts of resources, exactly: what a pod or its containers ask for, summed up and written as Kubernetes writes it. */
import type { PodContainer, PodSpec } from "./generated/kubernetes.gen.ts";
import { formatQuantity, parseQuantity, type Quantity } from "./quantity.ts";

/** By the name of the resource: `cpu`, `memory`, `nvidia.com/gpu`. */
export type Amounts = ReadonlyMap<string, Quantity>;

/** As they stand in an object. */
export type AmountsText = Readonly<Record<string, string>>;

export type Side = "requests" | "limits";

export function amountsOf(text: AmountsText = {}): Map<string, Quantity> {
  return new Map(Object.entries(text).map(([name, quantity]) => [name, parseQuantity(quantity)]));
}

/** Of two forms of writing the first counts, unless it is of nothing. */
function sum(one: Quantity | undefined, other: Quantity): Quantity {
  if (one === undefined || one.billionths === 0n) return other;
  return { ...one, billionths: one.billionths + other.billionths };
}

export function added(one: Amounts, other: Amounts): Map<string, Quantity> {
  const all = new Map(one);
  for (const [name, quantity] of other) all.set(name, sum(all.get(name), quantity));
  return all;
}

/** May be less than nothing. */
export function subtracted(one: Amounts, other: Amounts): Map<string, Quantity> {
  const negative = [...other].map(([name, quantity]): [string, Quantity] => [
    name,
    { ...quantity, billionths: -quantity.billionths },
  ]);
  return added(one, new Map(negative));
}

/**
 * What a pod takes as a whole: what its spec says of the pod itself (pod-level resources), else what its containers take; and what its
 * runtime adds.
 */
export function podAmounts(spec: PodSpec, side: Side): Amounts {
  const ofContainers = containersAmounts(spec, side);
  const own = Object.entries(spec.resources?.[side] ?? {}).filter(([name]) => isPodLevel(name));
  const all =
    own.length === 0 ? ofContainers : new Map([...ofContainers, ...amountsOf(Object.fromEntries(own))]);
  return added(all, amountsOf(spec.overhead));
}

/** How amounts are put together, in whichever form they are kept. */
export interface Arithmetic<T> {
  readonly nothing: T;
  readonly plus: (one: T, other: T) => T;
  /** Of each resource what is more. */
  readonly larger: (one: T, other: T) => T;
}

/**
 * What containers take at their hungriest. They run together; init containers run before them, one after another, so that only the
 * largest counts; those that restart always (sidecars) stay on and count with everything after them.
 */
export function takenByContainers<T>(
  { containers, initContainers = [] }: Pick<PodSpec, "containers" | "initContainers">,
  takenBy: (container: PodContainer) => T,
  { nothing, plus, larger }: Arithmetic<T>,
): T {
  let running = nothing;
  let peak = nothing;
  for (const container of initContainers) {
    const withThis = plus(running, takenBy(container));
    peak = larger(peak, withThis);
    if (container.restartPolicy === "Always") running = withThis;
  }
  for (const container of containers) running = plus(running, takenBy(container));
  return larger(peak, running);
}

const exact: Arithmetic<Amounts> = { nothing: new Map(), plus: added, larger };

/** The same of what stands in their requests or limits. */
export function containersAmounts(spec: Pick<PodSpec, "containers" | "initContainers">, side: Side): Amounts {
  return takenByContainers(spec, container => containerAmounts(container, side), exact);
}

/** Whether a pod can ask for it as a whole. */
export function isPodLevel(resource: string): boolean {
  return resource === "cpu" || resource === "memory" || resource.startsWith("hugepages-");
}

export function containerAmounts({ resources }: PodContainer, side: Side): Amounts {
  return amountsOf(resources?.[side]);
}

/** `cpu=1,memory=2Gi`, sorted. */
export function textOf(amounts: Amounts): string {
  return [...amounts]
    .map(([name, quantity]) => `${name}=${formatQuantity(quantity)}`)
    .sort()
    .join(",");
}

function larger(one: Amounts, other: Amounts): Amounts {
  const all = new Map(one);
  for (const [name, quantity] of other) {
    const before = all.get(name);
    if (before === undefined || before.billionths < quantity.billionths) all.set(name, quantity);
  }
  return all;
}
