/**
 * The volumes of storage drivers on the nodes of this process, as a kubelet has its drivers mount them: staged once on each node, then
 * published for each pod at a path of its own; and the other way round when pods go. What a driver has put at such a path (a mount, a
 * link) is only ever taken away by the driver: removing what lies behind it would remove the data.
 */
import { mkdir, realpath, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../errors/index.ts";
import { type Clock, stagedName, Turns } from "../../outside/index.ts";
import { nameInUse, type Pod, type SecretReference } from "../../resources/index.ts";
import { DriverError, type StorageDrivers, secretsOf } from "../../storage/index.ts";
import type { RegistryVerbs } from "../../store/index.ts";
import { Attachments } from "./attachments.ts";
import { AttachError, VolumeError } from "./content.ts";
import type { DriverVolume } from "./driver-volume.ts";
import { MountRefusals } from "./mount-refusals.ts";
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
  /** A controller attaches it to the node. */
  readonly isAttached: boolean;
  /** The driver of the node has been asked for it. */
  isBegun: boolean;
}

/** How long after a refusal what is left is tried again: twice as long each time, at most the second. */
const firstRetryMs = 1_000;
const longestRetryMs = 120_000;

export interface PublishedVolumesParts {
  readonly drivers: StorageDrivers;
  readonly folders: VolumeFolders;
  readonly registry: Pick<RegistryVerbs, "store" | "modify">;
  readonly clock: Pick<Clock, "now" | "after">;
}

export class PublishedVolumes {
  readonly #drivers: StorageDrivers;
  readonly #folders: VolumeFolders;
  readonly #registry: PublishedVolumesParts["registry"];
  readonly #attachments: Attachments;
  /** By uid of the pod. */
  readonly #published = new Map<string, Published[]>();
  /** Pods that are gone, with volumes that could not be taken away. */
  readonly #left = new Set<string>();

  readonly #clock: PublishedVolumesParts["clock"];
  /** By volume and node: a volume is not mounted while it is being unmounted. */
  readonly #turns = new Turns();
  readonly #refusals = new MountRefusals();

  constructor({ drivers, folders, registry, clock }: PublishedVolumesParts) {
    this.#clock = clock;
    this.#drivers = drivers;
    this.#folders = folders;
    this.#registry = registry;
    this.#attachments = new Attachments(registry);
  }

