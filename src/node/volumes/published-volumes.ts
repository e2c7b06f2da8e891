/**
 * The volumes of storage drivers on the nodes of this process, as a kubelet has its drivers mount them: staged once on each node, then
 * published for each pod at a path of its own; and the other way round when pods go. What a driver has put at such a path (a mount, a
 * link) is only ever taken away by the driver: removing what lies behind it would remove the data.
 */
import { mkdir, realpath, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../errors/index.ts";
import { stagedName } from "../../outside/index.ts";
import type { PersistentVolume, Pod } from "../../resources/index.ts";
import { DriverError, type StorageDrivers, type VolumeCapability } from "../../storage/index.ts";
import { VolumeError } from "./content.ts";
import type { VolumeFolders } from "./volume-folders.ts";

interface Published {
  readonly driver: string;
  readonly volumeId: string;
  readonly targetPath: string;
  /** What it was staged as, if it was. */
  readonly staged: string | undefined;
}

export interface PublishOptions {
  readonly capability: VolumeCapability;
  readonly readonly: boolean;
  readonly publishContext?: Readonly<Record<string, string>> | undefined;
}

export class PublishedVolumes {
  readonly #drivers: StorageDrivers;
  readonly #folders: VolumeFolders;
  /** By uid of the pod. */
  readonly #published = new Map<string, Published[]>();
  /** How many pods have what was staged at this path. */
  readonly #staged = new Map<string, number>();

  constructor(drivers: StorageDrivers, folders: VolumeFolders) {
    this.#drivers = drivers;
    this.#folders = folders;
  }

  /** Resolves to where its content lies. Rejects with a VolumeError. */
  async publish(
    { metadata: { uid }, spec }: Pod,
    name: string,
    volume: PersistentVolume,
    { capability, readonly, publishContext }: PublishOptions,
  ): Promise<string> {
    const { driver, volumeHandle: volumeId, volumeAttributes: volumeContext } = volume.spec?.csi ?? {};
    if (driver === undefined || volumeId === undefined)
      throw new VolumeError(`volume ${volume.metadata.name} is of no driver`);
    if (!this.#drivers.has(driver))
      throw new VolumeError(
        `kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name ${driver} not found in the list of registered CSI drivers`,
      );
    const targetPath = join(this.#folders.mountsOf(uid), name);
    const isStaged = this.#drivers.can(driver, "nodeStageVolume");
    const nodeName = spec.nodeName ?? "";
    const staged = isStaged
      ? join(this.#folders.mountsOf(stagedName), nodeName, volume.metadata.name)
      : undefined;
    const common = { volumeId, volumeCapability: capability, volumeContext, publishContext };
    try {
      if (staged !== undefined) {
        await mkdir(staged, { recursive: true });
        await this.#drivers.call(driver, "nodeStageVolume", { ...common, stagingTargetPath: staged });
      }
      await mkdir(this.#folders.mountsOf(uid), { recursive: true });
      this.#note(uid, { driver, volumeId, targetPath, staged });
      const shown = { ...common, targetPath, readonly, stagingTargetPath: staged };
      await this.#drivers.call(driver, "nodePublishVolume", shown);
      return await realpath(targetPath);
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      throw new VolumeError(`kubernetes.io/csi: mounter.SetUpAt failed: ${messageOf(error)}`);
    }
  }

  /** Takes away what the pod had. Rejects with what the driver refuses it with; what is left is tried again at the next call. */
  async unpublish(uid: string): Promise<void> {
    const published = this.#published.get(uid) ?? [];
    for (const each of [...published]) {
      const { driver, volumeId, targetPath, staged } = each;
      await this.#drivers.call(driver, "nodeUnpublishVolume", { volumeId, targetPath });
      published.splice(published.indexOf(each), 1);
      if (staged !== undefined) await this.#unstage(driver, volumeId, staged);
    }
    this.#published.delete(uid);
    if (published.length === 0) await rmdir(this.#folders.mountsOf(uid)).catch(ignoreMissing);
  }

  #note(uid: string, published: Published): void {
    const those = this.#published.get(uid) ?? [];
    if (those.some(({ targetPath }) => targetPath === published.targetPath)) return;
    this.#published.set(uid, [...those, published]);
    const { staged } = published;
    if (staged !== undefined) this.#staged.set(staged, (this.#staged.get(staged) ?? 0) + 1);
  }

  async #unstage(driver: string, volumeId: string, stagingTargetPath: string): Promise<void> {
    const left = (this.#staged.get(stagingTargetPath) ?? 1) - 1;
    this.#staged.set(stagingTargetPath, left);
    if (left > 0) return;
    this.#staged.delete(stagingTargetPath);
    await this.#drivers.call(driver, "nodeUnstageVolume", { volumeId, stagingTargetPath });
    await rmdir(stagingTargetPath).catch(ignoreMissing);
  }
}

function ignoreMissing(error: unknown): void {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
  throw error;
}
