/**
 * What each source of a volume cannot do without, and what is wrong with what it says of itself. Most of the sources are disks of
 * others, which no thread can mount: they are kept all the same, so they are held to Kubernetes' rules.
 */
import type { Cause } from "../../../errors/index.ts";
import { forbidden, invalidValue, misnamed, notSupported, required, tooLong } from "../../faults.ts";
import type {
  CSIVolumeSource,
  FCVolumeSource,
  FlockerVolumeSource,
  HostPathVolumeSource,
  ISCSIVolumeSource,
  NFSVolumeSource,
  PersistentVolumeClaimTemplate,
  Volume,
} from "../../generated/kubernetes.gen.ts";
import { dnsSubdomain } from "../../names.ts";
import { parseQuantity } from "../../quantity.ts";
import { claimSpecFaults } from "../claim-spec-rules.ts";
import { localPathFaults, upwardFaults } from "./local-path-rules.ts";
import { downwardFaults, itemFaults, modeFaults, projectionFaults } from "./projected-file-rules.ts";

/** Of a pod's volume; a PersistentVolume has some of them. */
export type VolumeSources = Omit<Volume, "name">;
export type Source = keyof VolumeSources;

/** The fields that must not be empty, by source. */
const needed: Partial<Record<Source, readonly string[]>> = {
  awsElasticBlockStore: ["volumeID"],
  azureDisk: ["diskName", "diskURI"],
  azureFile: ["secretName", "shareName"],
  cephfs: ["monitors"],
  cinder: ["volumeID"],
  configMap: ["name"],
  flexVolume: ["driver"],
  gcePersistentDisk: ["pdName"],
  gitRepo: ["repository"],
  glusterfs: ["endpoints", "path"],
  hostPath: ["path"],
  iscsi: ["targetPortal", "iqn"],
  nfs: ["server", "path"],
  persistentVolumeClaim: ["claimName"],
  photonPersistentDisk: ["pdID"],
  portworxVolume: ["volumeID"],
  quobyte: ["registry", "volume"],
  rbd: ["monitors", "image"],
  scaleIO: ["gateway", "system", "volumeName"],
  secret: ["secretName"],
  storageos: ["volumeName"],
  vsphereVolume: ["volumePath"],
};

/** One of them Kubernetes calls otherwise in what it tells. */
const told: Partial<Record<Source, string>> = { gcePersistentDisk: "persistentDisk" };

const hostPathTypes = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];
const longestDriver = 63;
const lastPartition = 255;

/** @param field of the volume */
export function volumeSourceFaults(volume: VolumeSources, source: Source, field: string): Cause[] {
  const path = `${field}.${told[source] ?? source}`;
  return [...missing(volume, source, path, field), ...ownFaults(volume, source, path)];
}

