/**
 * The volumes of storage drivers on the nodes of this process, as a kubelet has its drivers mount them: staged once on each node, then
 * published for each pod at a path of its own; and the other way round when pods go. What a driver has put at such a path (a mount, a
 * link) is only ever taken away by the driver: removing what lies behind it would remove the data.
 */
import { mkdir, realpath, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../errors/index.ts";
import { type Clock, stagedName } from "../../outside/index.ts";
import type { PersistentVolume, Pod } from "../../resources/index.ts";
import { DriverError, type StorageDrivers, type VolumeCapability } from "../../storage/index.ts";
import { AttachError, VolumeError } from "./content.ts";
import type { VolumeFolders } from "./volume-folders.ts";

interface Published {
  /** The pod that has it, and where that is. */
  readonly pod: string;
  readonly node: string;
  readonly driver: string;
  readonly volumeId: string;
  readonly targetPath: string;
  /** What it was staged as, if it was. */
  readonly staged: string | undefined;
}

/** How long after a refusal what is left is tried again: twice as long each time, at most the second. */
const firstRetryMs = 1_000;
const longestRetryMs = 120_000;

export interface PublishOptions {
  readonly capability: VolumeCapability;
  readonly readonly: boolean;
}

export class PublishedVolumes {
  readonly #drivers: StorageDrivers;
  readonly #folders: VolumeFolders;
  /** By uid of the pod. */
  readonly #published = new Map<string, Published[]>();
  /** Pods that are gone, with volumes that could not be taken away. */
  readonly #left = new Set<string>();

  readonly #clock: Pick<Clock, "after">;

  constructor(drivers: StorageDrivers, folders: VolumeFolders, clock: Pick<Clock, "after">) {
    this.#clock = clock;
    this.#drivers = drivers;
    this.#folders = folders;
  }

  /** Resolves to where its content lies. Rejects with a VolumeError. */
  async publish(
    { metadata: { uid, name: podName }, spec }: Pod,
    name: string,
    volume: PersistentVolume,
    options: PublishOptions,
  ): Promise<string> {
    const { driver, volumeHandle: volumeId, volumeAttributes: volumeContext } = volume.spec?.csi ?? {};
    if (driver === undefined || volumeId === undefined)
      throw new VolumeError(`volume ${volume.metadata.name} is of no driver`);
    if (!this.#drivers.has(driver))
      throw new VolumeError(
        `kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name ${driver} not found in the list of registered CSI drivers`,
      );
    const targetPath = join(this.#folders.mountsOf(uid), name);
    const nodeName = spec.nodeName ?? "";
    const { capability, readonly } = options;
    try {
      await this.#retryLeft(driver, volumeId);
      const isStaged = await this.#drivers.can(driver, "nodeStageVolume");
      const staged = isStaged
        ? join(this.#folders.mountsOf(stagedName), nodeName, volume.metadata.name)
        : undefined;
      const own = { pod: podName, node: nodeName, driver, volumeId, targetPath, staged };
      // Nothing is waited for between these two: of two nodes that ask together, one has it.
      this.#assertHere(volume.metadata.name, own, capability);
      this.#note(uid, own);
      const publishContext = await this.#attach(own, capability, readonly, volumeContext);
      const common = { volumeId, volumeCapability: capability, volumeContext, publishContext };
      if (staged !== undefined) {
        await mkdir(staged, { recursive: true });
        await this.#drivers.call(driver, "nodeStageVolume", { ...common, stagingTargetPath: staged });
      }
      await mkdir(this.#folders.mountsOf(uid), { recursive: true });
      const shown = { ...common, targetPath, readonly, stagingTargetPath: staged };
      await this.#drivers.call(driver, "nodePublishVolume", shown);
      return await shownAt(targetPath, driver);
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      throw new VolumeError(`kubernetes.io/csi: mounter.SetUpAt failed: ${messageOf(error)}`);
    }
  }

  /** Makes the volume larger on this node, where its driver has to. Rejects with a DriverError. */
  async expand(uid: string, driver: string, volumeId: string, requiredBytes: number): Promise<boolean> {
    const own = this.#published.get(uid)?.find(each => each.driver === driver && each.volumeId === volumeId);
    if (!own || !(await this.#drivers.can(driver, "nodeExpandVolume"))) return false;
    const request = { volumeId, volumePath: own.targetPath, capacityRange: { requiredBytes } };
    await this.#drivers.call(driver, "nodeExpandVolume", request);
    return true;
  }

  /** Resolves to what the driver wants to be told on the node. */
  async #attach(
    { driver, volumeId, node }: Published,
    volumeCapability: VolumeCapability,
    readonly: boolean,
    volumeContext: Readonly<Record<string, string>> | undefined,
  ): Promise<Readonly<Record<string, string>> | undefined> {
    if (!(await this.#drivers.can(driver, "controllerPublishVolume"))) return undefined;
    const nodeId = await this.#drivers.nodeIdOf(driver, node);
    const request = { volumeId, nodeId, volumeCapability, readonly, volumeContext };
    return (await this.#drivers.call(driver, "controllerPublishVolume", request)).publishContext;
  }

  async #detach({ driver, volumeId, node }: Published): Promise<void> {
    if (!(await this.#drivers.can(driver, "controllerUnpublishVolume"))) return;
    const nodeId = await this.#drivers.nodeIdOf(driver, node);
    await this.#drivers.call(driver, "controllerUnpublishVolume", { volumeId, nodeId });
  }

  /** What one node at a time may have is on no other. */
  #assertHere(name: string, own: Published, { accessMode }: VolumeCapability): void {
    if (!accessMode.startsWith("SINGLE_NODE")) return;
    const elsewhere = this.#all().filter(each => isSameVolume(each, own) && each.node !== own.node);
    if (elsewhere.length === 0) return;
    const pods = [...new Set(elsewhere.map(({ pod }) => pod))].join(", ");
    throw new AttachError(`Multi-Attach error for volume "${name}" Volume is already used by pod(s) ${pods}`);
  }

  /** Takes away what the pod had. Rejects with what the driver refuses it with; what is left is tried again later, and when it is next asked for. */
  async unpublish(uid: string): Promise<void> {
    try {
      await this.#takeAll(uid);
    } catch (error) {
      this.#retryLater(uid, firstRetryMs);
      throw error;
    }
  }

  /** A driver is told of once, when it first refuses. */
  #retryLater(uid: string, ms: number): void {
    this.#clock.after(ms, () => {
      if (!this.#left.has(uid)) return;
      this.#takeAll(uid).catch(error => {
        // The cluster stops: nobody asks any more.
        if (error instanceof DriverError && error.code === "Canceled") return;
        this.#retryLater(uid, Math.min(ms * 2, longestRetryMs));
      });
    });
  }

  async #takeAll(uid: string): Promise<void> {
    try {
      for (const each of this.#published.get(uid) ?? []) await this.#take(uid, each);
    } catch (error) {
      this.#left.add(uid);
      throw error;
    }
    this.#left.delete(uid);
    await rmdir(this.#folders.mountsOf(uid)).catch(ignoreMissing);
  }

  async #take(uid: string, each: Published): Promise<void> {
    const { driver, volumeId, targetPath, staged, node } = each;
    await this.#drivers.call(driver, "nodeUnpublishVolume", { volumeId, targetPath });
    const others = this.#all().filter(other => other !== each && isSameVolume(other, each));
    const isLast = !others.some(other => other.node === node);
    if (staged !== undefined && isLast) await this.#unstage(driver, volumeId, staged);
    if (isLast) await this.#detach(each);
    const left = (this.#published.get(uid) ?? []).filter(other => other !== each);
    if (left.length > 0) this.#published.set(uid, left);
    else this.#published.delete(uid);
  }

  /** A pod is gone, and the driver would not take away this volume of it. What it refuses again is told when it refuses the next. */
  async #retryLeft(driver: string, volumeId: string): Promise<void> {
    for (const uid of [...this.#left]) {
      const isIts = this.#published.get(uid)?.some(each => isSameVolume(each, { driver, volumeId }));
      if (isIts) await this.#takeAll(uid).catch(() => undefined);
    }
  }

  #all(): Published[] {
    return [...this.#published.values()].flat();
  }

  #note(uid: string, published: Published): void {
    const those = this.#published.get(uid) ?? [];
    if (those.some(({ targetPath }) => targetPath === published.targetPath)) return;
    this.#published.set(uid, [...those, published]);
  }

  async #unstage(driver: string, volumeId: string, stagingTargetPath: string): Promise<void> {
    await this.#drivers.call(driver, "nodeUnstageVolume", { volumeId, stagingTargetPath });
    await rmdir(stagingTargetPath).catch(ignoreMissing);
  }
}

/** Resolves to where the content lies that the driver shows there. Rejects with a VolumeError where it shows nothing. */
async function shownAt(targetPath: string, driver: string): Promise<string> {
  try {
    return await realpath(targetPath);
  } catch (error) {
    throw new VolumeError(
      `kubernetes.io/csi: mounter.SetUpAt failed: ${driver} has published nothing: ${messageOf(error)}`,
    );
  }
}

function isSameVolume(one: Published, other: Pick<Published, "driver" | "volumeId">): boolean {
  return one.driver === other.driver && one.volumeId === other.volumeId;
}

function ignoreMissing(error: unknown): void {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
  throw error;
}
