/**
 * The volumes of one pod: made before its first container starts, filled again when what they show changes or a token in them
 * is to be renewed, removed with the pod. A volume that cannot be made yet (its ConfigMap is missing) keeps the containers waiting, is told of in an event, and is
 * tried again.
 */
import { rm } from "node:fs/promises";
import type { Clock } from "../../outside/index.ts";
import type {
  DownwardAPIVolumeFile,
  KubernetesObject,
  Pod,
  PodContainer,
  ServiceAccountTokenProjection,
  Volume,
} from "../../resources/index.ts";
import { DriverError } from "../../storage/index.ts";
import type { RegistryVerbs, Writer } from "../../store/index.ts";
import {
  downwardText,
  type FilesOf,
  type MountedVolumes,
  type OwningPod,
  servedApi,
} from "../containers/index.ts";
import { ClaimedVolumes } from "./claimed-volumes.ts";
import { AttachError, contentOf, type Sources, VolumeError } from "./content.ts";
import { inline } from "./driver-volume.ts";
import type { HostFolders } from "./host-folders.ts";
import { hostPath } from "./machine-path.ts";
import { ownFiles, terminationLogOf } from "./own-files.ts";
import { PodTokens, requestedToken } from "./pod-tokens.ts";
import type { PublishedVolumes } from "./published-volumes.ts";
import type { SourceWatch } from "./source-watch.ts";
import type { VolumeFolders } from "./volume-folders.ts";
import { type VolumePlace, volumeMounts } from "./volume-mounts.ts";
import { VolumeUpdates } from "./volume-updates.ts";
import {
  assertKnown,
  claimNameOf,
  isFilled,
  shownObjects,
  showsPod,
  wantedVolumes,
} from "./wanted-volumes.ts";

export interface PodVolumesOptions {
  readonly pod: OwningPod;
  readonly folders: VolumeFolders;
  readonly sources: SourceWatch;
  readonly published: PublishedVolumes;
  readonly hostFolders: HostFolders;
  readonly registry: RegistryVerbs;
  readonly writer: Writer;
  readonly clock: Pick<Clock, "now" | "after">;
  /** Whether a volume that cannot be had here is left out, and its pod runs without. */
  readonly isLenient: boolean;
  readonly onFault: (error: unknown) => void;
  /** Tells of the pod. */
  readonly tell: (type: "Normal" | "Warning", reason: string, message: string) => void;
}

export class PodVolumes {
  readonly #options: PodVolumesOptions;
  /** By the name of the volume, as soon as it is made. */
  readonly #places = new Map<string, VolumePlace>();
  #stage: "to be made" | "there" | "gone" = "to be made";
  /** The last attempt to make them all. */
  #making: Promise<void> = Promise.resolve();
  readonly #updates: VolumeUpdates;
  #lettingGo: Promise<void> | undefined;
  /** How many containers have been given files of their own: each has them for itself. */
  #instances = 0;
  /** Where they lie, by the name of the container: those of its last instance. */
  readonly #ownPlaces = new Map<string, string>();
  readonly #tokens: PodTokens;
  readonly #claims: ClaimedVolumes;

  constructor(options: PodVolumesOptions) {
    this.#options = options;
    const { clock, registry, writer } = options;
    this.#updates = new VolumeUpdates(options.sources, clock);
    this.#claims = new ClaimedVolumes({ ...options, pod: () => this.#pod() });
    const request = (projection: ServiceAccountTokenProjection) =>
      requestedToken(projection, this.#pod(), registry, writer);
    this.#tokens = new PodTokens({ clock, request });
  }

  /** Whether the containers can start, as far as volumes are concerned. */
  get areReady(): boolean {
    return this.#stage === "there" || this.#wanted().length === 0;
  }

  /** Makes what is missing. Rejects with a VolumeError, whose message is that of the event. */
  make(): Promise<void> {
    const making = this.#makeAll();
    this.#making = making.catch(() => {});
    return making;
  }

  async #makeAll(): Promise<void> {
    for (const volume of this.#wanted()) {
      await this.#make(volume).catch(error => {
        if (!(error instanceof VolumeError) || error instanceof AttachError) throw error;
        if (this.#options.isLenient && !isFilled(volume)) return;
        throw new VolumeError(failureOf(volume, error));
      });
    }
    if (this.#stage === "gone") return this.#remove();
    this.#stage = "there";
    this.#updates.begin();
    this.#watch();
  }

  /** Undefined where there is no such volume, or it has not been made. */
  placeOf(name: string): string | undefined {
    return this.#places.get(name)?.place;
  }

  /** Where that lies which a container has for itself, if it has run. It is there only if something was written. */
  ownPlaceOf(container: string): string | undefined {
    return this.#ownPlaces.get(container);
  }

  /** What an instance of the container has mounted. Throws a ConfigError for a path that leads out of its volume. */
  of(container: PodContainer, expand: (text: string) => string, files: FilesOf): MountedVolumes {
    const { pod: owner, folders } = this.#options;
    const pod = owner.pod();
    const own = folders.placeOf(pod.metadata.uid, `${container.name}-${this.#instances++}`);
    this.#ownPlaces.set(container.name, own);
    const { mounts, env } = volumeMounts(pod, container, this.#places, own, expand);
    const given = ownFiles(pod, owner.podIP(), container, files === "its own", own)
      // Where a volume is mounted, there is nothing of its own.
      .filter(({ path }) => !mounts.some(mount => mount.path === path));
    const terminationLog = given.find(({ path }) => path === terminationLogOf(container))?.place;
    const release = () => void rm(own, { recursive: true, force: true }).catch(this.#options.onFault);
    return { mounts: [...mounts, ...given], env, terminationLog, release };
  }

  /** The pod has changed: the files that show its labels, its annotations and what its containers may use follow. */
  follow(before: Pod): void {
    const { metadata, spec } = this.#pod();
    const { labels, annotations } = before.metadata;
    if (metadata.labels === labels && metadata.annotations === annotations && spec === before.spec) return;
    for (const volume of this.#wanted()) if (showsPod(volume)) this.#refill(volume);
  }

  /** Nothing of the pod runs any more: its drivers take back what they have shown it. Safe to call twice. */
  letGo(): Promise<void> {
    this.#lettingGo ??= this.#letAllGo();
    return this.#lettingGo;
  }

  async #letAllGo(): Promise<void> {
    await this.#making;
    await this.#updates.done;
    await this.#options.published.unpublish(this.#pod().metadata.uid).catch(error => {
      // The cluster stops meanwhile, and ends what is still in use.
      if (!isCanceled(error)) this.#options.onFault(error);
    });
  }

