/** Facts of volumes, their sources, claims and classes (core and `storage.k8s.io`). */
import type { FieldFacts } from "./field-facts.ts";

export const volumes: Record<string, Record<string, FieldFacts>> = {
  AzureDiskVolumeSource: {
    cachingMode: { enum: ["None", "ReadOnly", "ReadWrite"], default: "ReadWrite" },
    fsType: { default: "ext4" },
    kind: { enum: ["Dedicated", "Managed", "Shared"], default: "Shared" },
    readOnly: { default: false },
  },
  CSIDriverSpec: {
    attachRequired: { default: true },
    fsGroupPolicy: { default: "ReadWriteOnceWithFSType" },
    podInfoOnMount: { default: false },
    requiresRepublish: { default: false },
    seLinuxMount: { default: false },
    storageCapacity: { default: false },
    volumeLifecycleModes: { listType: "set", default: ["Persistent"] },
  },
  CSINodeSpec: {
    drivers: { listType: "map", listMapKeys: ["name"] },
  },
  ConfigMapVolumeSource: {
    defaultMode: { default: 420 },
  },
  DownwardAPIVolumeSource: {
    defaultMode: { default: 420 },
  },
  EmptyDirVolumeSource: {
    sizeLimit: { quantity: true },
  },
  HostPathVolumeSource: {
    type: {
      enum: [
        "",
        "BlockDevice",
        "CharDevice",
        "Directory",
        "DirectoryOrCreate",
        "File",
        "FileOrCreate",
        "Socket",
      ],
      default: "",
    },
  },
  ISCSIVolumeSource: {
    iscsiInterface: { default: "default", emptyIsUnset: true },
  },
  ImageVolumeSource: {
    pullPolicy: { enum: ["Always", "IfNotPresent", "Never"] },
  },
  ModifyVolumeStatus: {
    status: { enum: ["InProgress", "Infeasible", "Pending"] },
  },
  PersistentVolume: {
    spec: { default: {} },
  },
  PersistentVolumeClaim: {
    spec: { default: {} },
  },
  PersistentVolumeClaimSpec: {
    accessModes: { enum: ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"] },
    volumeMode: { enum: ["Block", "Filesystem"], default: "Filesystem" },
  },
  PersistentVolumeClaimStatus: {
    accessModes: { enum: ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"] },
    conditions: { listType: "map", listMapKeys: ["type"] },
    phase: { enum: ["Bound", "Lost", "Pending"] },
  },
  PersistentVolumeClaimTemplate: {
    metadata: { default: {} },
  },
  PersistentVolumeSpec: {
    accessModes: { enum: ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"] },
    persistentVolumeReclaimPolicy: { enum: ["Delete", "Recycle", "Retain"], default: "Retain" },
    volumeMode: { enum: ["Block", "Filesystem"], default: "Filesystem" },
  },
  PersistentVolumeStatus: {
    phase: { enum: ["Available", "Bound", "Failed", "Pending", "Released"] },
  },
  ProjectedVolumeSource: {
    defaultMode: { default: 420 },
  },
  RBDVolumeSource: {
    keyring: { default: "/etc/ceph/keyring", emptyIsUnset: true },
    pool: { default: "rbd", emptyIsUnset: true },
    user: { default: "admin", emptyIsUnset: true },
  },
  ScaleIOVolumeSource: {
    fsType: { default: "xfs", emptyIsUnset: true },
    storageMode: { default: "ThinProvisioned", emptyIsUnset: true },
  },
  SecretVolumeSource: {
    defaultMode: { default: 420 },
  },
  ServiceAccountTokenProjection: {
    expirationSeconds: { default: 3600 },
  },
  StorageClass: {
    reclaimPolicy: { enum: ["Delete", "Recycle", "Retain"], default: "Delete" },
    volumeBindingMode: { enum: ["Immediate", "WaitForFirstConsumer"], default: "Immediate" },
  },
  VolumeMount: {
    mountPropagation: { enum: ["Bidirectional", "HostToContainer", "None"] },
  },
  VolumeResourceRequirements: {
    limits: { quantity: true },
    requests: { quantity: true },
  },
};
