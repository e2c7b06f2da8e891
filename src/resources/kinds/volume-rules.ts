/** What must be right in a pod's volumes: a name of its own, exactly one source, and what that source cannot do without. */
import type { Cause } from "../../errors/index.ts";
import { duplicate, forbidden, invalidValue, required } from "../faults.ts";
import type { Volume } from "../kubernetes.gen.ts";
import { dnsLabel } from "../names.ts";
import { parseQuantity } from "../quantity.ts";

/** In the order in which Kubernetes looks: the first is the volume's, those after it are one too many. */
const sources = [
  "emptyDir",
  "hostPath",
  "gitRepo",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "secret",
  "nfs",
  "iscsi",
  "glusterfs",
  "persistentVolumeClaim",
  "rbd",
  "cinder",
  "cephfs",
  "flocker",
  "downwardAPI",
  "fc",
  "azureFile",
  "configMap",
  "vsphereVolume",
  "quobyte",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "storageos",
  "scaleIO",
  "csi",
  "ephemeral",
  "image",
  "projected",
] as const satisfies readonly Exclude<keyof Volume, "name">[];

export function volumeFaults(volumes: readonly Volume[], field: string): Cause[] {
  const causes: Cause[] = [];
  const names = new Set<string>();
  volumes.forEach((volume, i) => {
    const found = oneVolumeFaults(volume, `${field}[${i}]`);
    if (names.has(volume.name)) found.push(duplicate(`${field}[${i}].name`, volume.name));
    if (found.length === 0) names.add(volume.name);
    causes.push(...found);
  });
  return causes;
}

function oneVolumeFaults(volume: Volume, field: string): Cause[] {
  const { name } = volume;
  const causes: Cause[] = [];
  if (name === "") causes.push(required(`${field}.name`));
  else if (name) causes.push(...dnsLabel(name).map(wrong => invalidValue(`${field}.name`, name, wrong)));
  const [first, ...more] = sources.filter(source => volume[source]);
  if (first === undefined) causes.push(required(field, "must specify a volume type"));
  else causes.push(...sourceFaults(volume, first, field));
  for (const source of more) {
    causes.push(forbidden(`${field}.${source}`, "may not specify more than 1 volume type"));
  }
  return causes;
}

function sourceFaults(volume: Volume, source: (typeof sources)[number], field: string): Cause[] {
  const path = `${field}.${source}`;
  switch (source) {
    case "emptyDir":
      return sizeFaults(volume.emptyDir?.sizeLimit, `${path}.sizeLimit`);
    case "hostPath":
      return volume.hostPath?.path === "" ? [required(`${path}.path`)] : [];
    case "secret":
      return [
        ...(volume.secret?.secretName ? [] : [required(`${path}.secretName`)]),
        ...modeFaults(volume.secret?.defaultMode, path),
      ];
    case "configMap":
      return [
        ...(volume.configMap?.name ? [] : [required(`${path}.name`)]),
        ...modeFaults(volume.configMap?.defaultMode, path),
      ];
    case "persistentVolumeClaim":
      return volume.persistentVolumeClaim?.claimName === "" ? [required(`${path}.claimName`)] : [];
    case "downwardAPI":
      return modeFaults(volume.downwardAPI?.defaultMode, path);
    case "projected":
      return modeFaults(volume.projected?.defaultMode, path);
    case "ephemeral":
      return volume.ephemeral?.volumeClaimTemplate ? [] : [required(`${path}.volumeClaimTemplate`)];
    default:
      return [];
  }
}

function sizeFaults(size: string | undefined, field: string): Cause[] {
  if (size === undefined || parseQuantity(size).billionths >= 0n) return [];
  return [forbidden(field, "SizeLimit field must be a valid resource quantity")];
}

function modeFaults(mode: number | undefined, field: string): Cause[] {
  if (mode === undefined || (mode >= 0 && mode <= 0o777)) return [];
  const detail = "must be a number between 0 and 0777 (octal), both inclusive";
  return [invalidValue(`${field}.defaultMode`, mode, detail)];
}
