/**
 * What must be right in the resources of a pod as a whole: what it can be asked for, and that it covers what its containers ask for. The
 * paths and words are those of Kubernetes.
 */
import type { Cause } from "../../../errors/index.ts";
import { forbidden, invalidValue, notSupported } from "../../faults.ts";
import type { PodSpec, ResourceRequirements } from "../../generated/kubernetes.gen.ts";
import { containersAmounts, isPodLevel } from "../../pod-amounts.ts";
import { compareQuantities, formatQuantity } from "../../quantity.ts";
import { resourceFaults } from "./resource-rules.ts";

const supported = ["cpu", "hugepages-", "memory"];

export function podLevelFaults(spec: PodSpec, field: string): Cause[] {
  const { resources, os } = spec;
  if (!resources) return [];
  if (os?.name === "windows") return [forbidden(field, "may not be set for a windows pod")];
  const unsupported = nameFaults(resources, field);
  if (unsupported.length > 0) return unsupported;
  const claims = resources.claims
    ? [forbidden(`${field}.claims`, "may not be set for Resources at pod-level")]
    : [];
  return [...claims, ...resourceFaults(resources, field), ...coverageFaults(spec, resources, field)];
}

function nameFaults({ limits = {}, requests = {} }: ResourceRequirements, field: string): Cause[] {
  const faults = (amounts: object, side: string) =>
    Object.keys(amounts)
      .filter(name => !isPodLevel(name))
      .map(name => notSupported(`${field}.${side}[${name}]`, name, supported));
  return [...faults(limits, "limits"), ...faults(requests, "requests")];
}

function coverageFaults(
  { containers = [], initContainers }: PodSpec,
  { limits = {}, requests = {} }: ResourceRequirements,
  field: string,
): Cause[] {
  const causes: Cause[] = [];
  for (const [name, amount] of containersAmounts({ containers, initContainers }, "requests")) {
    const request = requests[name];
    const together = formatQuantity(amount);
    if (request === undefined || compareQuantities(together, request) <= 0) continue;
    const detail = `must be greater than or equal to aggregate container requests of ${together}`;
    causes.push(invalidValue(`${field}.requests[${name}]`, request, detail));
  }
  containers.forEach(({ resources }, i) => {
    for (const [name, own] of Object.entries(resources?.limits ?? {})) {
      const limit = limits[name];
      if (limit === undefined || compareQuantities(own, limit) <= 0) continue;
      const path = `${field}.containers[${i}][${name}].limits`;
      causes.push(invalidValue(path, own, `must be less than or equal to pod limits of ${limit}`));
    }
  });
  return causes;
}
