/**
 * What must be right in the files that a volume is made of: keys of ConfigMaps and Secrets, fields of the pod, tokens, bundles of
 * certificates, each at a path of its own within the volume.
 */
import type { Cause } from "../../../errors/index.ts";
import { forbidden, invalidValue, misnamed, required } from "../../faults.ts";
import type {
  ClusterTrustBundleProjection,
  DownwardAPIVolumeFile,
  KeyToPath,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from "../../generated/kubernetes.gen.ts";
import { domainPrefixedPath } from "../../names.ts";
import { labelSelectorFaults } from "../../selectors/index.ts";
import { fieldRefFaults, resourceRefFaults } from "./field-ref-rules.ts";
import { filePathFaults } from "./local-path-rules.ts";

/** The fields of its pod that a file may hold. */
const fields = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];
const shortestToken = 10 * 60;
const longestToken = 2 ** 32;

export function modeFaults(mode: number | undefined, field: string): Cause[] {
  if (mode === undefined || (mode >= 0 && mode <= 0o777)) return [];
  return [invalidValue(field, mode, "must be a number between 0 and 0777 (octal), both inclusive")];
}

/** Which keys of a ConfigMap or a Secret stand where. */
export function itemFaults(items: readonly KeyToPath[] = [], field: string): Cause[] {
  return items.flatMap(({ key, path, mode }, i) => {
    const at = `${field}.items[${i}]`;
    return [
      ...(key === "" ? [required(`${at}.key`)] : []),
      ...pathFaults(path, `${at}.path`),
      ...modeFaults(mode, `${at}.mode`),
    ];
  });
}

function pathFaults(path: string | undefined, field: string): Cause[] {
  if (path === "") return [required(field)];
  return path === undefined ? [] : filePathFaults(path, field);
}

/** Kubernetes names no file of these by its place in the list. */
export function downwardFaults(items: readonly DownwardAPIVolumeFile[] = [], field: string): Cause[] {
  return items.flatMap(({ path, mode, fieldRef, resourceFieldRef }, i) => {
    const causes = pathFaults(path, `${field}.path`);
    if (fieldRef) {
      causes.push(...fieldRefFaults(fieldRef, `${field}.fieldRef`, fields));
      if (resourceFieldRef) {
        const detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
        causes.push(invalidValue(field, "resource", detail));
      }
    } else if (resourceFieldRef) {
      causes.push(...resourceRefFaults(resourceFieldRef, `${field}.resourceFieldRef`, true));
    } else {
      causes.push(required(field, "one of fieldRef and resourceFieldRef is required"));
    }
    causes.push(...modeFaults(mode, `${field}.mode`));
    return causes.map(cause => ({ ...cause, at: { field: `${field}.items[${i}]` } }));
  });
}

/** @param field of the whole volume: what is wrong between its sources is told there */
export function projectionFaults(sources: readonly VolumeProjection[] = [], field: string): Cause[] {
  const taken = new Set<string>();
  const causes: Cause[] = [];
  const takes = (path: string | undefined, told: string | undefined) => {
    if (!path) return;
    if (taken.has(path)) causes.push(invalidValue(field, told, "conflicting duplicate paths"));
    taken.add(path);
  };
  sources.forEach((source, i) => {
    const at = `${field}.sources[${i}]`;
    for (const name of ["secret", "configMap"] as const) {
      const named = source[name];
      if (!named) continue;
      if (!named.name) causes.push(required(`${at}.${name}.name`));
      causes.push(...itemFaults(named.items, `${at}.${name}`));
      for (const { path } of named.items ?? []) takes(path, named.name);
    }
    const { downwardAPI, serviceAccountToken, clusterTrustBundle } = source;
    if (downwardAPI) {
      causes.push(...downwardFaults(downwardAPI.items, `${at}.downwardAPI`));
      for (const { path } of downwardAPI.items ?? []) takes(path, path);
    }
    if (serviceAccountToken)
      causes.push(...tokenFaults(serviceAccountToken, `${at}.serviceAccountToken`, field));
    if (clusterTrustBundle) {
      causes.push(...trustBundleFaults(clusterTrustBundle, `${at}.clusterTrustBundle`));
      takes(clusterTrustBundle.path, clusterTrustBundle.path);
    }
    if (Object.values(source).filter(Boolean).length > 1)
      causes.push(forbidden(at, "may not specify more than 1 volume type per source"));
  });
  return causes;
}

/** Of a token's path Kubernetes tells at the volume. */
function tokenFaults(
  { expirationSeconds: seconds = 3600, path }: ServiceAccountTokenProjection,
  field: string,
  volume: string,
): Cause[] {
  const causes: Cause[] = [];
  const told = `${field}.expirationSeconds`;
  if (seconds < shortestToken)
    causes.push(invalidValue(told, seconds, "may not specify a duration less than 10 minutes"));
  if (seconds > longestToken)
    causes.push(invalidValue(told, seconds, "may not specify a duration larger than 2^32 seconds"));
  const at = { field: `${field}.path` };
  return causes.concat(pathFaults(path, `${volume}.path`).map(cause => ({ ...cause, at })));
}

function trustBundleFaults(bundle: ClusterTrustBundleProjection, field: string): Cause[] {
  const { name, signerName, labelSelector, path } = bundle;
  const causes: Cause[] = [];
  if (name !== undefined && signerName !== undefined) {
    causes.push(invalidValue(field, bundle, "only one of name and signerName may be used"));
  } else if (name !== undefined) {
    if (name === "") causes.push(required(`${field}.name`, "must be a valid object name"));
    if (labelSelector) {
      const detail = "labelSelector must be unset if name is specified";
      causes.push(invalidValue(`${field}.labelSelector`, labelSelector, detail));
    }
  } else if (signerName !== undefined) {
    if (signerName === "") causes.push(required(`${field}.signerName`, "must be a valid signer name"));
    else causes.push(...misnamed(domainPrefixedPath, signerName, `${field}.signerName`));
    if (labelSelector) causes.push(...labelSelectorFaults(labelSelector, `${field}.labelSelector`));
  } else {
    causes.push(required(field, "either name or signerName must be specified"));
  }
  return causes.concat(pathFaults(path, `${field}.path`));
}
