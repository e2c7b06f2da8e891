/**
 * LimitRange: what follows from its more general limits, and what must be right, as in Kubernetes' `pkg/apis/core/validation`.
 */
import type { Cause } from "../../errors/index.ts";
import type { KindRules } from "../definition/index.ts";
import { duplicate, forbidden, invalidValue, misnamed, required, wrongEntryKeys } from "../faults.ts";
import type { LimitRange, LimitRangeItem } from "../generated/kubernetes.gen.ts";
import { qualifiedName } from "../names.ts";
import { compareQuantities, quantityToNumber } from "../quantity.ts";

const types = ["Container", "PersistentVolumeClaim", "Pod"];
const ofContainers = ["cpu", "memory", "ephemeral-storage"];
const standard = [...ofContainers, "storage", "pods"];

export const limitRangeRules: KindRules<LimitRange> = {
  /** For containers: what is not given follows from the more general limit, never from `min`. */
  fill(draft) {
    const { limits } = draft.spec ?? {};
    if (!draft.spec || !limits) return draft;
    return { ...draft, spec: { ...draft.spec, limits: limits.map(filled) } };
  },
  validate({ spec }) {
    const seen = new Set<string>();
    return (spec?.limits ?? []).flatMap((limit, i) => {
      const field = `spec.limits[${i}]`;
      const causes = typeFaults(limit.type, `${field}.type`);
      if (seen.has(limit.type)) causes.push(duplicate(`${field}.type`, limit.type));
      seen.add(limit.type);
      return causes.concat(limitFaults(limit, field));
    });
  },
};

function filled(limit: LimitRangeItem): LimitRangeItem {
  if (limit.type !== "Container") return limit;
  const byDefault = { ...limit.max, ...limit.default };
  const requested = { ...byDefault, ...limit.defaultRequest };
  return {
    ...limit,
    ...(Object.keys(byDefault).length > 0 && { default: byDefault }),
    ...(Object.keys(requested).length > 0 && { defaultRequest: requested }),
  };
}

function typeFaults(type: string | undefined, field: string): Cause[] {
  // That it is missing is told by the schema.
  if (type === undefined) return [];
  const wrong = misnamed(qualifiedName, type, field);
  if (wrong.length > 0 || type.includes("/") || types.includes(type)) return wrong;
  return [invalidValue(field, type, "must be a standard limit type or fully qualified")];
}

function limitFaults(limit: LimitRangeItem, field: string): Cause[] {
  const {
    type,
    max = {},
    min = {},
    default: defaults = {},
    defaultRequest = {},
    maxLimitRequestRatio = {},
  } = limit;
  const maps = { max, min, default: defaults, defaultRequest, maxLimitRequestRatio };
  const causes: Cause[] = [];
  for (const [name, amounts] of Object.entries(maps)) {
    const isDefault = name === "default" || name === "defaultRequest";
    if (type === "Pod" && isDefault) {
      if (Object.keys(amounts).length > 0)
        causes.push(forbidden(`${field}.${name}`, "may not be specified when `type` is 'Pod'"));
    } else for (const key of Object.keys(amounts)) causes.push(...nameFaults(type, key, `${field}.${name}`));
  }
  if (type === "PersistentVolumeClaim" && min.storage === undefined && max.storage === undefined) {
    const detail = "either minimum or maximum storage value is required, but neither was provided";
    causes.push(required(`${field}.limits`, detail));
  }
  for (const key of new Set(Object.values(maps).flatMap(amounts => Object.keys(amounts))))
    causes.push(...orderFaults(limit, key, field));
  return causes;
}

function nameFaults(type: string, name: string, map: string): Cause[] {
  const wrong = [...qualifiedName(name)];
  const isOfContainers = type === "Pod" || type === "Container";
  if (!name.includes("/") && !name.startsWith("hugepages-")) {
    if (!standard.includes(name)) wrong.push("must be a standard resource type or fully qualified");
    if (isOfContainers && !ofContainers.includes(name))
      wrong.push("must be a standard resource for containers");
  }
  return wrongEntryKeys(map, name, wrong, isOfContainers ? ofContainers : standard);
}

/** min ≤ defaultRequest ≤ default ≤ max, as far as they are given. */
function orderFaults(limit: LimitRangeItem, key: string, field: string): Cause[] {
  const [min, max] = [limit.min?.[key], limit.max?.[key]];
  const [byDefault, request] = [limit.default?.[key], limit.defaultRequest?.[key]];
  const ratio = limit.maxLimitRequestRatio?.[key];
  const causes: Cause[] = [];
  const isAbove = (a: string | undefined, b: string | undefined) =>
    a !== undefined && b !== undefined && compareQuantities(a, b) > 0;
  const add = (name: string, value: unknown, text: string) =>
    causes.push(invalidValue(`${field}.${name}[${key}]`, value, text));
  if (isAbove(min, max)) add("min", min, `min value ${min} is greater than max value ${max}`);
  if (isAbove(min, request))
    add("defaultRequest", request, `min value ${min} is greater than default request value ${request}`);
  if (isAbove(request, max))
    add("defaultRequest", request, `default request value ${request} is greater than max value ${max}`);
  if (isAbove(request, byDefault))
    add(
      "defaultRequest",
      request,
      `default request value ${request} is greater than default limit value ${byDefault}`,
    );
  if (isAbove(min, byDefault))
    add("default", min, `min value ${min} is greater than default value ${byDefault}`);
  if (isAbove(byDefault, max))
    add("default", max, `default value ${byDefault} is greater than max value ${max}`);
  if (ratio !== undefined && compareQuantities(ratio, "1") < 0)
    add("maxLimitRequestRatio", ratio, `ratio ${ratio} is less than 1`);
  if (ratio !== undefined && min !== undefined && max !== undefined) {
    const most = quantityToNumber(max) / quantityToNumber(min);
    if (quantityToNumber(ratio) > most)
      add("maxLimitRequestRatio", ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`);
  }
  return causes;
}
