/**
 * Volumes that a driver attaches to a node before the node can mount them: how the attachment is called, what a node says of the volumes it
 * has, and who has them. Controllers and nodes, which do it together, read the same here.
 */
import { hash } from "node:crypto";
import type { CSIDriver, Node, PersistentVolume, Pod } from "./generated/kubernetes.gen.ts";

/** As Kubernetes calls the VolumeAttachment: a node that waits for it knows it by that. */
export function attachmentName(driver: string, volumeHandle: string, nodeName: string): string {
  return `csi-${hash("sha256", `${volumeHandle}${driver}${nodeName}`, "hex")}`;
}

/** Whether volumes of the driver are attached first. One that is not described does not say that they are not. */
export function isAttachRequired(driver: CSIDriver | undefined): boolean {
  return driver?.spec.attachRequired ?? true;
}

/** As a node calls the volume in its status. */
export function nameInUse(driver: string, volumeHandle: string): string {
  return `kubernetes.io/csi/${driver}^${volumeHandle}`;
}

/** Whether the node says that it has the volume, or is about to. */
export function isInUseOn(node: Node | undefined, name: string): boolean {
  return node?.status?.volumesInUse?.includes(name) ?? false;
}

/** Whether the volume can be on one node at a time. */
export function isForOneNode({ spec }: PersistentVolume): boolean {
  const modes = spec?.accessModes ?? [];
  return modes.length > 0 && !modes.some(mode => mode === "ReadWriteMany" || mode === "ReadOnlyMany");
}

/** The claims of the pod, those that are made for it included. */
export function claimNamesOf({ metadata, spec: { volumes = [] } }: Pod): string[] {
  return volumes.flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    const own = ephemeral && `${metadata.name}-${name}`;
    return persistentVolumeClaim?.claimName ?? own ?? [];
  });
}
