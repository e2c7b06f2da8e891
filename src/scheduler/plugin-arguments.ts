/**
 * The arguments of the built-in plugins (`pluginConfig` of a profile): their shape, and what is wrong with them, in the words of
 * `pkg/scheduler/apis/config/validation/validation_pluginargs.go`. A plugin that takes none has an empty shape.
 */
import type { Cause } from "../errors/index.ts";
import {
  type Draft,
  describeKind,
  duplicate,
  forbidden,
  invalidValue,
  type KindDefinition,
  type KubernetesObject,
  required,
  type Schema,
} from "../resources/index.ts";
import type {
  BalancedAllocationArgs,
  DefaultPreemptionArgs,
  InterPodAffinityArgs,
  NodeResourcesFitArgs,
  PodTopologySpreadArgs,
} from "./plugins/index.ts";
import { builtInPlugins } from "./plugins/index.ts";

const text: Schema = { type: "string" };
const truth: Schema = { type: "boolean" };
const whole: Schema = { type: "integer" };
const anything: Schema = { type: "object", preserveUnknownFields: true };
const listOf = (items: Schema): Schema => ({ type: "array", items });
const object = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: "object",
  properties: Object.assign(Object.create(null), properties),
});

const weights = listOf(object({ name: text, weight: whole }));
const shape = listOf(object({ utilization: whole, score: whole }));

interface Arguments {
  readonly properties: Readonly<Record<string, Schema>>;
  readonly faults?: (args: Readonly<Record<string, unknown>>) => Cause[];
}

const argumentsOf: Readonly<Record<string, Arguments>> = {
  DefaultPreemption: {
    properties: { minCandidateNodesPercentage: whole, minCandidateNodesAbsolute: whole },
    faults: preemptionFaults,
  },
  InterPodAffinity: {
    properties: { hardPodAffinityWeight: whole, ignorePreferredTermsOfExistingPods: truth },
    faults: ({ hardPodAffinityWeight: weight = 1 }: InterPodAffinityArgs) =>
      weight < 0 || weight > 100
        ? [invalidValue("hardPodAffinityWeight", weight, "not in valid range [0, 100]")]
        : [],
  },
  NodeAffinity: { properties: { addedAffinity: anything } },
  NodeResourcesBalancedAllocation: {
    properties: { resources: weights },
    faults: ({ resources = [] }: BalancedAllocationArgs) =>
      resources.flatMap(({ name, weight = 1 }, i) => {
        const isRepeated = resources.findIndex(each => each.name === name) < i;
        return [
          ...(isRepeated ? [duplicate(`resources[${i}].name`, name)] : []),
          ...(weight === 1 || weight === 0
            ? []
            : [invalidValue(`resources[${i}].weight`, weight, "must be 1")]),
        ];
      }),
  },
  NodeResourcesFit: {
    properties: {
      ignoredResources: listOf(text),
      ignoredResourceGroups: listOf(text),
      scoringStrategy: object({
        type: { type: "string", enum: ["LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"] },
        resources: weights,
        requestedToCapacityRatio: object({ shape }),
      }),
    },
    faults: fitFaults,
  },
  PodTopologySpread: {
    properties: {
      defaultingType: { type: "string", enum: ["List", "System"] },
      defaultConstraints: listOf(
        object({
          maxSkew: whole,
          topologyKey: text,
          whenUnsatisfiable: { type: "string", enum: ["DoNotSchedule", "ScheduleAnyway"] },
          labelSelector: anything,
          minDomains: whole,
          nodeAffinityPolicy: text,
          nodeTaintsPolicy: text,
          matchLabelKeys: listOf(text),
        }),
      ),
    },
    faults: spreadFaults,
  },
  VolumeBinding: { properties: { bindTimeoutSeconds: whole } },
  DynamicResources: { properties: { filterTimeout: text, bindingTimeout: text } },
};

/** By the name of the plugin: what its arguments are checked with, as if they were an object. */
export const argumentKinds: Readonly<Record<string, KindDefinition>> = Object.assign(
  Object.create(null),
  Object.fromEntries(
    Object.keys(builtInPlugins).map(name => [name, kindOf(name, argumentsOf[name] ?? { properties: {} })]),
  ),
);

function kindOf(name: string, { properties, faults }: Arguments): KindDefinition {
  return describeKind({
    kind: `${name}Args`,
    group: "kubescheduler.config.k8s.io",
    version: "v1",
    plural: `${name.toLowerCase()}args`,
    scope: "Cluster",
    verbs: ["create"],
    schema: object({ apiVersion: text, kind: text, metadata: anything, ...properties }),
    rules: {
      validate: (draft: Draft<KubernetesObject>) =>
        faults?.(draft as unknown as Readonly<Record<string, unknown>>) ?? [],
    },
  }) as unknown as KindDefinition;
}

