/**
 * What must be right in a PersistentVolumeClaim and a PersistentVolume, as in Kubernetes' `pkg/apis/core/validation`; what of
 * them may change; and the finalizers that hold them while they are in use.
 */
import type { Cause } from "../../errors/index.ts";
import type { KindRules } from "../definition/index.ts";
import { forbidden, immutable, invalidValue, misnamed, notSupported, required } from "../faults.ts";
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeSpec,
} from "../generated/kubernetes.gen.ts";
import { dnsSubdomain } from "../names.ts";
import { compareQuantities, parseQuantity } from "../quantity.ts";
import { isSame } from "../sameness.ts";
import { valuesOf } from "../schema/index.ts";
import { labelSelectorFaults } from "../selectors/index.ts";
import { nodeSelectorFaults } from "./pod/index.ts";
import { withFinalizer } from "./storage-rules.ts";

const accessModes = () => valuesOf("PersistentVolumeClaimSpec", "accessModes");
const alone = "ReadWriteOncePod";

export const claimRules: KindRules<PersistentVolumeClaim> = {
  fill(draft) {
    const { dataSource, dataSourceRef } = draft.spec;
    // The older and the newer field say the same.
    if (!dataSource === !dataSourceRef) return draft;
    if (dataSource) return { ...draft, spec: { ...draft.spec, dataSourceRef: dataSource } };
    if (!dataSourceRef || dataSourceRef.namespace) return draft;
    return { ...draft, spec: { ...draft.spec, dataSource: dataSourceRef } };
  },
  prepare: draft => withFinalizer(draft, "kubernetes.io/pvc-protection"),
  validate({ spec }, old) {
    return [...(old ? claimChangeFaults(spec, old) : []), ...claimSpecFaults(spec, "spec")];
  },
  warnings: ({ spec }) => fractionWarnings(spec.resources?.requests, "spec.resources.requests"),
  initialStatus: () => ({ phase: "Pending" }),
};

function claimSpecFaults(spec: PersistentVolumeClaimSpec, field: string): Cause[] {
  const { accessModes: modes = [], selector, resources, storageClassName, volumeMode } = spec ?? {};
  const causes = modeFaults(modes, `${field}.accessModes`, "at least 1 access mode is required");
  if (selector) causes.push(...labelSelectorFaults(selector, `${field}.selector`));
  const { storage } = resources?.requests ?? {};
  const at = { field: `${field}.resources.requests[storage]` };
  if (storage === undefined) causes.push({ ...required(`${field}.resources[storage]`), at });
  else if (parseQuantity(storage).billionths <= 0n)
    causes.push({
      ...invalidValue(`${field}.resources[storage]`, storage, "must be greater than zero"),
      at,
    });
  if (storageClassName) causes.push(...misnamed(dnsSubdomain, storageClassName, `${field}.storageClassName`));
  if (volumeMode && volumeMode !== "Block" && volumeMode !== "Filesystem")
    causes.push(notSupported(`${field}.volumeMode`, volumeMode, ["Block", "Filesystem"]));
  return causes.concat(sourceFaults(spec, field));
}

function modeFaults(modes: readonly string[], field: string, missing: string): Cause[] {
  if (modes.length === 0) return [required(field, missing)];
  const unknown = modes.filter(mode => !accessModes().includes(mode));
  const causes = unknown.map(mode => notSupported(field, mode, accessModes()));
  if (modes.length > 1 && modes.includes(alone))
    causes.push(forbidden(field, "may not use ReadWriteOncePod with other access modes"));
  return causes;
}

