/** What `kubectl get` shows of volumes, their claims and classes, and of what drives them (`storage.k8s.io`). */
import type { Column } from "../../definition/index.ts";
import type {
  CSIDriver,
  CSINode,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from "../../generated/kubernetes.gen.ts";
import type { KubernetesObject } from "../../object.ts";
import { ageColumn } from "./cells.ts";

export const persistentVolumeColumns: readonly Column<PersistentVolume>[] = [
  { name: "Capacity", cell: ({ spec }) => spec?.capacity?.storage ?? "0" },
  { name: "Access Modes", cell: ({ spec }) => modesText(spec?.accessModes) },
  { name: "Reclaim Policy", cell: ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? "" },
  {
    name: "Status",
    cell: ({ metadata, status }) => (metadata.deletionTimestamp ? "Terminating" : (status?.phase ?? "")),
  },
  {
    name: "Claim",
    cell: ({ spec }) =>
      spec?.claimRef ? `${spec.claimRef.namespace ?? ""}/${spec.claimRef.name ?? ""}` : "",
  },
  {
    name: "StorageClass",
    cell: ({ metadata, spec }) =>
      metadata.annotations?.[storageClassAnnotation] ?? spec?.storageClassName ?? "",
  },
  { name: "VolumeAttributesClass", cell: ({ spec }) => spec?.volumeAttributesClassName ?? "<unset>" },
  { name: "Reason", cell: ({ status }) => status?.reason ?? "" },
  { name: "VolumeMode", wide: true, cell: ({ spec }) => spec?.volumeMode ?? "<unset>" },
];

export const persistentVolumeClaimColumns: readonly Column<PersistentVolumeClaim>[] = [
  {
    name: "Status",
    cell: ({ metadata, status }) => (metadata.deletionTimestamp ? "Terminating" : (status?.phase ?? "")),
  },
  { name: "Volume", cell: ({ spec }) => spec?.volumeName ?? "" },
  {
    name: "Capacity",
    cell: ({ spec, status }) => (spec?.volumeName ? (status?.capacity?.storage ?? "0") : ""),
  },
  {
    name: "Access Modes",
    cell: ({ spec, status }) => (spec?.volumeName ? modesText(status?.accessModes) : ""),
  },
  {
    name: "StorageClass",
    cell: ({ metadata, spec }) =>
      metadata.annotations?.[storageClassAnnotation] ?? spec?.storageClassName ?? "",
  },
  { name: "VolumeAttributesClass", cell: ({ spec }) => spec?.volumeAttributesClassName ?? "<unset>" },
  { name: "VolumeMode", wide: true, cell: ({ spec }) => spec?.volumeMode ?? "<unset>" },
];

/** The name, and whether it is the default: by one of these annotations. */
function classNameColumn(...marks: readonly string[]): Column {
  const isDefault = ({ metadata: { annotations } }: KubernetesObject) =>
    marks.some(mark => annotations?.[mark] === "true");
  return {
    name: "Name",
    format: "name",
    cell: object => (isDefault(object) ? `${object.metadata.name} (default)` : object.metadata.name),
  };
}

export const storageClassColumns: readonly Column<StorageClass>[] = [
  classNameColumn(
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
  ),
  { name: "Provisioner", cell: ".provisioner" },
  { name: "ReclaimPolicy", cell: ({ reclaimPolicy }) => reclaimPolicy ?? "Delete" },
  { name: "VolumeBindingMode", cell: ({ volumeBindingMode }) => volumeBindingMode ?? "Immediate" },
  {
    name: "AllowVolumeExpansion",
    cell: ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
  },
  ageColumn,
];

export const volumeAttributesClassColumns: readonly Column<VolumeAttributesClass>[] = [
  classNameColumn("volumeattributesclass.alpha.kubernetes.io/is-default-class"),
  { name: "DriverName", cell: ".driverName" },
  ageColumn,
];

export const volumeAttachmentColumns: readonly Column<VolumeAttachment>[] = [
  { name: "Attacher", format: "name", cell: ".spec.attacher" },
  { name: "PV", cell: ({ spec }) => spec.source.persistentVolumeName ?? "" },
  { name: "Node", cell: ".spec.nodeName" },
  { name: "Attached", type: "boolean", cell: ({ status }) => status?.attached ?? false },
];

export const csiDriverColumns: readonly Column<CSIDriver>[] = [
  { name: "AttachRequired", type: "boolean", cell: ({ spec }) => spec.attachRequired ?? true },
  { name: "PodInfoOnMount", type: "boolean", cell: ({ spec }) => spec.podInfoOnMount ?? false },
  { name: "StorageCapacity", type: "boolean", cell: ({ spec }) => spec.storageCapacity ?? false },
  {
    name: "TokenRequests",
    cell: ({ spec: { tokenRequests = [] } }) =>
      tokenRequests.length > 0 ? tokenRequests.map(({ audience }) => audience).join(",") : "<unset>",
  },
  { name: "RequiresRepublish", type: "boolean", cell: ({ spec }) => spec.requiresRepublish ?? false },
  { name: "Modes", cell: ({ spec }) => spec.volumeLifecycleModes?.join(",") || "<none>" },
];

export const csiNodeColumns: readonly Column<CSINode>[] = [
  { name: "Drivers", type: "integer", cell: ({ spec }) => spec.drivers?.length ?? 0 },
];

const shortModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

function modesText(modes: readonly string[] = []): string {
  return Object.keys(shortModes)
    .filter(mode => modes.includes(mode))
    .map(mode => shortModes[mode])
    .join(",");
}

const storageClassAnnotation = "volume.beta.kubernetes.io/storage-class";
