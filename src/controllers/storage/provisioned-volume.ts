/** The PersistentVolume of what a driver has made for a claim, and how it is known again. */
import {
  byteQuantity,
  type PersistentVolume,
  type PersistentVolumeClaim,
  provisionedBy,
  type SecretReference,
  type StorageClass,
} from "../../resources/index.ts";
import type { DriverVolume } from "../../storage/index.ts";
import { fsTypeOf, type VolumeSecrets } from "./class-parameters.ts";
import { allowedPlaces, nodeAffinityOf } from "./topology.ts";

/** A volume whose object is deleted first is deleted too, where its policy says so. */
export const finalizer = "external-provisioner.volume.kubernetes.io/finalizer";
/** The Secret by which it is deleted: the class may be gone by then. */
const deletionSecret = "volume.kubernetes.io/provisioner-deletion-secret-";

export function volumeFor(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  name: string,
  made: DriverVolume,
  secretRefs: VolumeSecrets,
) {
  const { metadata, provisioner: driver, reclaimPolicy = "Delete", mountOptions, parameters } = storageClass;
  const { apiVersion, kind, spec } = claim;
  const { namespace, name: claimName, uid, resourceVersion } = claim.metadata;
  const storage =
    made.capacityBytes > 0 ? byteQuantity(made.capacityBytes) : spec.resources?.requests?.storage;
  const { name: deletedWith, namespace: from } = secretRefs.provisioner ?? {};
  const annotations = {
    [provisionedBy]: driver,
    ...(deletedWith && { [`${deletionSecret}name`]: deletedWith }),
    ...(from && { [`${deletionSecret}namespace`]: from }),
  };
  const { accessibleTopology: places = [] } = made;
  // A driver that knows no places has its volumes where the class allows them.
  const nodeAffinity = nodeAffinityOf(places.length > 0 ? places : allowedPlaces(storageClass));
  const fsType = fsTypeOf(parameters);
  const secrets = Object.entries({
    controllerPublishSecretRef: secretRefs["controller-publish"],
    nodeStageSecretRef: secretRefs["node-stage"],
    nodePublishSecretRef: secretRefs["node-publish"],
    controllerExpandSecretRef: secretRefs["controller-expand"],
    nodeExpandSecretRef: secretRefs["node-expand"],
  }).filter(([, reference]) => reference !== undefined);
  return {
    apiVersion: "v1" as const,
    kind: "PersistentVolume" as const,
    metadata: { name, annotations, finalizers: [finalizer] },
    spec: {
      capacity: { storage: storage ?? "0" },
      accessModes: spec.accessModes ?? [],
      persistentVolumeReclaimPolicy: reclaimPolicy,
      storageClassName: metadata.name,
      volumeMode: spec.volumeMode ?? "Filesystem",
      ...(mountOptions && { mountOptions }),
      ...(nodeAffinity && { nodeAffinity }),
      claimRef: { apiVersion, kind, namespace, name: claimName, uid, resourceVersion },
      csi: {
        driver,
        volumeHandle: made.volumeId,
        ...(fsType && { fsType }),
        ...(made.volumeContext && { volumeAttributes: { ...made.volumeContext } }),
        ...Object.fromEntries(secrets),
      },
    },
  };
}

export function deletionSecretOf({ metadata: { annotations = {} } }: PersistentVolume): SecretReference {
  const name = annotations[`${deletionSecret}name`] ?? "";
  return { name, namespace: annotations[`${deletionSecret}namespace`] ?? "" };
}
