/**
 * What must be right where a pod's own fields, or the amounts of its containers, are named: by a variable or by a file of a
 * downward API volume. Each of the two may name other fields.
 */
import type { Cause } from "../../../errors/index.ts";
import { invalidValue, notSupported, required } from "../../faults.ts";
import type { ObjectFieldSelector, ResourceFieldSelector } from "../../generated/kubernetes.gen.ts";
import { qualifiedName } from "../../names.ts";
import { canonicalQuantity } from "../../quantity.ts";

/** Everything that can be named at all; who names it takes some of it. */
const known = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.restartPolicy",
  "spec.schedulerName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.phase",
  "status.podIP",
  "status.podIPs",
];
const resources = ["cpu", "ephemeral-storage", "memory"]
  .flatMap(name => [`limits.${name}`, `requests.${name}`])
  .sort();

/** @param fields those that may be named here */
export function fieldRefFaults(
  { fieldPath, apiVersion }: ObjectFieldSelector,
  field: string,
  fields: readonly string[],
): Cause[] {
  if (apiVersion && apiVersion !== "v1") {
    return [
      invalidValue(`${field}.apiVersion`, apiVersion, "error converting fieldPath: unsupported pod version"),
    ];
  }
  const path = `${field}.fieldPath`;
  if (fieldPath === "") return [required(path)];
  if (fieldPath === undefined || fields.includes(fieldPath)) return [];
  const [, map, key] = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/.exec(fieldPath) ?? [];
  if (map !== undefined && key !== undefined) {
    return qualifiedName(key.toLowerCase()).map(wrong => invalidValue(path, key, wrong));
  }
  if (known.includes(fieldPath)) return [notSupported(path, fieldPath, fields)];
  const detail = `error converting fieldPath: field label not supported: ${fieldPath}`;
  return [invalidValue(path, fieldPath, detail)];
}

/** @param isFile a file has to say which container it means; a variable stands in one */
export function resourceRefFaults(
  { resource, divisor = "0", containerName }: ResourceFieldSelector,
  field: string,
  isFile = false,
): Cause[] {
  if (isFile && !containerName) return [required(`${field}.containerName`)];
  if (resource === "") return [required(`${field}.resource`)];
  if (resource === undefined) return [];
  const isHuge = /^(limits|requests)\.hugepages-/.test(resource);
  if (!isHuge && !resources.includes(resource))
    return [notSupported(`${field}.resource`, resource, resources)];
  const unit = canonicalQuantity(divisor);
  const [, name = ""] = resource.split(".");
  const units = name === "cpu" ? cpuUnits : byteUnits;
  if (unit === "0" || units.includes(unit)) return [];
  const of = isHuge ? "hugepages" : name.replace("ephemeral-", "local ephemeral ");
  const list = name === "cpu" ? units.join(" and ") : units.join(", ");
  const detail = `only divisor's values ${list} are supported with the ${of} resource`;
  return [invalidValue(`${field}.divisor`, resource, detail)];
}

/** What an amount may be counted in. */
const cpuUnits = ["1m", "1"];
const byteUnits = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
