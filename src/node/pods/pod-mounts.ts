/**
 * The volumes of one pod, as its worker needs them: they are made before the first container starts, and what cannot be made is told
 * and tried again.
 */
import type { Pod, PodContainer } from "../../resources/index.ts";
import type { Writer } from "../../store/index.ts";
import type { FilesOf, MountedVolumes, OwningPod } from "../containers/index.ts";
import {
  AttachError,
  AttachPending,
  PodVolumes,
  type PodVolumesOptions,
  StorageLimits,
  VolumeError,
} from "../volumes/index.ts";
import type { PodDependencies } from "./dependencies.ts";
import { MountFailures } from "./mount-failures.ts";

const noVolumes: MountedVolumes = { mounts: [], env: {}, terminationLog: undefined, release() {} };
/** After volumes could not be made. */
const remountMs = 1_000;

export class PodMounts {
  readonly #pod: OwningPod;
  readonly #writer: Writer;
  readonly #dependencies: PodDependencies;
  /** Made at the first one. */
  #failures: MountFailures | undefined;
  /** Made when they are first asked for: a pod of a runtime that runs no images needs none. */
  #volumes: PodVolumes | undefined;
  #limits: StorageLimits | undefined;
  #isClosed = false;
  /** While something is waited for. */
  #unlisten: (() => void) | undefined;
  readonly #evict: (message: string) => void;

  /** @param evict called when it has written more than it may */
  constructor(
    pod: OwningPod,
    writer: Writer,
    dependencies: PodDependencies,
    evict: (message: string) => void,
  ) {
    this.#pod = pod;
    this.#evict = evict;
    this.#writer = writer;
    this.#dependencies = dependencies;
  }

  /** As in OwningPod. */
  of(container: PodContainer, expand: (text: string) => string, files: FilesOf): MountedVolumes {
    return this.#areUsed ? this.#own().of(container, expand, files) : noVolumes;
  }

  /** Where a volume lies that has been made. */
  placeOf(name: string): string | undefined {
    return this.#volumes?.placeOf(name);
  }

  /** The pod has changed. */
  follow(before: Pod): void {
    this.#volumes?.follow(before);
  }

  /**
   * Makes what is missing. Resolves to true when all is there; else to false, after `report`, and the pod is woken later to try
   * again.
   */
  async areThere(report: () => Promise<void>): Promise<boolean> {
    if (!this.#areUsed) return true;
    const volumes = this.#own();
    try {
      if (!volumes.areReady) await volumes.make();
      this.#unlisten?.();
      this.#keepLimits();
      return true;
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      await report();
      const { clock, tell } = this.#dependencies;
      this.#failures ??= new MountFailures();
      if (error instanceof AttachPending) this.#lookAfter(error);
      else if (this.#failures.isToBeTold(clock.now())) {
        if (error instanceof AttachError)
          tell(this.#pod.pod(), "Warning", "FailedAttachVolume", error.message);
        else tell(this.#pod.pod(), "Warning", "FailedMount", error.message);
      }
      clock.after(remountMs, () => this.#pod.wake());
      return false;
    }
  }

  /** The pod is woken when that changes, and a second later in any case. */
  #lookAfter({ source }: AttachPending): void {
    this.#unlisten?.();
    this.#unlisten = this.#dependencies.volumes.sources.listen([source], () => this.#pod.wake());
  }

  /** The pod has ended: its drivers take back what they have shown it. */
  async letGo(): Promise<void> {
    await this.#volumes?.letGo();
  }

  /** Resolves when nothing is left of them. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#limits?.close();
    this.#unlisten?.();
    await this.#volumes?.close();
  }

  /** Where there is no such runtime, it is told when a container starts. */
  get #areUsed(): boolean {
    return this.#pod.runtime()?.runsImages ?? false;
  }

  #keepLimits(): void {
    if (this.#isClosed) return;
    const { clock, onFault } = this.#dependencies;
    this.#limits ??= new StorageLimits({
      clock,
      pod: () => this.#pod.pod(),
      placeOf: name => this.placeOf(name),
      ownPlaceOf: container => this.#volumes?.ownPlaceOf(container),
      onExceeded: this.#evict,
      onFault,
    });
  }

  #own(): PodVolumes {
    const { volumes, registry, clock, unknownImages, onFault, tell } = this.#dependencies;
    // What only pretends to run misses no volume.
    const isLenient = unknownImages !== undefined;
    const told: PodVolumesOptions["tell"] = (...what) => tell(this.#pod.pod(), ...what);
    const shared = { ...volumes, registry, clock, isLenient, onFault, tell: told };
    this.#volumes ??= new PodVolumes({ ...shared, writer: this.#writer, pod: this.#pod });
    return this.#volumes;
  }
}
