/**
 * The volume of a driver as a pod wants it on its node: that of a PersistentVolume, or one that is described in the pod itself and lives as
 * long (an inline volume). Both come down to what the driver is told, and which Secrets go with it.
 */
import { hash } from "node:crypto";
import type {
  CSIDriver,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  SecretReference,
  Volume,
} from "../../resources/index.ts";
import { capabilityOf, type VolumeCapability } from "../../storage/index.ts";
import { VolumeError } from "./content.ts";

export interface DriverVolume {
  /** Of the PersistentVolume, or of the volume in the pod. */
  readonly name: string;
  readonly driver: string;
  readonly volumeId: string;
  readonly capability: VolumeCapability;
  readonly readonly: boolean;
  readonly volumeContext: Readonly<Record<string, string>> | undefined;
  readonly stageSecret: SecretReference | undefined;
  readonly publishSecret: SecretReference | undefined;
  /** It is neither attached nor staged. */
  readonly isInline: boolean;
}

/** Throws a VolumeError where the volume cannot be had by mounting it. */
export function ofClaim(
  claim: PersistentVolumeClaim,
  volume: PersistentVolume,
  isReadOnly: boolean,
  pod: Pod,
  described: CSIDriver | undefined,
): DriverVolume {
  const { csi } = volume.spec ?? {};
  const { name } = volume.metadata;
  if (!csi) throw new VolumeError(`volume ${name} is of no driver`);
  const context = { ...csi.volumeAttributes, ...podInfo(pod, described, "false") };
  return {
    name,
    driver: csi.driver,
    volumeId: csi.volumeHandle,
    capability: capabilityOf(claim.spec.accessModes ?? [], volume.spec),
    readonly: isReadOnly || csi.readOnly === true,
    volumeContext: Object.keys(context).length > 0 ? context : undefined,
    stageSecret: csi.nodeStageSecretRef,
    publishSecret: csi.nodePublishSecretRef,
    isInline: false,
  };
}

/** Throws a VolumeError where the driver has no such volumes. */
export function inline({ name, csi }: Volume, pod: Pod, described: CSIDriver | undefined): DriverVolume {
  const { driver, fsType, volumeAttributes, nodePublishSecretRef, readOnly = false } = csi ?? { driver: "" };
  const modes = described?.spec.volumeLifecycleModes ?? ["Persistent"];
  if (!modes.includes("Ephemeral")) {
    const why = described ? `only supports ["${modes.join('" "')}"]` : "no CSIDriver object";
    throw new VolumeError(
      `kubernetes.io/csi: mounter.SetUpAt failed to check volume lifecycle mode: volume mode "Ephemeral" not supported by driver ${driver} (${why})`,
    );
  }
  const { uid, namespace } = pod.metadata;
  return {
    name,
    driver,
    volumeId: `csi-${hash("sha256", `${uid}${name}`, "hex")}`,
    capability: { accessMode: "SINGLE_NODE_WRITER", ...(fsType && { fsType }) },
    readonly: readOnly,
    volumeContext: { ...volumeAttributes, ...podInfo(pod, described, "true") },
    stageSecret: undefined,
    publishSecret: nodePublishSecretRef && { ...nodePublishSecretRef, namespace },
    isInline: true,
  };
}

/** Of the pod, where its driver asks for it. */
function podInfo(
  { metadata, spec }: Pod,
  described: CSIDriver | undefined,
  ephemeral: "true" | "false",
): Readonly<Record<string, string>> {
  if (!described?.spec.podInfoOnMount) return {};
  return {
    "csi.storage.k8s.io/pod.name": metadata.name,
    "csi.storage.k8s.io/pod.namespace": metadata.namespace ?? "",
    "csi.storage.k8s.io/pod.uid": metadata.uid,
    "csi.storage.k8s.io/serviceAccount.name": spec.serviceAccountName ?? "",
    "csi.storage.k8s.io/ephemeral": ephemeral,
  };
}
