/** What a LimitRange gives to containers that say nothing of their own; an annotation of the pod tells of it. */
import type { AmountsText, Draft, LimitRange, Pod, PodContainer, PodSpec, Side } from "../resources/index.ts";
import { changingSpecs } from "./pod-spec.ts";

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

export function withDefaultsOf(pod: Draft<Pod>, range: LimitRange): Draft<Pod> {
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
  for (const limit of (range.spec?.limits ?? []).filter(({ type }) => type === "Container")) {
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

function withMissing(side: Side, own: AmountsText, missing: AmountsText): object {
  const all = { ...own, ...missing };
  return Object.keys(all).length > 0 ? { [side]: all } : {};
}