function missing(volume: VolumeSources, source: Source, path: string, field: string): Cause[] {
  const given = (volume[source] ?? {}) as Readonly<Record<string, unknown>>;
  return (needed[source] ?? [])
    .filter(name => isEmpty(given[name]))
    .map(name => ({ ...required(`${path}.${name}`), at: { field: `${field}.${source}.${name}` } }));
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

function ownFaults(volume: VolumeSources, source: Source, path: string): Cause[] {
  const { awsElasticBlockStore, gcePersistentDisk, ephemeral, gitRepo } = volume;
  const { hostPath, nfs, iscsi, fc, flocker, csi, secret, configMap, downwardAPI, projected } = volume;
  switch (source) {
    case "emptyDir":
      return sizeFaults(volume.emptyDir?.sizeLimit, `${path}.sizeLimit`);
    case "hostPath":
      return hostPath?.path ? hostPathFaults(hostPath, path) : [];
    case "gitRepo":
      return gitRepo?.directory ? localPathFaults(gitRepo.directory, `${path}.directory`) : [];
    case "secret":
      return [...modeFaults(secret?.defaultMode, `${path}.defaultMode`), ...itemFaults(secret?.items, path)];
    case "configMap":
      return [
        ...modeFaults(configMap?.defaultMode, `${path}.defaultMode`),
        ...itemFaults(configMap?.items, path),
      ];
    case "downwardAPI":
      return [
        ...modeFaults(downwardAPI?.defaultMode, `${path}.defaultMode`),
        ...downwardFaults(downwardAPI?.items, path),
      ];
    case "projected":
      return [
        ...modeFaults(projected?.defaultMode, `${path}.defaultMode`),
        ...projectionFaults(projected?.sources, path),
      ];
    case "ephemeral":
      return ephemeral?.volumeClaimTemplate
        ? templateFaults(ephemeral.volumeClaimTemplate, `${path}.volumeClaimTemplate`)
        : [required(`${path}.volumeClaimTemplate`)];
    case "nfs":
      return nfs ? nfsFaults(nfs, path) : [];
    case "iscsi":
      return iscsi ? iscsiFaults(iscsi, path) : [];
    case "fc":
      return fc ? fcFaults(fc, path) : [];
    case "flocker":
      return flocker ? flockerFaults(flocker, path) : [];
    case "csi":
      return csi ? csiFaults(csi, path) : [];
    case "gcePersistentDisk":
      return partitionFaults(gcePersistentDisk?.partition, `${path}.partition`);
    case "awsElasticBlockStore":
      return partitionFaults(awsElasticBlockStore?.partition, `${path}.partition`);
    default:
      return [];
  }
}

/** The claim is called as its pod is; all that it may bring is labels and annotations. */
function templateFaults({ metadata = {}, spec }: PersistentVolumeClaimTemplate, field: string): Cause[] {
  const others = Object.keys(metadata).filter(name => name !== "labels" && name !== "annotations");
  return [
    ...others.map(name => forbidden(`${field}.metadata.${name}`, "cannot be set")),
    ...claimSpecFaults(spec, `${field}.spec`),
  ];
}

function sizeFaults(size: string | undefined, field: string): Cause[] {
  if (size === undefined || parseQuantity(size).billionths >= 0n) return [];
  return [forbidden(field, "SizeLimit field must be a valid resource quantity")];
}

function hostPathFaults({ path, type }: HostPathVolumeSource, field: string): Cause[] {
  const isKnown = type === undefined || hostPathTypes.includes(type);
  return [
    ...upwardFaults(path, `${field}.path`),
    ...(isKnown ? [] : [notSupported(`${field}.type`, type, hostPathTypes)]),
  ];
}

function nfsFaults({ path }: NFSVolumeSource, field: string): Cause[] {
  return path === undefined || path.startsWith("/")
    ? []
    : [invalidValue(`${field}.path`, path, "must be an absolute path")];
}

/** Names of devices on the network come in three forms. */
const iscsiNames: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([a-zA-Z0-9\-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[a-zA-Z0-9]{16}$/,
  naa: /^naa.[a-zA-Z0-9]{32}$/,
};

function iscsiNameFaults(name: string | undefined, field: string): Cause[] {
  if (!name) return [];
  const form = iscsiNames[name.slice(0, 3)];
  if (!form) return [invalidValue(field, name, "must be valid format starting with iqn, eui, or naa")];
  return form.test(name) ? [] : [invalidValue(field, name, "must be valid format")];
}

function iscsiFaults(source: ISCSIVolumeSource, field: string): Cause[] {
  const { iqn, lun, chapAuthDiscovery, chapAuthSession, secretRef, initiatorName } = source;
  return [
    ...iscsiNameFaults(iqn, `${field}.iqn`),
    ...unitFaults(lun, `${field}.lun`),
    ...((chapAuthDiscovery || chapAuthSession) && !secretRef ? [required(`${field}.secretRef`)] : []),
    ...iscsiNameFaults(initiatorName, `${field}.initiatorname`),
  ];
}

function unitFaults(unit: number | undefined, field: string): Cause[] {
  if (unit === undefined || (unit >= 0 && unit <= 255)) return [];
  return [invalidValue(field, unit, "must be between 0 and 255, inclusive")];
}

function fcFaults({ targetWWNs = [], wwids = [], lun }: FCVolumeSource, field: string): Cause[] {
  const path = `${field}.targetWWNs`;
  if (targetWWNs.length === 0)
    return wwids.length > 0 ? [] : [required(path, "must specify either targetWWNs or wwids, but not both")];
  const detail = "targetWWNs and wwids can not be specified simultaneously";
  return [
    ...(wwids.length > 0 ? [invalidValue(path, targetWWNs, detail)] : []),
    ...(lun === undefined
      ? [required(`${field}.lun`, "lun is required if targetWWNs is specified")]
      : unitFaults(lun, `${field}.lun`)),
  ];
}

function flockerFaults({ datasetName, datasetUUID }: FlockerVolumeSource, field: string): Cause[] {
  if (!datasetName && !datasetUUID)
    return [required(field, "one of datasetName and datasetUUID is required")];
  const both = "datasetName and datasetUUID can not be specified simultaneously";
  return [
    ...(datasetName && datasetUUID ? [invalidValue(field, "resource", both)] : []),
    ...(datasetName?.includes("/")
      ? [invalidValue(`${field}.datasetName`, datasetName, "must not contain '/'")]
      : []),
  ];
}

function csiFaults({ driver, nodePublishSecretRef: secret }: CSIVolumeSource, field: string): Cause[] {
  const causes: Cause[] = [];
  if (driver !== undefined) {
    if (driver === "") causes.push(required(`${field}.driver`));
    if (driver.length > longestDriver) causes.push(tooLong(`${field}.driver`, longestDriver));
    for (const wrong of dnsSubdomain(driver.toLowerCase()))
      causes.push(invalidValue(`${field}.driver`, driver, wrong));
  }
  if (!secret) return causes;
  if (!secret.name) return [...causes, required(`${field}.nodePublishSecretRef.name`)];
  return causes.concat(misnamed(dnsSubdomain, secret.name, `${field}.name`));
}

function partitionFaults(partition: number | undefined, field: string): Cause[] {
  if (partition === undefined || (partition >= 0 && partition <= lastPartition)) return [];
  return [invalidValue(field, partition, `must be between 1 and ${lastPartition}, inclusive`)];
}
