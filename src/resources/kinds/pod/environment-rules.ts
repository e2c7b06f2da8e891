/** What must be right in the environment of a container: the names of its variables, and where their values come from. */
import type { Cause } from "../../../errors/index.ts";
import { invalidValue, notSupported, required } from "../../faults.ts";
import type {
  EnvVar,
  EnvVarSource,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from "../../generated/kubernetes.gen.ts";
import { qualifiedName, variableName } from "../../names.ts";

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

export function environmentFaults(variables: readonly EnvVar[], field: string): Cause[] {
  return variables.flatMap(({ name, value, valueFrom }, i) => {
    const path = `${field}[${i}]`;
    const causes: Cause[] = [];
    if (name === "") causes.push(required(`${path}.name`));
    else if (name) causes.push(...variableName(name).map(wrong => invalidValue(`${path}.name`, name, wrong)));
    if (valueFrom) causes.push(...sourceFaults(valueFrom, value ?? "", `${path}.valueFrom`));
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

function resourceRefFaults({ resource }: ResourceFieldSelector, field: string): Cause[] {
  if (resource === "") return [required(`${field}.resource`)];
  if (resource === undefined || resources.includes(resource)) return [];
  return [notSupported(`${field}.resource`, resource, resources)];
}
