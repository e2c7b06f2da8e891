/**
 * The volumes of one pod: made before its first container starts, filled again when what they show changes or a token in them
 * is to be renewed, removed with the pod. A volume that cannot be made yet (its ConfigMap is missing) keeps the containers waiting, is told of in an event, and is
 * tried again.
 */
import { rm } from "node:fs/promises";
import type { Clock, Timer } from "../../outside/index.ts";
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
import { volumeMounts } from "./volume-mounts.ts";

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

/** The kinds of volumes that are there; a pod with another waits for it. */
const kinds = [
  "configMap",
  "secret",
  "downwardAPI",
  "projected",
  "emptyDir",
  "hostPath",
  "persistentVolumeClaim",
  "ephemeral",
  "csi",
] as const;

export class PodVolumes {
  readonly #options: PodVolumesOptions;
  readonly #places = new Map<string, string>();
  /** The names of those whose claims are not to be written to. */
  readonly #readOnly = new Set<string>();
  /** Those of claims that are folders of the machine. */
  readonly #ofMachine = new Set<string>();
  #state: "none" | "ready" | "gone" = "none";
  #lettingGo: Promise<void> | undefined;
  readonly #unlisten: (() => void)[] = [];
  #making: Promise<void> = Promise.resolve();
  #filling: Promise<void> = Promise.resolve();
  /** How many containers have been given files of their own: each has them for itself. */
  #instances = 0;
  /** Where they lie, by the name of the container: those of its last instance. */
  readonly #ownPlaces = new Map<string, string>();
  readonly #tokens: PodTokens;
  readonly #claims: ClaimedVolumes;
  /** By the name of the volume: when it gets new tokens. */
  readonly #renewals = new Map<string, Timer>();

  constructor(options: PodVolumesOptions) {
    this.#options = options;
    const { clock, registry, writer } = options;
    this.#claims = new ClaimedVolumes({ ...options, pod: () => this.#pod() });
    const request = (projection: ServiceAccountTokenProjection) =>
      requestedToken(projection, this.#pod(), registry, writer);
    this.#tokens = new PodTokens({ clock, request });
  }

  /** Whether the containers can start, as far as volumes are concerned. */
  get areReady(): boolean {
    return this.#state === "ready" || this.#wanted().length === 0;
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
    if (this.#state === "gone") return this.#remove();
    this.#state = "ready";
    this.#watch();
  }

  /** Undefined where there is no such volume, or it has not been made. */
  placeOf(name: string): string | undefined {
    return this.#places.get(name);
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
    const { mounts, env } = volumeMounts(
      pod,
      container,
      this.#places,
      this.#readOnly,
      this.#ofMachine,
      own,
      expand,
    );
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
    await this.#filling;
    await this.#options.published.unpublish(this.#pod().metadata.uid).catch(error => {
      // The cluster stops meanwhile, and ends what is still in use.
      if (!isCanceled(error)) this.#options.onFault(error);
    });
  }

