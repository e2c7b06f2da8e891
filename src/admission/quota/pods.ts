/** Of pods a quota limits what they ask for: `requests.cpu`, and `cpu` for the same; `limits.cpu`; `requests.nvidia.com/gpu`. */
import {
  type Amounts,
  type Draft,
  hasEnded,
  type Pod,
  type PodSpec,
  parseQuantity,
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
  isCounted: pod => !hasEnded(pod),
  fits: (requirement, { spec }) => scopes[requirement.scopeName](spec, requirement),
  unsaid(limited, { spec: { containers, initContainers = [], resources: whole } }) {
    return limited.flatMap(resource => {
      const side = resource.startsWith("limits.") ? "limits" : "requests";
      const plain = resource.replace(/^(requests|limits)\./, "");
      // What the pod says as a whole its containers need not say.
      if (!shortNames.has(plain) || whole?.[side]?.[plain]) return [];
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

const shortNames: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"]);

function usageOf(spec: PodSpec): Amounts {
  const usage = new Map<string, Quantity>();
  for (const [name, amount] of podAmounts(spec, "requests")) {
    usage.set(`requests.${name}`, amount);
    if (shortNames.has(name)) usage.set(name, amount);
  }
  for (const [name, amount] of podAmounts(spec, "limits")) usage.set(`limits.${name}`, amount);
  return usage;
}

type Requirement = ScopedResourceSelectorRequirement;

const scopes: Readonly<
  Record<Requirement["scopeName"], (spec: Draft<Pod>["spec"], requirement: Requirement) => boolean>
> = {
  Terminating: spec => spec.activeDeadlineSeconds !== undefined,
  NotTerminating: spec => spec.activeDeadlineSeconds === undefined,
  BestEffort: asksForNothing,
  NotBestEffort: spec => !asksForNothing(spec),
  PriorityClass: ({ priorityClassName }, requirement) =>
    fitsNames(priorityClassName === undefined ? [] : [priorityClassName], requirement),
  CrossNamespacePodAffinity: looksElsewhere,
  VolumeAttributesClass: () => false,
};

function asksForNothing(spec: PodSpec): boolean {
  return podAmounts(spec, "requests").size + podAmounts(spec, "limits").size === 0;
}

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
