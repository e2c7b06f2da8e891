/** What is too small for a limit of a LimitRange, too large, or stretches its request too far: in Kubernetes' words. */
import {
  type Amounts,
  type AmountsText,
  amountsOf,
  containerAmounts,
  formatQuantity,
  type LimitRangeItem,
  type PersistentVolumeClaimSpec,
  type PodSpec,
  podAmounts,
  type Quantity,
} from "../resources/index.ts";

export function podProblems(spec: PodSpec, limit: LimitRangeItem): string[] {
  if (limit.type === "Pod")
    return problemsOf(limit, podAmounts(spec, "requests"), podAmounts(spec, "limits"));
  if (limit.type !== "Container") return [];
  return [...spec.containers, ...(spec.initContainers ?? [])].flatMap(container =>
    problemsOf(limit, containerAmounts(container, "requests"), containerAmounts(container, "limits")),
  );
}

export function claimProblems(spec: PersistentVolumeClaimSpec | undefined, limit: LimitRangeItem): string[] {
  if (limit.type !== "PersistentVolumeClaim") return [];
  const requests = amountsOf(spec?.resources?.requests);
  return [
    ...smallerThan(limit, requests, new Map()),
    // A claim has no limit: what it requests is held against the maximum.
    ...largerThan(limit, requests, requests).map(text => text.replace("but limit is", "but request is")),
  ];
}

function problemsOf(limit: LimitRangeItem, requests: Amounts, limits: Amounts): string[] {
  return [
    ...smallerThan(limit, requests, limits),
    ...largerThan(limit, requests, limits),
    ...stretched(limit, requests, limits),
  ];
}

function smallerThan({ type, min }: LimitRangeItem, requests: Amounts, limits: Amounts): string[] {
  return problems(min, (resource, least) => {
    const text = `minimum ${resource} usage per ${type} is ${formatQuantity(least)}`;
    const [request, limit] = [requests.get(resource), limits.get(resource)];
    if (!request) return `${text}.  No request is specified`;
    if (request.billionths < least.billionths) return `${text}, but request is ${formatQuantity(request)}`;
    if (limit && limit.billionths < least.billionths) return `${text}, but limit is ${formatQuantity(limit)}`;
    return undefined;
  });
}

function largerThan({ type, max }: LimitRangeItem, requests: Amounts, limits: Amounts): string[] {
  return problems(max, (resource, most) => {
    const text = `maximum ${resource} usage per ${type} is ${formatQuantity(most)}`;
    const [request, limit] = [requests.get(resource), limits.get(resource)];
    if (!limit) return `${text}.  No limit is specified`;
    if (limit.billionths > most.billionths) return `${text}, but limit is ${formatQuantity(limit)}`;
    if (request && request.billionths > most.billionths)
      return `${text}, but request is ${formatQuantity(request)}`;
    return undefined;
  });
}

function stretched(
  { type, maxLimitRequestRatio }: LimitRangeItem,
  requests: Amounts,
  limits: Amounts,
): string[] {
  return problems(maxLimitRequestRatio, (resource, most) => {
    const text = `${resource} max limit to request ratio per ${type} is ${formatQuantity(most)}, but`;
    const [request, limit] = [requests.get(resource), limits.get(resource)];
    if (!request?.billionths) return `${text} no request is specified or request is 0`;
    if (!limit?.billionths) return `${text} no limit is specified or limit is 0`;
    const ratio = Number(limit.billionths) / Number(request.billionths);
    return ratio > Number(most.billionths) / 1e9
      ? `${text} provided ratio is ${ratio.toFixed(6)}`
      : undefined;
  });
}

function problems(
  bounds: AmountsText | undefined,
  problemOf: (resource: string, bound: Quantity) => string | undefined,
): string[] {
  return [...amountsOf(bounds)].flatMap(([resource, bound]) => problemOf(resource, bound) ?? []);
}