  /** Resolves when nothing is left of them. */
  async close(): Promise<void> {
    const before = this.#state;
    this.#state = "gone";
    for (const unlisten of this.#unlisten.splice(0)) unlisten();
    for (const timer of this.#renewals.values()) timer.cancel();
    // A folder that is being filled cannot be removed.
    await this.#making;
    await this.#filling;
    await this.letGo();
    if (before !== "gone" && (this.#places.size > 0 || this.#instances > 0)) await this.#remove();
  }

  #remove(): Promise<void> {
    return this.#options.folders.remove(this.#pod().metadata.uid);
  }

  /** Those that containers mount, or want as devices. */
  #wanted(): Volume[] {
    const { volumes = [], containers, initContainers = [] } = this.#pod().spec;
    if (volumes.length === 0) return [];
    const mounted = new Set(
      [...containers, ...initContainers].flatMap(({ volumeMounts: mounts = [], volumeDevices = [] }) =>
        [...mounts, ...volumeDevices].map(({ name }) => name),
      ),
    );
    // A token is of use only where the API is served, and there is a certificate to go with it only where that is encrypted; ten
    // thousand pods need not wait for theirs else.
    const isOfUse = servedApi(this.#options.registry.store)?.ports?.some(({ name }) => name === "https");
    const isIdle = ({ name }: Volume) => !isOfUse && name.startsWith("kube-api-access-");
    return volumes.filter(volume => !isIdle(volume) && mounted.has(volume.name));
  }

  async #make(volume: Volume): Promise<void> {
    const path = await this.#machinePath(volume);
    if (path !== undefined) {
      this.#places.set(volume.name, path);
      return;
    }
    // What is missing is found out before anything is made.
    const content = await contentOf(volume, this.#sources());
    const { metadata, spec } = this.#pod();
    const hasGroup = spec.securityContext?.fsGroup !== undefined;
    const { folders } = this.#options;
    const folder =
      this.#places.get(volume.name) ?? (await folders.folderOf(metadata.uid, volume.name, hasGroup));
    this.#places.set(volume.name, folder);
    if (content) await folders.fill(folder, content);
    this.#renewLater(volume);
  }

  #renewLater(volume: Volume): void {
    const { clock } = this.#options;
    const projections = volume.projected?.sources?.flatMap(each => each.serviceAccountToken ?? []) ?? [];
    const at = this.#tokens.renewalOf(projections);
    this.#renewals.get(volume.name)?.cancel();
    if (at === undefined || this.#state === "gone") return;
    const renew = () => this.#refill(volume);
    this.#renewals.set(volume.name, clock.after(Math.max(0, at - clock.now()), renew));
  }

  /** Undefined for a volume that is made. */
  #machinePath(volume: Volume): Promise<string> | undefined {
    if (volume.hostPath) return hostPath(volume.hostPath, this.#options.hostFolders);
    const claimName = this.#claimNameOf(volume);
    if (claimName !== undefined) return this.#claimed(volume, claimName);
    if (volume.csi) return this.#inline(volume);
    const kind = Object.keys(volume).find(key => key !== "name");
    if (kind === undefined || kinds.some(each => each === kind)) return undefined;
    throw new VolumeError(`k4s has no volumes of the kind ${kind}, only ${kinds.join(", ")}`);
  }

  #claimNameOf({ name, persistentVolumeClaim: claim, ephemeral }: Volume): string | undefined {
    return claim?.claimName ?? (ephemeral && `${this.#pod().metadata.name}-${name}`);
  }

  #grow(claimName: string): void {
    this.#filling = this.#filling
      .then(() => (this.#state === "ready" ? this.#claims.grow(claimName) : undefined))
      .catch(error => {
        if (!(error instanceof VolumeError)) this.#options.onFault(error);
      });
  }

  async #claimed(volume: Volume, claimName: string): Promise<string> {
    const { place, isReadOnly, isMachines } = await this.#claims.mount(volume, claimName);
    if (isReadOnly) this.#readOnly.add(volume.name);
    if (isMachines) this.#ofMachine.add(volume.name);
    return place;
  }

  #inline(volume: Volume): Promise<string> {
    const { registry, published } = this.#options;
    const described = registry.store.get("CSIDriver", "", volume.csi?.driver ?? "");
    const wanted = inline(volume, this.#pod(), described);
    if (wanted.readonly) this.#readOnly.add(volume.name);
    return published.publish(this.#pod(), volume.name, wanted);
  }

  /** A ConfigMap or Secret that changes changes the files. */
  #watch(): void {
    const { sources } = this.#options;
    const { namespace = "" } = this.#pod().metadata;
    const unlisten = this.#wanted().flatMap(volume => {
      const claimName = this.#claimNameOf(volume);
      if (claimName !== undefined)
        return [
          sources.listen([`PersistentVolumeClaim/${namespace}/${claimName}`], () => this.#grow(claimName)),
        ];
      const keys = sourcesOf(volume).map(({ kind, name }) => `${kind}/${namespace}/${name}`);
      return keys.length === 0 ? [] : [sources.listen(keys, () => this.#refill(volume))];
    });
    this.#unlisten.push(...unlisten);
  }

  #refill(volume: Volume): void {
    this.#filling = this.#filling
      .then(() => (this.#state === "ready" ? this.#make(volume) : undefined))
      .catch(error => {
        // What was deleted stays as it was in the files, as in Kubernetes, and so does all else in them.
        const isMissing = error instanceof VolumeError && error.cause === undefined;
        if (isMissing) this.#options.tell("Warning", "FailedMount", failureOf(volume, error));
        else this.#options.onFault(error);
      });
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

/** Whether it shows fields of the pod itself. */
function showsPod({ downwardAPI, projected }: Volume): boolean {
  return downwardAPI !== undefined || (projected?.sources ?? []).some(source => source.downwardAPI);
}

function isFilled({ configMap, secret, downwardAPI, projected }: Volume): boolean {
  return [configMap, secret, downwardAPI, projected].some(source => source !== undefined);
}

/** What the volume shows. */
function sourcesOf({
  configMap,
  secret,
  projected,
}: Volume): { kind: "ConfigMap" | "Secret"; name: string }[] {
  const shown = [{ configMap, secret: secret && { name: secret.secretName } }, ...(projected?.sources ?? [])];
  return shown.flatMap(source => [
    ...(source.configMap ? [{ kind: "ConfigMap" as const, name: source.configMap.name ?? "" }] : []),
    ...(source.secret ? [{ kind: "Secret" as const, name: source.secret.name ?? "" }] : []),
  ]);
}
