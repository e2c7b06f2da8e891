/** Of pods a quota limits what they ask for: `requests.cpu`, and `cpu` for the same; `limits.cpu`; `requests.nvidia.com/gpu`. */
import {
  type Amounts,
  type Draft,
  hasEnded,
  isPodLevel,
  type Pod,
  type PodSpec,
  podAmounts,
  type Quantity,
  qosClassOf,
  type ScopedResourceSelectorRequirement,
} from "../../resources/index.ts";
import { fitsNames, type QuotaEvaluator } from "./evaluator.ts";

export const pods: QuotaEvaluator<Pod> = {
  // What no other kind has is asked for by pods.
  limits: () => true,
  usage({ spec }) {
    const usage = usages.get(spec) ?? usageOf(spec);
    usages.set(spec, usage);
    return usage;
  },
  isCounted: (pod, now) => !hasEnded(pod) && !isStuck(pod, now),
  fits: (requirement, { spec }) => scopes[requirement.scopeName](spec, requirement),
  unsaid(limited, { spec: { containers, initContainers = [], resources: whole } }) {
    // Where the pod says anything as a whole, its containers need not say anything.
    if ([whole?.requests, whole?.limits].some(each => Object.keys(each ?? {}).some(isPodLevel))) return [];
    return limited.flatMap(resource => {
      const side = resource.startsWith("limits.") ? "limits" : "requests";
      const plain = resource.replace(/^(requests|limits)\./, "");
      if (!mustBeSaid.has(plain)) return [];
      const silent = [...containers, ...initContainers].filter(
        ({ resources }) => !resources?.[side]?.[plain],
      );
      const names = silent.map(({ name }) => name).sort();
      return names.length > 0 ? [`${resource} for: ${names.join(",")}`] : [];
    });
  },
};

/** Specs are frozen, and those of pods that are there are asked about again and again. */
const usages = new WeakMap<PodSpec, Amounts>();

/** Of other resources a pod that does not ask for them takes none. */
const mustBeSaid: ReadonlySet<string> = new Set(["cpu", "memory"]);
const shortNames: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"]);

/** Its node is lost, mostly: it has had twice the time that it was given to go. */
function isStuck({ metadata: { deletionTimestamp, deletionGracePeriodSeconds } }: Pod, now: number): boolean {
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return false;
  return now > Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1_000;
}

function usageOf(spec: PodSpec): Amounts {
  const usage = new Map<string, Quantity>();
  for (const [name, amount] of podAmounts(spec, "requests")) {
    usage.set(`requests.${name}`, amount);
    if (shortNames.has(name) || name.startsWith("hugepages-")) usage.set(name, amount);
  }
  for (const [name, amount] of podAmounts(spec, "limits"))
    if (shortNames.has(name)) usage.set(`limits.${name}`, amount);
  return usage;
}

type Requirement = ScopedResourceSelectorRequirement;

const scopes: Readonly<
  Record<Requirement["scopeName"], (spec: Draft<Pod>["spec"], requirement: Requirement) => boolean>
> = {
  Terminating: spec => spec.activeDeadlineSeconds !== undefined,
  NotTerminating: spec => spec.activeDeadlineSeconds === undefined,
  BestEffort: spec => qosClassOf(spec) === "BestEffort",
  NotBestEffort: spec => qosClassOf(spec) !== "BestEffort",
  PriorityClass: ({ priorityClassName }, requirement) =>
    fitsNames(priorityClassName === undefined ? [] : [priorityClassName], requirement),
  CrossNamespacePodAffinity: looksElsewhere,
  VolumeAttributesClass: () => false,
};

/** Whether where it may run depends on pods of namespaces that it names. */
function looksElsewhere({ affinity = {} }: PodSpec): boolean {
  const terms = [affinity.podAffinity, affinity.podAntiAffinity].flatMap(each => [
    ...(each?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(each?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ podAffinityTerm }) => podAffinityTerm,
    ),
  ]);
  return terms.some(({ namespaces = [], namespaceSelector }) => namespaces.length > 0 || namespaceSelector);
}
