/** Access modes of Kubernetes in the words of CSI. */
import type { PersistentVolumeSpec } from "../resources/index.ts";
import type { AccessMode, VolumeCapability } from "./driver.ts";

type Mode = NonNullable<PersistentVolumeSpec["accessModes"]>[number];

const modes: Readonly<Record<Mode, AccessMode>> = {
  ReadWriteOnce: "SINGLE_NODE_WRITER",
  ReadOnlyMany: "MULTI_NODE_READER_ONLY",
  ReadWriteMany: "MULTI_NODE_MULTI_WRITER",
  ReadWriteOncePod: "SINGLE_NODE_SINGLE_WRITER",
};
/** What a volume is mounted for that offers several. */
const order: readonly Mode[] = ["ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod", "ReadOnlyMany"];

/** What a new volume must be able to do. */
export function capabilitiesOf(
  accessModes: readonly Mode[] = [],
  mountFlags?: readonly string[],
  fsType?: string,
): VolumeCapability[] {
  return accessModes.map(mode => ({
    accessMode: modes[mode],
    ...(fsType && { fsType }),
    ...(mountFlags && { mountFlags }),
  }));
}

/** As what a volume is mounted, and with which options. */
export function capabilityOf(
  accessModes: readonly Mode[],
  { mountOptions, csi }: Pick<PersistentVolumeSpec, "mountOptions" | "csi"> = {},
): VolumeCapability {
  const mode = order.find(each => accessModes.includes(each)) ?? "ReadWriteOnce";
  return {
    accessMode: modes[mode],
    ...(csi?.fsType && { fsType: csi.fsType }),
    ...(mountOptions && { mountFlags: mountOptions }),
  };
}