function preemptionFaults(args: DefaultPreemptionArgs): Cause[] {
  const { minCandidateNodesPercentage: percentage = 10, minCandidateNodesAbsolute: absolute = 100 } = args;
  const causes: Cause[] = [];
  const [shareField, countField] = ["minCandidateNodesPercentage", "minCandidateNodesAbsolute"];
  if (percentage < 0 || percentage > 100)
    causes.push(invalidValue(shareField, percentage, "not in valid range [0, 100]"));
  if (absolute < 0) causes.push(invalidValue(countField, absolute, "not in valid range [0, inf)"));
  if (percentage === 0 && absolute === 0) {
    causes.push(invalidValue(shareField, percentage, `cannot be zero at the same time as ${countField}`));
    causes.push(invalidValue(countField, absolute, `cannot be zero at the same time as ${shareField}`));
  }
  return causes;
}

function fitFaults({ ignoredResourceGroups = [], scoringStrategy }: NodeResourcesFitArgs): Cause[] {
  const causes = ignoredResourceGroups.flatMap((group, i) =>
    group.includes("/")
      ? [invalidValue(`ignoredResourceGroups[${i}]`, group, "resource group name can't contain '/'")]
      : [],
  );
  if (!scoringStrategy) return causes;
  const { type, resources = [], requestedToCapacityRatio: ratio } = scoringStrategy;
  resources.forEach(({ name, weight = 1 }, i) => {
    const detail = `resource weight of ${name} not in valid range (0, 100]`;
    if (weight < 0 || weight > 100)
      causes.push(invalidValue(`scoringStrategy.resources[${i}].weight`, weight, detail));
  });
  const field = "scoringStrategy.requestedToCapacityRatio";
  if (type !== "RequestedToCapacityRatio") {
    if (ratio) causes.push(forbidden(field, "must be nil when type is not RequestedToCapacityRatio"));
  } else if (!ratio) causes.push(required(field, "must be specified when type is RequestedToCapacityRatio"));
  else causes.push(...shapeFaults(ratio.shape ?? [], `${field}.shape`));
  return causes;
}

type Shape = NonNullable<
  NonNullable<NodeResourcesFitArgs["scoringStrategy"]>["requestedToCapacityRatio"]
>["shape"];

function shapeFaults(points: Shape, field: string): Cause[] {
  if (points.length === 0) return [required(field, "at least one point must be specified")];
  const causes: Cause[] = [];
  const unsorted = points.findIndex(
    ({ utilization }, i) => (points[i - 1]?.utilization ?? -1) >= utilization,
  );
  if (unsorted > 0)
    causes.push(
      invalidValue(
        `${field}[${unsorted}].utilization`,
        points[unsorted]?.utilization,
        "values must be sorted in increasing order",
      ),
    );
  points.forEach(({ utilization, score }, i) => {
    if (utilization < 0 || utilization > 100)
      causes.push(invalidValue(`${field}[${i}].utilization`, utilization, "not in valid range [0, 100]"));
    if (score < 0 || score > 10)
      causes.push(invalidValue(`${field}[${i}].score`, score, "not in valid range [0, 10]"));
  });
  return causes;
}

function spreadFaults({
  defaultingType = "System",
  defaultConstraints = [],
}: PodTopologySpreadArgs): Cause[] {
  const causes: Cause[] = [];
  if (defaultingType === "System" && defaultConstraints.length > 0)
    causes.push(invalidValue("defaultingType", defaultingType, "when .defaultConstraints are not empty"));
  defaultConstraints.forEach((constraint, i) => {
    const field = `defaultConstraints[${i}]`;
    const { maxSkew = 0, topologyKey = "", whenUnsatisfiable } = constraint;
    if (maxSkew <= 0) causes.push(invalidValue(`${field}.maxSkew`, maxSkew, "not in valid range (0, inf)"));
    if (topologyKey === "") causes.push(required(`${field}.topologyKey`, "can not be empty"));
    if (!whenUnsatisfiable) causes.push(required(`${field}.whenUnsatisfiable`, "can not be empty"));
    if ("labelSelector" in constraint)
      causes.push(
        forbidden(
          `${field}.labelSelector`,
          "constraint must not define a selector, as they deduced for each pod",
        ),
      );
    const isSame = (other: typeof constraint) =>
      other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable;
    if (defaultConstraints.findIndex(isSame) < i)
      causes.push(duplicate(field, `{${topologyKey}, ${whenUnsatisfiable}}`));
  });
  return causes;
}
