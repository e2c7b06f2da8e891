/** What must be right in the environment of a container: the names of its variables, and where their values come from. */
import type { Cause } from "../../../errors/index.ts";
import { invalidValue, notFound, notSupported, required, tooLong } from "../../faults.ts";
import type {
  EnvVar,
  EnvVarSource,
  FileKeySelector,
  ObjectFieldSelector,
  ResourceFieldSelector,
  Volume,
} from "../../generated/kubernetes.gen.ts";
import { qualifiedName, variableName } from "../../names.ts";
import { canonicalQuantity } from "../../quantity.ts";
import { localPathFaults } from "./local-path-rules.ts";

/** The fields of its pod that a variable may take. */
const fields = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
/** Fields of a pod that can be named, but not taken as the value of a variable. */
const otherFields = [
  "metadata.annotations",
  "metadata.labels",
  "spec.restartPolicy",
  "spec.schedulerName",
  "status.phase",
];
const resources = ["cpu", "ephemeral-storage", "memory"]
  .flatMap(name => [`limits.${name}`, `requests.${name}`])
  .sort();
const sources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"] as const;

/** @param volumes those of the pod, by name */
export function environmentFaults(
  variables: readonly EnvVar[],
  field: string,
  volumes: ReadonlyMap<string, Volume>,
): Cause[] {
  return variables.flatMap(({ name, value, valueFrom }, i) => {
    const path = `${field}[${i}]`;
    const causes: Cause[] = [];
    if (name === "") causes.push(required(`${path}.name`));
    else if (name) causes.push(...variableName(name).map(wrong => invalidValue(`${path}.name`, name, wrong)));
    if (valueFrom) causes.push(...sourceFaults(valueFrom, value ?? "", `${path}.valueFrom`));
    if (valueFrom?.fileKeyRef)
      causes.push(...fileKeyFaults(valueFrom.fileKeyRef, `${path}.valueFrom.fileKeyRef`, volumes));
    return causes;
  });
}

function sourceFaults(source: EnvVarSource, value: string, field: string): Cause[] {
  const given = sources.filter(name => source[name]);
  const causes: Cause[] = [];
  if (source.fieldRef) causes.push(...fieldRefFaults(source.fieldRef, `${field}.fieldRef`));
  if (source.resourceFieldRef) {
    causes.push(...resourceRefFaults(source.resourceFieldRef, `${field}.resourceFieldRef`));
  }
  for (const name of ["configMapKeyRef", "secretKeyRef"] as const) {
    if (source[name]?.key === "") causes.push(required(`${field}.${name}.key`));
  }
  if (given.length === 0) {
    const list = sources
      .map(name => `\`${name}\``)
      .join(", ")
      .replace(/, ([^,]*)$/, " or $1");
    causes.push(invalidValue(field, "", `must specify one of: ${list}`));
  } else if (value !== "") {
    causes.push(invalidValue(field, "", "may not be specified when `value` is not empty"));
  } else if (given.length > 1) {
    causes.push(invalidValue(field, "", "may not have more than one field specified at a time"));
  }
  return causes;
}

/** The longest name of a variable in a file. */
const longestKey = 128;

function fileKeyFaults(
  { volumeName, path, key }: FileKeySelector,
  field: string,
  volumes: ReadonlyMap<string, Volume>,
): Cause[] {
  const causes: Cause[] = [];
  const volume = volumes.get(volumeName);
  if (!volumeName) causes.push(required(`${field}.volumeName`));
  else if (!volume) causes.push(notFound(`${field}.volumeName`, volumeName));
  else if (!volume.emptyDir)
    causes.push(invalidValue(`${field}.volumeName`, volumeName, "must be a volume of the type emptyDir"));
  if (!path) causes.push(required(`${field}.path`));
  else causes.push(...localPathFaults(path, `${field}.path`));
  if (!key) return [...causes, required(`${field}.key`)];
  if (key.length > longestKey) return [...causes, tooLong(`${field}.key`, longestKey)];
  return causes.concat(variableName(key).map(wrong => invalidValue(`${field}.key`, key, wrong)));
}

function fieldRefFaults({ fieldPath, apiVersion }: ObjectFieldSelector, field: string): Cause[] {
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
  if (otherFields.includes(fieldPath)) return [notSupported(path, fieldPath, fields)];
  const detail = `error converting fieldPath: field label not supported: ${fieldPath}`;
  return [invalidValue(path, fieldPath, detail)];
}

function resourceRefFaults({ resource, divisor = "0" }: ResourceFieldSelector, field: string): Cause[] {
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
