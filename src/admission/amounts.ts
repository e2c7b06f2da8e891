/** Amounts of resources, exactly: what a pod or its containers ask for, summed up and written as Kubernetes writes it. */
import {
  formatQuantity,
  type PodContainer,
  type PodSpec,
  parseQuantity,
  type Quantity,
} from "../resources/index.ts";

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

/**
 * What a pod takes as a whole: all its containers together, or what a container that runs before them takes, if that is
 * more; and what its runtime adds.
 */
export function podAmounts(spec: PodSpec, side: Side): Amounts {
  let running: Amounts = new Map();
  let peak: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    const own = containerAmounts(container, side);
    if (container.restartPolicy === "Always") running = added(running, own);
    peak = larger(peak, container.restartPolicy === "Always" ? running : added(running, own));
  }
  for (const container of spec.containers) running = added(running, containerAmounts(container, side));
  return added(larger(peak, running), amountsOf(spec.overhead));
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