function sourceFaults({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec, field: string): Cause[] {
  const causes: Cause[] = [];
  for (const [name, source] of Object.entries({ dataSource, dataSourceRef })) {
    if (!source) continue;
    const path = `${field}.${name}`;
    if (source.name === "") causes.push(required(`${path}.name`));
    if (source.kind === "") causes.push(required(`${path}.kind`));
    if (!source.apiGroup && source.kind && source.kind !== "PersistentVolumeClaim") {
      const detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
      causes.push(invalidValue(path, source.kind, detail));
    }
  }
  const hasBoth = dataSource && dataSourceRef && !dataSourceRef.namespace;
  if (hasBoth && !isSame({ ...dataSource }, { ...dataSourceRef }))
    causes.push(invalidValue(field, dataSource, "must match dataSourceRef"));
  return causes;
}

const immutableSpec =
  "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

/** A claim that is bound may grow; all else of it stays. */
function claimChangeFaults(
  spec: PersistentVolumeClaimSpec,
  { spec: old, status }: PersistentVolumeClaim,
): Cause[] {
  const isBound = status?.phase === "Bound";
  const { storage } = spec.resources?.requests ?? {};
  const { storage: before } = old.resources?.requests ?? {};
  const mayChange = {
    // The binder says which volume it is, once.
    ...(!old.volumeName && { volumeName: old.volumeName }),
    ...(!old.storageClassName && spec.storageClassName && { storageClassName: old.storageClassName }),
    ...(isBound && { volumeAttributesClassName: old.volumeAttributesClassName, resources: old.resources }),
  };
  const causes: Cause[] = [];
  if (!isSame(definedOf({ ...spec, ...mayChange }), definedOf(old)))
    causes.push(forbidden("spec", immutableSpec));
  else if (storage && before && compareQuantities(storage, before) < 0) {
    const detail = "field can not be less than status.capacity";
    const { storage: has } = status?.capacity ?? {};
    if (has === undefined || compareQuantities(storage, has) < 0)
      causes.push(forbidden("spec.resources.requests.storage", detail));
  }
  if (!isSame(spec.volumeMode, old.volumeMode)) causes.push(immutable("spec.volumeMode", spec.volumeMode));
  return causes;
}

function definedOf(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function fractionWarnings(amounts: Readonly<Record<string, string>> = {}, field: string): string[] {
  const { storage } = amounts;
  if (storage === undefined || parseQuantity(storage).billionths % 1_000_000_000n === 0n) return [];
  return [`${field}[storage]: fractional byte value "${storage}" is invalid, must be an integer`];
}

/** What a volume can be made of. */
const sources = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "flocker",
  "nfs",
  "rbd",
  "quobyte",
  "cephfs",
  "iscsi",
  "cinder",
  "fc",
  "flexVolume",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "scaleIO",
  "local",
  "storageos",
  "csi",
] as (keyof PersistentVolumeSpec)[];
const reclaimPolicies = () => valuesOf("PersistentVolumeSpec", "persistentVolumeReclaimPolicy");

export const volumeRules: KindRules<PersistentVolume> = {
  prepare: draft => withFinalizer(draft, "kubernetes.io/pv-protection"),
  validate({ spec }, old) {
    const causes = volumeSpecFaults(spec ?? {}, "spec");
    if (!old) return causes;
    const before = old.spec ?? {};
    for (const source of sources) {
      if (isSame(spec?.[source], before[source])) continue;
      causes.push(
        forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation"),
      );
      break;
    }
    if (!isSame(spec?.volumeMode, before.volumeMode))
      causes.push(immutable("spec.volumeMode", spec?.volumeMode));
    if (before.nodeAffinity && !isSame(spec?.nodeAffinity, before.nodeAffinity))
      causes.push(immutable("spec.nodeAffinity", spec?.nodeAffinity));
    return causes;
  },
  warnings({ spec, metadata }) {
    const told = fractionWarnings(spec?.capacity, "spec.capacity");
    if (spec?.persistentVolumeReclaimPolicy === "Recycle") told.push(recycleWarning);
    for (const source of ["photonPersistentDisk", "scaleIO", "storageos", "glusterfs"] as const)
      if (spec?.[source]) told.push(`spec.${source}: deprecated in ${deprecatedSources[source]}`);
    if (metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] !== undefined)
      told.push(betaClassWarning);
    return told;
  },
  initialStatus: () => ({ phase: "Pending" }),
};

const recycleWarning =
  "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.";
const betaClassWarning =
  'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead';
const deprecatedSources = {
  photonPersistentDisk: "v1.11, non-functional in v1.16+",
  scaleIO: "v1.16, non-functional in v1.22+",
  storageos: "v1.22, non-functional in v1.25+",
  glusterfs: "v1.25, non-functional in v1.26+",
} as const;

function volumeSpecFaults(spec: PersistentVolumeSpec, field: string): Cause[] {
  const { accessModes: modes = [], capacity, storageClassName, volumeMode, nodeAffinity } = spec;
  const { persistentVolumeReclaimPolicy: policy, local, hostPath } = spec;
  const causes = modeFaults(modes, `${field}.accessModes`, "");
  causes.push(...capacityFaults(capacity, `${field}.capacity`));
  if (policy && !reclaimPolicies().includes(policy))
    causes.push(notSupported(`${field}.persistentVolumeReclaimPolicy`, policy, reclaimPolicies()));
  if (nodeAffinity) {
    const path = `${field}.nodeAffinity.required`;
    if (!nodeAffinity.required) causes.push(required(path, "must specify required node constraints"));
    else causes.push(...nodeSelectorFaults(nodeAffinity.required, path));
  }
  const [first, ...more] = sources.filter(source => spec[source]);
  if (first === undefined) causes.push(required(field, "must specify a volume type"));
  causes.push(
    ...more.map(source => forbidden(`${field}.${source}`, "may not specify more than 1 volume type")),
  );
  if (hostPath && !hostPath.path) causes.push(required(`${field}.hostPath.path`));
  if (hostPath?.path?.split("/").includes(".."))
    causes.push(invalidValue(`${field}.hostPath.path`, hostPath.path, "must not contain '..'"));
  if (local && !local.path) causes.push(required(`${field}.local.path`));
  if (local && !nodeAffinity)
    causes.push(required(`${field}.nodeAffinity`, "Local volume requires node affinity"));
  if (hostPath?.path === "/" && policy === "Recycle")
    causes.push(
      forbidden(`${field}.persistentVolumeReclaimPolicy`, "may not be 'recycle' for a hostPath mount of '/'"),
    );
  if (storageClassName) causes.push(...misnamed(dnsSubdomain, storageClassName, `${field}.storageClassName`));
  if (volumeMode && volumeMode !== "Block" && volumeMode !== "Filesystem")
    causes.push(notSupported(`${field}.volumeMode`, volumeMode, ["Block", "Filesystem"]));
  return causes;
}

/** A volume has one amount, of storage. */
function capacityFaults(capacity: PersistentVolumeSpec["capacity"], field: string): Cause[] {
  const names = Object.keys(capacity ?? {});
  const causes = names.length === 0 ? [required(field)] : [];
  const { storage } = capacity ?? {};
  if (storage === undefined || names.length > 1) causes.push(notSupported(field, capacity, ["storage"]));
  if (storage !== undefined && parseQuantity(storage).billionths <= 0n)
    causes.push(invalidValue(`${field}[storage]`, storage, "must be greater than zero"));
  return causes;
}
