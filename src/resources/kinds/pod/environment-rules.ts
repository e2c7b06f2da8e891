/** What must be right in the environment of a container: the names of its variables, and where their values come from. */
import type { Cause } from "../../../errors/index.ts";
import { invalidValue, misnamed, notFound, required, tooLong } from "../../faults.ts";
import type { EnvVar, EnvVarSource, FileKeySelector, Volume } from "../../generated/kubernetes.gen.ts";
import { configKey, dnsSubdomain, variableName } from "../../names.ts";
import { fieldRefFaults, resourceRefFaults } from "./field-ref-rules.ts";
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
  if (source.fieldRef) causes.push(...fieldRefFaults(source.fieldRef, `${field}.fieldRef`, fields));
  if (source.resourceFieldRef) {
    causes.push(...resourceRefFaults(source.resourceFieldRef, `${field}.resourceFieldRef`));
  }
  for (const name of ["configMapKeyRef", "secretKeyRef"] as const) {
    const ref = source[name];
    if (!ref) continue;
    causes.push(...misnamed(dnsSubdomain, ref.name ?? "", `${field}.${name}.name`));
    if (ref.key === "") causes.push(required(`${field}.${name}.key`));
    else causes.push(...misnamed(configKey, ref.key, `${field}.${name}.key`));
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
