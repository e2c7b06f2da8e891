/**
 * The volumes of claims, for one pod: where the volume lies that a claim is bound to, whether it may be written to, and that it becomes
 * larger on this node where its claim has asked for more.
 */
import { messageOf } from "../../errors/index.ts";
import {
  asksForMore,
  compareQuantities,
  grownStatus,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  quantityToNumber,
  type Volume,
} from "../../resources/index.ts";
import { DriverError } from "../../storage/index.ts";
import type { RegistryVerbs, StoreReads, Writer } from "../../store/index.ts";
import { VolumeError } from "./content.ts";
import { ofClaim } from "./driver-volume.ts";
import type { HostFolders } from "./host-folders.ts";
import { machinePath } from "./machine-path.ts";
import type { PublishedVolumes } from "./published-volumes.ts";
import type { VolumePlace } from "./volume-mounts.ts";

export interface ClaimedVolumesParts {
  readonly pod: () => Pod;
  readonly published: PublishedVolumes;
  readonly hostFolders: HostFolders;
  readonly registry: RegistryVerbs;
  readonly writer: Writer;
  readonly tell: (type: "Normal" | "Warning", reason: string, message: string) => void;
}

export class ClaimedVolumes {
  readonly #parts: ClaimedVolumesParts;

  constructor(parts: ClaimedVolumesParts) {
    this.#parts = parts;
  }

  /** Rejects with a VolumeError. */
  async mount({ name, persistentVolumeClaim }: Volume, claimName: string): Promise<VolumePlace> {
    const { published, hostFolders, registry } = this.#parts;
    const pod = this.#parts.pod();
    const { claim, volume } = claimedVolume(pod.metadata.namespace ?? "", claimName, registry.store);
    const modes = claim.spec.accessModes ?? [];
    const isForReading = modes.length > 0 && modes.every(mode => mode === "ReadOnlyMany");
    const isReadOnly = persistentVolumeClaim?.readOnly === true || isForReading;
    if ((volume.spec?.volumeMode ?? claim.spec.volumeMode) === "Block")
      throw new VolumeError(
        `volume ${name} has volumeMode Block: k4s has no block devices, only volumes with files`,
      );
    const { csi } = volume.spec ?? {};
    if (!csi) return { place: await machinePath(volume, hostFolders), isReadOnly, isMachines: true };
    const described = registry.store.get("CSIDriver", "", csi.driver);
    const wanted = ofClaim(claim, volume, isReadOnly, pod, described);
    const place = await published.publish(pod, name, wanted);
    await this.grow(claimName);
    return { place, isReadOnly, isMachines: false };
  }

  /** Does what is left to do on this node of a volume that its controller has made larger. Rejects with a VolumeError. */
  async grow(claimName: string): Promise<void> {
    const { published, registry, writer, tell } = this.#parts;
    const { metadata } = this.#parts.pod();
    const { claim, volume } = claimedVolume(metadata.namespace ?? "", claimName, registry.store);
    const size = volume.spec?.capacity?.storage ?? "0";
    const { csi } = volume.spec ?? {};
    const isDue = claim.status?.allocatedResourceStatuses?.storage === "NodeResizePending";
    if (!csi || !isDue || !asksForMore(claim) || isSmaller(size, claim)) return;
    try {
      const bytes = quantityToNumber(size);
      const own = { driver: csi.driver, volumeId: csi.volumeHandle };
      if (!(await published.expand(metadata.uid, own, bytes, csi.nodeExpandSecretRef))) return;
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      const message = `NodeExpandVolume.NodeExpandVolume failed for volume "${volume.metadata.name}" : ${messageOf(error)}`;
      tell("Warning", "VolumeResizeFailed", message);
      throw new VolumeError(message);
    }
    const { namespace = "", uid } = claim.metadata;
    const change = (now: PersistentVolumeClaim) =>
      now.metadata.uid === uid ? { ...now, status: grownStatus(now, size) } : undefined;
    const request = { author: writer, isChecked: true, subresource: "status" };
    await registry.modify("PersistentVolumeClaim", namespace, claimName, change, request);
    const message = `MountVolume.NodeExpandVolume succeeded for volume "${volume.metadata.name}"`;
    tell("Normal", "FileSystemResizeSuccessful", message);
  }
}

function isSmaller(size: string, { spec }: PersistentVolumeClaim): boolean {
  return compareQuantities(size, spec.resources?.requests?.storage ?? "0") < 0;
}

export interface Claimed {
  readonly claim: PersistentVolumeClaim;
  readonly volume: PersistentVolume;
}

/** The volume that the claim is bound to. Throws a VolumeError that says what is missing. */
export function claimedVolume(namespace: string, name: string, store: StoreReads): Claimed {
  const problem = `error processing PVC ${namespace}/${name}: `;
  const claim: PersistentVolumeClaim | undefined = store.get("PersistentVolumeClaim", namespace, name);
  if (!claim) {
    const cause = `persistentvolumeclaims "${name}" not found`;
    throw new VolumeError(`${problem}failed to fetch PVC from API server: ${cause}`);
  }
  if (claim.status?.phase !== "Bound") throw new VolumeError(`${problem}PVC is not bound`);
  const { volumeName = "" } = claim.spec ?? {};
  const volume: PersistentVolume | undefined = store.get("PersistentVolume", "", volumeName);
  if (volume) return { claim, volume };
  throw new VolumeError(
    `${problem}failed to fetch PV ${volumeName} from API server: persistentvolumes "${volumeName}" not found`,
  );
}
