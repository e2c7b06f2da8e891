/**
 * What the pods of a target use of a resource, and what they should: a share of what they request, or an amount each.
 */
import {
  formatQuantity,
  type MetricTarget,
  matchesRequirements,
  type Pod,
  type PodMetrics,
  parseLabelSelector,
  podAmounts,
  quantityToMilli,
} from "../../resources/index.ts";
import type { Load, Sample } from "./replica-count.ts";
import type { Problem } from "./scale-target.ts";

/** A resource of all containers of a pod, or of one. */
export interface ResourceSource {
  readonly name: string;
  readonly container?: string;
  readonly target: MetricTarget;
}

/** What those that the selector means use, by the name of the pod. */
export function samplesOf(
  measured: readonly PodMetrics[],
  selector: string,
  { name: resource, container }: ResourceSource,
): ReadonlyMap<string, Sample> | Problem {
  const requirements = parseLabelSelector(selector);
  const found = measured.filter(each => matchesRequirements(requirements, each));
  if (found.length === 0) return { problem: "no metrics returned from resource metrics API" };
  const samples = new Map<string, Sample>();
  for (const { metadata, containers, timestamp, window } of found) {
    const counted =
      container === undefined ? containers : containers.filter(({ name }) => name === container);
    if (container !== undefined && counted.length === 0) {
      const where = `pod ${metadata.namespace ?? ""}/${metadata.name}`;
      const absent = `container ${container} not present in metrics for ${where}`;
      return { problem: `failed to get container metrics: ${absent}` };
    }
    const amounts = counted.map(({ usage }) => new Map(Object.entries(usage)).get(resource));
    if (amounts.length === 0 || amounts.includes(undefined)) continue;
    const amount = amounts.reduce((sum, each) => sum + quantityToMilli(each ?? "0"), 0);
    samples.set(metadata.name, {
      amount,
      at: Date.parse(timestamp),
      windowMs: Number.parseFloat(window) * 1_000,
    });
  }
  return samples;
}

/** So much each: what is not known of counts as just right. */
export function amountEach(averageValue: string): Load {
  const wanted = quantityToMilli(averageValue);
  return {
    compare(amounts) {
      const average = Math.trunc(sumOf(amounts.values()) / amounts.size);
      return { ratio: average / wanted, average };
    },
    assumed: () => wanted,
  };
}

/** So many per cent of what they request: what is not known of counts as using all of it. */
export function shareOfRequests(requests: ReadonlyMap<string, number> | Problem, wanted: number): Load {
  if ("problem" in requests) return { compare: () => requests, assumed: () => 0 };
  return {
    compare(amounts) {
      const known = [...amounts].filter(([name]) => requests.has(name));
      const requested = sumOf(known.map(([name]) => requests.get(name) ?? 0));
      if (requested === 0) return { problem: "no metrics returned matched known pods" };
      const used = sumOf(known.map(([, amount]) => amount));
      const utilization = Math.trunc((used * 100) / requested);
      return { ratio: utilization / wanted, utilization, average: Math.trunc(used / known.length) };
    },
    assumed: name => Math.trunc(((requests.get(name) ?? 0) * Math.max(100, wanted)) / 100),
  };
}

/** What each pod requests, in thousandths, by its name: all must say it. */
export function requestsOf(
  pods: readonly Pod[],
  { name: resource, container }: Pick<ResourceSource, "name" | "container">,
): ReadonlyMap<string, number> | Problem {
  const requests = new Map<string, number>();
  for (const { metadata, spec } of pods) {
    if (container === undefined && Object.keys(spec.resources?.requests ?? {}).length > 0) {
      // What it does not request as a whole, its containers request.
      const request = podAmounts(spec, "requests").get(resource);
      if (request === undefined)
        return { problem: `missing pod-level request for ${resource} in Pod ${metadata.name}` };
      requests.set(metadata.name, quantityToMilli(formatQuantity(request)));
      continue;
    }
    const sidecars = spec.initContainers?.filter(({ restartPolicy }) => restartPolicy === "Always") ?? [];
    const all = [...spec.containers, ...sidecars];
    const counted = container === undefined ? all : all.filter(({ name }) => name === container);
    if (counted.length === 0) return { problem: `container ${container} not found in Pod ${metadata.name}` };
    let sum = 0;
    for (const { name, resources } of counted) {
      const request = resources?.requests?.[resource];
      if (request === undefined)
        return { problem: `missing request for ${resource} in container ${name} of Pod ${metadata.name}` };
      sum += quantityToMilli(request);
    }
    requests.set(metadata.name, sum);
  }
  return requests;
}

function sumOf(amounts: Iterable<number>): number {
  let sum = 0;
  for (const amount of amounts) sum += amount;
  return sum;
}