  /**
   * Shows the volume to the pod. Resolves to where its content lies. Rejects with a VolumeError.
   * @param name of the volume in the pod
   */
  async publish(
    { metadata: { uid, name: podName }, spec }: Pod,
    name: string,
    volume: DriverVolume,
  ): Promise<string> {
    const { driver, volumeId, capability: volumeCapability, volumeContext, readonly } = volume;
    if (!this.#drivers.has(driver))
      throw new VolumeError(
        `kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name ${driver} not found in the list of registered CSI drivers`,
      );
    const targetPath = join(this.#folders.mountsOf(uid), name);
    const node = spec.nodeName ?? "";
    try {
      await this.#retryLeft(driver, volumeId);
      const isStaged = !volume.isInline && (await this.#drivers.can(driver, "nodeStageVolume"));
      const staged = isStaged ? join(this.#folders.mountsOf(stagedName), node, volume.name) : undefined;
      const isAttached = !volume.isInline && this.#attachments.areNeeded(driver);
      const asked = { pod: podName, node, driver, volumeId, targetPath, staged, isAttached, isBegun: false };
      // Nothing is waited for between these two: of two nodes that ask together, one has it.
      this.#assertHere(asked, volume);
      const own = this.#note(uid, asked);
      if (isAttached) await this.#sayInUse(node);
      const publishContext = isAttached ? this.#attachments.contextOf(driver, volumeId, node) : undefined;
      const stageSecrets = this.#secrets(volume.stageSecret);
      const secrets = this.#secrets(volume.publishSecret);
      this.#refusals.assertDue(targetPath, this.#clock.now());
      own.isBegun = true;
      const common = { volumeId, volumeCapability, volumeContext, publishContext };
      return await this.#turns.take(turnOf(own), async () => {
        if (staged !== undefined) {
          await mkdir(staged, { recursive: true });
          const request = { ...common, stagingTargetPath: staged, secrets: stageSecrets };
          await this.#mount(targetPath, this.#drivers.call(driver, "nodeStageVolume", request));
        }
        await mkdir(this.#folders.mountsOf(uid), { recursive: true });
        const shown = { ...common, targetPath, readonly, stagingTargetPath: staged, secrets };
        await this.#mount(targetPath, this.#drivers.call(driver, "nodePublishVolume", shown));
        this.#refusals.forget(targetPath);
        return await shownAt(targetPath, driver);
      });
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      throw new VolumeError(setUpFailed(error));
    }
  }

  /** What is refused is not asked for again at once. */
  async #mount(targetPath: string, mounting: Promise<void>): Promise<void> {
    try {
      await mounting;
    } catch (error) {
      if (error instanceof DriverError) this.#refusals.add(targetPath, setUpFailed(error), this.#clock.now());
      throw error;
    }
  }

  #secrets(reference: SecretReference | undefined) {
    return secretsOf(reference, (kind, namespace, name) => this.#registry.store.get(kind, namespace, name));
  }

  /**
   * Makes the volume larger on this node, where its driver has to. Rejects with a DriverError.
   * @param secret what the driver is to be given with it
   */
  async expand(
    uid: string,
    { driver, volumeId }: Pick<Published, "driver" | "volumeId">,
    requiredBytes: number,
    secret: SecretReference | undefined,
  ): Promise<boolean> {
    const own = this.#published.get(uid)?.find(each => isSameVolume(each, { driver, volumeId }));
    if (!own || !(await this.#drivers.can(driver, "nodeExpandVolume"))) return false;
    const secrets = this.#secrets(secret);
    const request = { volumeId, volumePath: own.targetPath, capacityRange: { requiredBytes }, secrets };
    await this.#drivers.call(driver, "nodeExpandVolume", request);
    return true;
  }

  /** As the status of the node names them: what is attached to it for its pods. */
  inUseOn(node: string): string[] {
    const those = this.#all().filter(each => each.isAttached && each.node === node);
    return [...new Set(those.map(({ driver, volumeId }) => nameInUse(driver, volumeId)))].sort();
  }

  #sayInUse(node: string): Promise<void> {
    return this.#attachments.say(node, () => this.inUseOn(node));
  }

  /** What one node at a time may have is on no other. */
  #assertHere(own: Published, { name, capability, isInline }: DriverVolume): void {
    // Who attaches a volume attaches it to one node at a time, and tells of those that wait.
    if (own.isAttached || isInline || !capability.accessMode.startsWith("SINGLE_NODE")) return;
    const elsewhere = this.#all().filter(each => isSameVolume(each, own) && each.node !== own.node);
    if (elsewhere.length === 0) return;
    const pods = [...new Set(elsewhere.map(({ pod }) => pod))].join(", ");
    throw new AttachError(`Multi-Attach error for volume "${name}" Volume is already used by pod(s) ${pods}`);
  }

  /** Takes away what the pod had. Rejects with what the driver refuses it with; what is left is tried again later, and when it is next asked for. */
  async unpublish(uid: string): Promise<void> {
    const isRetried = this.#left.has(uid);
    try {
      await this.#takeAll(uid);
    } catch (error) {
      if (!isRetried) this.#retryLater(uid, firstRetryMs);
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
    this.#refusals.forget(each.targetPath);
    await this.#turns.take(turnOf(each), async () => {
      if (each.isBegun) await this.#unmount(each);
      const left = (this.#published.get(uid) ?? []).filter(other => other !== each);
      if (left.length > 0) this.#published.set(uid, left);
      else this.#published.delete(uid);
    });
    if (each.isAttached) await this.#sayInUse(each.node);
  }

  async #unmount(each: Published): Promise<void> {
    const { driver, volumeId, targetPath, staged, node } = each;
    await this.#drivers.call(driver, "nodeUnpublishVolume", { volumeId, targetPath });
    const others = this.#all().filter(other => other !== each && isSameVolume(other, each));
    const isLast = !others.some(other => other.node === node && other.isBegun);
    if (staged !== undefined && isLast) await this.#unstage(driver, volumeId, staged);
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

  #note(uid: string, published: Published): Published {
    const those = this.#published.get(uid) ?? [];
    const known = those.find(({ targetPath }) => targetPath === published.targetPath);
    if (known) return known;
    this.#published.set(uid, [...those, published]);
    return published;
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

function setUpFailed(error: DriverError): string {
  return `kubernetes.io/csi: mounter.SetUpAt failed: ${messageOf(error)}`;
}

function turnOf({ driver, volumeId, node }: Published): string {
  return `${driver}/${volumeId}/${node}`;
}

function isSameVolume(one: Published, other: Pick<Published, "driver" | "volumeId">): boolean {
  return one.driver === other.driver && one.volumeId === other.volumeId;
}

function ignoreMissing(error: unknown): void {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
  throw error;
}
