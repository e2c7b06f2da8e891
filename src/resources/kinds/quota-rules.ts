/** What must be right in a ResourceQuota, as in Kubernetes' `pkg/apis/core/validation`. */
import type { Cause } from "../../errors/index.ts";
import type { KindRules } from "../definition/index.ts";
import { immutable, invalidValue, notSupported, required, wrongEntryKeys } from "../faults.ts";
import type { ResourceQuota, ScopedResourceSelectorRequirement } from "../generated/kubernetes.gen.ts";
import { qualifiedName } from "../names.ts";
import { parseQuantity } from "../quantity.ts";
import { isSame } from "../sameness.ts";
import { valuesOf } from "../schema/index.ts";

const billion = 1_000_000_000n;
const compute = ["cpu", "memory", "ephemeral-storage"];
const asked = [...compute, "storage"];
/** Counts of objects that a quota may name without their group. */
const counted = [
  "configmaps",
  "persistentvolumeclaims",
  "pods",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "services",
  "services.loadbalancers",
  "services.nodeports",
];
const standard = [
  ...counted,
  ...asked.filter(name => name !== "storage"),
  ...asked.map(name => `requests.${name}`),
  ...compute.map(name => `limits.${name}`),
];
/** What is given out in whole pieces. */
const whole = new Set(counted);
const scopes = () => valuesOf("ResourceQuotaSpec", "scopes");
const contrary = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
] as const;

export const resourceQuotaRules: KindRules<ResourceQuota> = {
  validate({ spec }, old) {
    const { hard = {}, scopes: given = [], scopeSelector } = spec ?? {};
    const causes = Object.entries(hard).flatMap(([name, amount]) => amountFaults(name, amount, "spec.hard"));
    if (given.length > 0) causes.push(...scopeFaults(given, Object.keys(hard), "spec.scopes"));
    scopeSelector?.matchExpressions?.forEach((each, i) => {
      causes.push(...selectorFaults(each, Object.keys(hard), `spec.scopeSelector.matchExpressions[${i}]`));
    });
    if (old && !isSame(asSet(given), asSet(old.spec?.scopes ?? [])))
      causes.push(immutable("spec.scopes", given));
    return causes;
  },
  initialStatus: () => ({}),
};

function asSet(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

function amountFaults(name: string, amount: string, map: string): Cause[] {
  const causes = resourceNameFaults(name, map);
  const field = `${map}[${name}]`;
  const { billionths } = parseQuantity(amount);
  const isNegative = billionths < 0n;
  if (isNegative) causes.unshift(invalidValue(field, amount, "must be greater than or equal to 0"));
  if (isWhole(name) && billionths % billion !== 0n)
    causes.push(invalidValue(field, amount, "must be an integer"));
  return causes;
}

function isWhole(name: string): boolean {
  return whole.has(name) || name.startsWith("count/");
}

function resourceNameFaults(name: string, map: string): Cause[] {
  const wrong = [...qualifiedName(name)];
  if (!name.includes("/") && !standard.includes(name) && !/^(requests\.)?hugepages-/.test(name))
    wrong.push(
      "must be a standard resource type or fully qualified",
      "must be a standard resource for quota",
    );
  return wrongEntryKeys(map, name, wrong, standard);
}

/** Each scope is about pods; one of them about those alone that ask for something. */
function fits(scope: string, resource: string): boolean {
  const isOfPods = resource === "pods" || /^((requests|limits)\.)?(cpu|memory)$/.test(resource);
  switch (scope) {
    case "BestEffort":
      return resource === "pods";
    case "PriorityClass":
    case "CrossNamespacePodAffinity":
    case "NotBestEffort":
    case "Terminating":
    case "NotTerminating":
      return isOfPods || resource.includes("/") || /ephemeral-storage$/.test(resource);
    default:
      return true;
  }
}

function scopeFaults(given: readonly string[], resources: readonly string[], field: string): Cause[] {
  const causes: Cause[] = [];
  for (const scope of given) {
    if (!scopes().includes(scope)) causes.push(invalidValue(field, given, "unsupported scope"));
    for (const resource of resources)
      if (standard.includes(resource) && !fits(scope, resource))
        causes.push(invalidValue(field, given, "unsupported scope applied to resource"));
  }
  if (contrary.some(pair => pair.every(scope => given.includes(scope))))
    causes.push(invalidValue(field, given, "conflicting scopes"));
  return causes;
}

function selectorFaults(
  { scopeName, operator, values = [] }: ScopedResourceSelectorRequirement,
  resources: readonly string[],
  field: string,
): Cause[] {
  const causes: Cause[] = [];
  if (!scopes().includes(scopeName))
    causes.push(invalidValue(`${field}.scopeName`, scopeName, "unsupported scope"));
  for (const resource of resources)
    if (standard.includes(resource) && !fits(scopeName, resource))
      causes.push(invalidValue(field, resources, "unsupported scope applied to resource"));
  if (scopeName !== "PriorityClass" && scopeName !== "VolumeAttributesClass" && operator !== "Exists") {
    const detail =
      "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
    causes.push(invalidValue(`${field}.operator`, operator, detail));
  }
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length === 0)
        causes.push(
          required(
            `${field}.values`,
            "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
          ),
        );
      break;
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0) {
        const detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
        causes.push(invalidValue(`${field}.values`, values, detail));
      }
      break;
    default:
      causes.push(
        notSupported(
          `${field}.operator`,
          operator,
          valuesOf("ScopedResourceSelectorRequirement", "operator"),
        ),
      );
  }
  return causes;
}
