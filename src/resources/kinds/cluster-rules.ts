/** Defaults that depend on other fields, of the kinds around the workloads, and the status that each starts with. */

import type { Cause } from "../../errors/index.ts";
import type { KindRules } from "../definition/index.ts";
import { forbidden, immutable, invalidValue, misnamed, required } from "../faults.ts";
import type {
  DeviceRequest,
  IPAddress,
  PriorityClass,
  ResourceClaim,
  ServiceCIDR,
} from "../generated/kubernetes.gen.ts";
import { dnsLabel } from "../names.ts";
import { isSame } from "../sameness.ts";
import { addressFaults, blockFault } from "./networking/index.ts";
import { systemPriorityClasses } from "./system-priority-classes.ts";

/** Above it are the classes that Kubernetes has for its own. */
const highestOfUsers = 1_000_000_000;

export const priorityClassRules: KindRules<PriorityClass> = {
  validate({ metadata: { name = "" }, value, preemptionPolicy }, old) {
    const causes: Cause[] = [];
    const isOurs = systemPriorityClasses.has(name);
    if (!isOurs && name.startsWith("system-"))
      causes.push(
        forbidden(
          "metadata.name",
          "priority class names with 'system-' prefix are reserved for system use only",
        ),
      );
    if (!isOurs && value > highestOfUsers)
      causes.push(
        forbidden("value", `maximum allowed value of a user defined priority is ${highestOfUsers}`),
      );
    if (old && value !== old.value) causes.push(forbidden("value", "may not be changed in an update."));
    if (old && preemptionPolicy !== old.preemptionPolicy)
      causes.push(invalidValue("preemptionPolicy", preemptionPolicy, "field is immutable"));
    return causes;
  },
};

export const serviceCidrRules: KindRules<ServiceCIDR> = {
  validate({ spec }, old) {
    const { cidrs = [] } = spec ?? {};
    // Services have been given addresses of it.
    if (old && !isSame(cidrs, old.spec?.cidrs)) return [immutable("spec.cidrs", cidrs)];
    if (cidrs.length === 0) return [required("spec.cidrs", "at least one CIDR required")];
    return cidrs.flatMap((cidr, i) => {
      const fault = blockFault(cidr);
      return fault === undefined ? [] : [invalidValue(`spec.cidrs[${i}]`, cidr, fault)];
    });
  },
  initialStatus: () => ({}),
};

/** An address of a Service, or of something else that is to have one: it is called as the address. */
export const ipAddressRules: KindRules<IPAddress> = {
  validate({ metadata: { name = "" }, spec }, old) {
    if (old) return isSame(spec, old.spec) ? [] : [immutable("spec.parentRef", spec?.parentRef)];
    const causes = addressFaults(name, "metadata.name");
    if (!spec?.parentRef) return [...causes, required("spec.parentRef")];
    const { resource, name: parent } = spec.parentRef;
    if (!resource) causes.push(required("spec.parentRef.resource"));
    if (!parent) causes.push(required("spec.parentRef.name"));
    return causes;
  },
};

export const resourceClaimRules: KindRules<ResourceClaim> = {
  fill(draft) {
    const { devices } = draft.spec ?? {};
    if (!devices?.requests) return draft;
    const requests = devices.requests.map(request => ({
      ...request,
      ...(request.exactly && { exactly: counted(request.exactly) }),
      ...(request.firstAvailable && { firstAvailable: request.firstAvailable.map(counted) }),
    }));
    return { ...draft, spec: { ...draft.spec, devices: { ...devices, requests } } };
  },
  // What was allocated was allocated for this.
  validate({ spec }, old) {
    if (old) return isSame(spec, old.spec) ? [] : [immutable("spec", spec)];
    const requests = spec?.devices?.requests ?? [];
    return requests.flatMap((request, i) => deviceRequestFaults(request, `spec.devices.requests[${i}]`));
  },
  initialStatus: () => ({}),
};

/** As in Kubernetes' `validateDeviceRequest`. */
function deviceRequestFaults({ name, exactly, firstAvailable = [] }: DeviceRequest, field: string): Cause[] {
  const causes = misnamed(dnsLabel, name, `${field}.name`);
  const one = "exactly one of `exactly` or `firstAvailable` is required";
  if (!exactly && firstAvailable.length === 0) return [...causes, required(field, one)];
  if (exactly && firstAvailable.length > 0)
    return [...causes, invalidValue(field, "", `${one}, but multiple fields are set`)];
  const { allocationMode, count = 0 } = exactly ?? {};
  if (allocationMode === "ExactCount" && count <= 0)
    causes.push(invalidValue(`${field}.exactly.count`, count, "must be greater than zero"));
  return causes;
}

function counted<T extends { readonly allocationMode?: string; readonly count?: number }>(request: T): T {
  return request.allocationMode === "ExactCount" && !request.count ? { ...request, count: 1 } : request;
}
