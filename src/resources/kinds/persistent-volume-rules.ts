/**
 * What must be right in a PersistentVolume, as in Kubernetes' `ValidatePersistentVolume`: exactly one source, which stays, and what that
 * source cannot do without; and the finalizer that holds it while it is in use.
 */
import type { Cause } from "../../errors/index.ts";
import type { KindRules } from "../definition/index.ts";
import { forbidden, immutable, invalidValue, misnamed, notSupported, required } from "../faults.ts";
import type {
  CSIPersistentVolumeSource,
  NodeSelectorRequirement,
  PersistentVolume,
  PersistentVolumeSpec,
  SecretReference,
  VolumeNodeAffinity,
} from "../generated/kubernetes.gen.ts";
import { dnsLabel, dnsSubdomain } from "../names.ts";
import { parseQuantity } from "../quantity.ts";
import { isSame } from "../sameness.ts";
import { valuesOf } from "../schema/index.ts";
import { accessModeFaults, fractionWarnings, volumeModeFaults } from "./claim-spec-rules.ts";
import { nodeSelectorFaults, upwardFaults, volumeSourceFaults } from "./pod/index.ts";
import { withFinalizer } from "./storage-rules.ts";

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
] as const;
const reclaimPolicies = () => valuesOf("PersistentVolumeSpec", "persistentVolumeReclaimPolicy");

export const volumeRules: KindRules<PersistentVolume> = {
  prepare: draft => withFinalizer(draft, "kubernetes.io/pv-protection"),
  validate({ spec }, old) {
    const causes = volumeSpecFaults(spec ?? {}, "spec");
    return old ? causes.concat(changeFaults(spec ?? {}, old.spec ?? {})) : causes;
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
  const { accessModes = [], capacity, storageClassName, volumeMode, nodeAffinity } = spec;
  const { persistentVolumeReclaimPolicy: policy, hostPath } = spec;
  const causes = accessModeFaults(accessModes, `${field}.accessModes`, "");
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
  else causes.push(...oneSourceFaults(spec, first, field));
  causes.push(
    ...more.map(source => forbidden(`${field}.${source}`, "may not specify more than 1 volume type")),
  );
  if (hostPath?.path === "/" && policy === "Recycle")
    causes.push(
      forbidden(`${field}.persistentVolumeReclaimPolicy`, "may not be 'recycle' for a hostPath mount of '/'"),
    );
  if (storageClassName) causes.push(...misnamed(dnsSubdomain, storageClassName, `${field}.storageClassName`));
  causes.push(...volumeModeFaults(volumeMode, `${field}.volumeMode`));
  return causes.concat(attributesFaults(spec, field));
}

type Source = (typeof sources)[number];

/** Those that pods name too are held to the same rules. */
function oneSourceFaults(spec: PersistentVolumeSpec, source: Source, field: string): Cause[] {
  const { csi, local, nodeAffinity } = spec;
  if (source === "csi") return csi ? driverFaults(spec, csi, field) : [];
  if (source !== "local") return volumeSourceFaults(spec, source, field);
  const affinity = "Local volume requires node affinity";
  return [
    ...(local?.path ? upwardFaults(local.path, `${field}.local.path`) : [required(`${field}.local.path`)]),
    ...(nodeAffinity ? [] : [required(`${field}.nodeAffinity`, affinity)]),
  ];
}

const csiSecrets = [
  "controllerPublishSecretRef",
  "controllerExpandSecretRef",
  "nodePublishSecretRef",
  "nodeExpandSecretRef",
  "nodeStageSecretRef",
] as const;

function driverFaults(
  spec: PersistentVolumeSpec,
  { nodePublishSecretRef: _, ...csi }: CSIPersistentVolumeSource,
  field: string,
): Cause[] {
  const causes = volumeSourceFaults({ csi }, "csi", field);
  if (csi.volumeHandle === "") causes.push(required(`${field}.csi.volumeHandle`));
  for (const name of csiSecrets) {
    const secret = spec.csi?.[name];
    if (secret) causes.push(...secretFaults(secret, `${field}.csi.${name}`));
  }
  return causes;
}

function secretFaults({ name = "", namespace = "" }: SecretReference, field: string): Cause[] {
  return [
    ...(name === "" ? [required(`${field}.name`)] : misnamed(dnsSubdomain, name, `${field}.name`)),
    ...(namespace === ""
      ? [required(`${field}.namespace`)]
      : misnamed(dnsLabel, namespace, `${field}.namespace`)),
  ];
}

function attributesFaults({ volumeAttributesClassName: name, csi }: PersistentVolumeSpec, field: string) {
  if (name === undefined) return [];
  const path = `${field}.volumeAttributesClassName`;
  const lacking = "has to be specified when using volumeAttributesClassName";
  return [
    ...(name === "" ? [required(path, "an empty string is disallowed")] : misnamed(dnsSubdomain, name, path)),
    ...(csi ? [] : [required(`${field}.csi`, lacking)]),
  ];
}

/** Kubernetes names two of these fields without the spec that they stand in. */
function changeFaults(spec: PersistentVolumeSpec, old: PersistentVolumeSpec): Cause[] {
  const causes: Cause[] = [];
  if (sources.some(source => !isSame(sourceOf(spec, source, old), old[source]))) {
    const detail = "spec.persistentvolumesource is immutable after creation";
    causes.push(forbidden("spec.persistentvolumesource", detail));
  }
  if (!isSame(spec.volumeMode, old.volumeMode))
    causes.push({ ...immutable("volumeMode", spec.volumeMode), at: { field: "spec.volumeMode" } });
  if (old.nodeAffinity && !isSame(spec.nodeAffinity, withLaterLabels(old.nodeAffinity, spec.nodeAffinity))) {
    const detail = "field is immutable, except for updating from beta label to GA";
    const at = { field: "spec.nodeAffinity" };
    causes.push({ ...invalidValue("nodeAffinity", spec.nodeAffinity, detail), at });
  }
  if (old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) {
    const detail = "update from non-nil value to nil is forbidden";
    causes.push(forbidden("spec.volumeAttributesClassName", detail));
  }
  return causes;
}

const laterLabels: Readonly<Record<string, string>> = {
  "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
  "beta.kubernetes.io/os": "kubernetes.io/os",
  "beta.kubernetes.io/arch": "kubernetes.io/arch",
  "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
};

/** The old one, with the later names of labels where `now` has them at that place. */
function withLaterLabels(old: VolumeNodeAffinity, now?: VolumeNodeAffinity): VolumeNodeAffinity {
  if (!old.required) return old;
  const keyAt = (i: number, j: number) => now?.required?.nodeSelectorTerms?.[i]?.matchExpressions?.[j]?.key;
  const renamed = (each: NodeSelectorRequirement, key = each.key) =>
    laterLabels[each.key] === key ? { ...each, key } : each;
  const nodeSelectorTerms = old.required.nodeSelectorTerms.map((term, i) =>
    term.matchExpressions
      ? { ...term, matchExpressions: term.matchExpressions.map((each, j) => renamed(each, keyAt(i, j))) }
      : term,
  );
  return { ...old, required: { ...old.required, nodeSelectorTerms } };
}

/** The secret for growing may be added later. */
function sourceOf(spec: PersistentVolumeSpec, source: Source, old: PersistentVolumeSpec): unknown {
  if (source !== "csi" || !spec.csi || !old.csi || old.csi.controllerExpandSecretRef) return spec[source];
  const { controllerExpandSecretRef: _, ...csi } = spec.csi;
  return csi;
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
