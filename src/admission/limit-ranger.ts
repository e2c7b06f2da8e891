/**
 * LimitRanger: what a namespace's LimitRanges say about the size of containers, pods and claims. A container that says
 * nothing of its own gets their defaults, which an annotation tells; what is too small, too large or stretches its request
 * too far is refused, with all reasons at once.
 */
import {
  type Draft,
  formatQuantity,
  type KubernetesObject,
  type Pod,
  type PodContainer,
  type PodSpec,
  type Quantity,
} from "../resources/index.ts";
import { forbidden } from "../store/index.ts";
import { type Amounts, type AmountsText, amountsOf, containerAmounts, podAmounts } from "./amounts.ts";
import { pluginFor, type StoreReader } from "./plugin.ts";
import { changingSpecs, podPlugin } from "./pod-spec.ts";

interface LimitRange extends KubernetesObject {
  readonly spec: { readonly limits: readonly Limit[] };
}

interface Limit {
  readonly type: string;
  readonly default?: AmountsText;
  readonly defaultRequest?: AmountsText;
  readonly min?: AmountsText;
  readonly max?: AmountsText;
  readonly maxLimitRequestRatio?: AmountsText;
}

interface PersistentVolumeClaim extends KubernetesObject {
  readonly spec: { readonly resources?: { readonly requests?: AmountsText } };
}

const pods = podPlugin({
  name: "LimitRanger",
  on: [{ operations: ["CREATE"], kinds: ["Pod"] }],
  mutate(pod, { namespace }, reader) {
    const ranges = rangesIn(namespace, reader);
    let limited = pod;
    for (const range of ranges) limited = withDefaultsOf(limited, range);
    return limited;
  },
  validate({ spec }, { kind, namespace, name }, reader) {
    const problems = limitsIn(namespace, reader).flatMap(limit => podProblems(spec, limit));
    if (problems.length > 0) throw forbidden(kind, name, sentenceOf(problems));
  },
});

const claims = pluginFor<PersistentVolumeClaim>({
  name: "LimitRanger",
  on: [{ operations: ["CREATE", "UPDATE"], kinds: ["PersistentVolumeClaim"] }],
  validate({ spec }, { kind, namespace, name }, reader) {
    const requests = amountsOf(spec.resources?.requests);
    const problems = limitsIn(namespace, reader)
      .filter(({ type }) => type === "PersistentVolumeClaim")
      .flatMap(limit => [
        ...smallerThan(limit, requests, new Map()),
        // A claim has no limit: what it requests is held against the maximum.
        ...largerThan(limit, requests, requests).map(text => text.replace("but limit is", "but request is")),
      ]);
    if (problems.length > 0) throw forbidden(kind, name, sentenceOf(problems));
  },
});

export const limitRanger = [pods, claims];

// --- Defaults.

/** What is to be said of each spec that was filled in. */
const notes = new WeakMap<PodSpec, string>();

const filledIn = changingSpecs<LimitRange>((spec, range) => {
  const said: string[] = [];
  const fill = (list: readonly PodContainer[] | undefined, what: string) =>
    list?.map(container => filledContainer(container, what, range, said));
  const { containers, initContainers } = spec;
  const full = fill(containers, "container") ?? containers;
  const init = fill(initContainers, "init container");
  if (said.length === 0) return spec;
  const filled = { ...spec, containers: full, ...(init && { initContainers: init }) };
  notes.set(filled, `LimitRanger plugin set: ${said.join("; ")}`);
  return filled;
});

const annotation = "kubernetes.io/limit-ranger";

function withDefaultsOf(pod: Draft<Pod>, range: LimitRange): Draft<Pod> {
  const filled = filledIn(pod, range);
  const note = filled === pod ? undefined : notes.get(filled.spec);
  if (!note) return filled;
  const { metadata } = filled;
  return {
    ...filled,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [annotation]: note } },
  };
}

function filledContainer(
  container: PodContainer,
  what: string,
  range: LimitRange,
  said: string[],
): PodContainer {
  const { requests = {}, limits = {} } = container.resources ?? {};
  const missing = { requests: {} as Record<string, string>, limits: {} as Record<string, string> };
  for (const limit of range.spec.limits.filter(({ type }) => type === "Container")) {
    // What is not said is taken from what is: the limit from the maximum, the request from the limit.
    const limitDefaults = { ...limit.max, ...limit.default };
    const requestDefaults = { ...limitDefaults, ...limit.defaultRequest };
    for (const [name, amount] of Object.entries(requestDefaults))
      if (!Object.hasOwn(requests, name)) missing.requests[name] = amount;
    for (const [name, amount] of Object.entries(limitDefaults))
      if (!Object.hasOwn(limits, name)) missing.limits[name] = amount;
  }
  const tell = (names: string[], part: string) =>
    names.length > 0 && said.push(`${names.sort().join(", ")} ${part} for ${what} ${container.name}`);
  tell(Object.keys(missing.requests), "request");
  tell(Object.keys(missing.limits), "limit");
  const isWhole = Object.keys({ ...missing.requests, ...missing.limits }).length === 0;
  if (isWhole) return container;
  const resources = {
    ...container.resources,
    ...withMissing("limits", limits, missing.limits),
    ...withMissing("requests", requests, missing.requests),
  };
  return { ...container, resources };
}

function withMissing(side: "requests" | "limits", own: AmountsText, missing: AmountsText): object {
  const all = { ...own, ...missing };
  return Object.keys(all).length > 0 ? { [side]: all } : {};
}

// --- Checks.

function podProblems(spec: PodSpec, limit: Limit): string[] {
  if (limit.type === "Pod")
    return problemsOf(limit, podAmounts(spec, "requests"), podAmounts(spec, "limits"));
  if (limit.type !== "Container") return [];
  return [...spec.containers, ...(spec.initContainers ?? [])].flatMap(container =>
    problemsOf(limit, containerAmounts(container, "requests"), containerAmounts(container, "limits")),
  );
}

function problemsOf(limit: Limit, requests: Amounts, limits: Amounts): string[] {
  return [
    ...smallerThan(limit, requests, limits),
    ...largerThan(limit, requests, limits),
    ...stretched(limit, requests, limits),
  ];
}

function smallerThan({ type, min }: Limit, requests: Amounts, limits: Amounts): string[] {
  return problems(min, (resource, least) => {
    const text = `minimum ${resource} usage per ${type} is ${formatQuantity(least)}`;
    const [request, limit] = [requests.get(resource), limits.get(resource)];
    if (!request) return `${text}.  No request is specified`;
    if (request.billionths < least.billionths) return `${text}, but request is ${formatQuantity(request)}`;
    if (limit && limit.billionths < least.billionths) return `${text}, but limit is ${formatQuantity(limit)}`;
    return undefined;
  });
}

function largerThan({ type, max }: Limit, requests: Amounts, limits: Amounts): string[] {
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

function stretched({ type, maxLimitRequestRatio }: Limit, requests: Amounts, limits: Amounts): string[] {
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

function rangesIn(namespace: string, reader: StoreReader): readonly LimitRange[] {
  return reader.list("LimitRange", { namespace }) as KubernetesObject[] as LimitRange[];
}

function limitsIn(namespace: string, reader: StoreReader): Limit[] {
  return rangesIn(namespace, reader).flatMap(({ spec }) => spec.limits);
}

/** Several problems in brackets, as Kubernetes tells several errors. */
function sentenceOf(problems: readonly string[]): string {
  return problems.length === 1 ? String(problems[0]) : `[${problems.join(", ")}]`;
}