  /** Resolves when nothing is left of them. */
  async close(): Promise<void> {
    const before = this.#stage;
    this.#stage = "gone";
    // A folder that is being filled cannot be removed.
    const updated = this.#updates.end();
    await this.#making;
    await updated;
    await this.letGo();
    if (before !== "gone" && (this.#places.size > 0 || this.#instances > 0)) await this.#remove();
  }

  #remove(): Promise<void> {
    return this.#options.folders.remove(this.#pod().metadata.uid);
  }

  #wanted(): readonly Volume[] {
    // A token is of use only where the API is served, and there is a certificate to go with it only where that is encrypted; ten
    // thousand pods need not wait for theirs else.
    const isTokenOfUse = () =>
      servedApi(this.#options.registry.store)?.ports?.some(({ name }) => name === "https") === true;
    return wantedVolumes(this.#pod().spec, isTokenOfUse);
  }

  async #make(volume: Volume): Promise<void> {
    const mounted = await this.#mounted(volume);
    if (mounted) {
      this.#places.set(volume.name, mounted);
      return;
    }
    // What is missing is found out before anything is made.
    const content = await contentOf(volume, this.#sources());
    const { metadata, spec } = this.#pod();
    const hasGroup = spec.securityContext?.fsGroup !== undefined;
    const { folders } = this.#options;
    const folder =
      this.#places.get(volume.name)?.place ?? (await folders.folderOf(metadata.uid, volume.name, hasGroup));
    this.#places.set(volume.name, { place: folder });
    if (content) await folders.fill(folder, content);
    const projections = volume.projected?.sources?.flatMap(each => each.serviceAccountToken ?? []) ?? [];
    this.#updates.at(this.#tokens.renewalOf(projections), volume.name, () => this.#refill(volume));
  }

  /** What is there already, or is a driver's; undefined for a volume whose folder is to be made. */
  async #mounted(volume: Volume): Promise<VolumePlace | undefined> {
    const { hostFolders, registry, published } = this.#options;
    const pod = this.#pod();
    if (volume.hostPath) return { place: await hostPath(volume.hostPath, hostFolders) };
    const claimName = claimNameOf(volume, pod.metadata.name);
    if (claimName !== undefined) return this.#claims.mount(volume, claimName);
    if (volume.csi) {
      const described = registry.store.get("CSIDriver", "", volume.csi.driver);
      const wanted = inline(volume, pod, described);
      return { place: await published.publish(pod, volume.name, wanted), isReadOnly: wanted.readonly };
    }
    assertKnown(volume);
    return undefined;
  }

  /** A claim that asks for more makes its volume grow, an object that changes changes the files. */
  #watch(): void {
    const { namespace = "", name } = this.#pod().metadata;
    for (const volume of this.#wanted()) {
      const claimName = claimNameOf(volume, name);
      if (claimName !== undefined)
        this.#updates.listen([`PersistentVolumeClaim/${namespace}/${claimName}`], () =>
          this.#grow(claimName),
        );
      else this.#updates.listen(shownObjects(volume, namespace), () => this.#refill(volume));
    }
  }

  #grow(claimName: string): void {
    this.#updates.next(
      () => this.#claims.grow(claimName),
      error => {
        if (!(error instanceof VolumeError)) this.#options.onFault(error);
      },
    );
  }

  #refill(volume: Volume): void {
    this.#updates.next(
      () => this.#make(volume),
      error => {
        // What was deleted stays as it was in the files, as in Kubernetes, and so does all else in them.
        const isMissing = error instanceof VolumeError && error.cause === undefined;
        if (isMissing) this.#options.tell("Warning", "FailedMount", failureOf(volume, error));
        else this.#options.onFault(error);
      },
    );
  }

  #pod(): Pod {
    return this.#options.pod.pod();
  }

  /** A field of the pod, or an amount of one of its containers. */
  #field(file: DownwardAPIVolumeFile): string {
    const { pod: owner, registry } = this.#options;
    const pod = owner.pod();
    const node = registry.store.get("Node", "", pod.spec.nodeName ?? "");
    return downwardText(file, {
      pod,
      podIP: owner.podIP(),
      hostIP: owner.hostIP(),
      allocatable: node?.status?.allocatable ?? {},
    });
  }

  #sources(): Sources {
    const { registry } = this.#options;
    const { namespace = "" } = this.#pod().metadata;
    return {
      field: file => this.#field(file),
      lookup: (kind, named): KubernetesObject | undefined => registry.store.get(kind, namespace, named),
      token: projection => this.#tokens.textOf(projection),
    };
  }
}

/** In the kubelet's words. */
function failureOf({ name }: Volume, { message }: VolumeError): string {
  return `MountVolume.SetUp failed for volume "${name}" : ${message}`;
}

function isCanceled(error: unknown): boolean {
  return error instanceof DriverError && error.code === "Canceled";
}
