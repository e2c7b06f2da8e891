/**
 * One pod on its node. Every event (the object changes, a container starts or ends, a probe draws a conclusion, a timer
 * fires) only wakes it. It then looks at the pod and its containers as they are, does what the rules of pod-plan.ts
 * say, and reports the status. One such round is under way at a time, and however often it is woken meanwhile, one more
 * follows. Idle, it has no timer and costs nothing.
 */
import { ApiError } from "../../errors/index.ts";
import { Deferred, type Timer, timestamp } from "../../outside/index.ts";
import {
  isSame,
  isTerminating,
  isTrue,
  type Pod,
  type PodContainer,
  type PodSpec,
  type PodStatus,
} from "../../resources/index.ts";
import type { Author, Writer } from "../../store/index.ts";
import type { ContainerProcess } from "../../worker/index.ts";
import {
  type ContainerDependencies,
  type ContainerLife,
  type FilesOf,
  graceMsOf,
  type MountedVolumes,
  type OwningPod,
} from "../containers/index.ts";
import type { Runtime } from "../runtimes/index.ts";
import { PodVolumes, type SourceWatch, VolumeError, type VolumeFolders } from "../volumes/index.ts";
import type { PodAddresses } from "./addresses.ts";
import { atDeadline, deadlineExceeded, type EarlyEnd } from "./early-end.ts";
import { withoutEffectIn } from "./ineffective-fields.ts";
import { MountFailures } from "./mount-failures.ts";
import {
  allocatedSpec,
  asksForOthers,
  bySort,
  containersOf,
  redefined,
  type StatusesBySort,
} from "./pod-containers.ts";
import { planFor } from "./pod-plan.ts";
import { PodReporter } from "./pod-report.ts";
import { noResize, type PodResize, resizeConditions, resizeMessage } from "./pod-resize.ts";
import { podStatusOf } from "./pod-status.ts";
import { sharedProcesses } from "./shared-processes.ts";

/** What the pods of a node are given from outside. */
export interface PodDependencies extends ContainerDependencies {
  /** By the handler of a RuntimeClass: `thread`, `process`, `hollow`. */
  readonly runtimes: ReadonlyMap<string, Runtime>;
  readonly addresses: PodAddresses;
  /** Where the volumes of all pods lie, and what tells that they are to change. */
  readonly volumes: { readonly folders: VolumeFolders; readonly sources: SourceWatch };
}

export interface PodWorkerOptions {
  readonly dependencies: PodDependencies;
  /** The node's agent, as whom the pod's status is written. */
  readonly writer: Writer;
  readonly hostIP: string;
  readonly defaultRuntime: string;
  /** Why the pod cannot have the resources that it asks for; undefined where the node has room for them. */
  whyNotResized(pod: Pod): { readonly reason: string; readonly message: string } | undefined;
}

/** A pod whose containers run within this time is reported once, as running: ContainerCreating is not written. */
const aboutToStartMs = 10;
const noVolumes: MountedVolumes = { mounts: [], env: {}, terminationLog: undefined, release() {} };
/** After volumes could not be made. */
const remountMs = 1_000;
/** After a report that did not get through. */
const retryMs = 1_000;

export class PodWorker implements OwningPod {
  /** In the order of the spec: init containers, the pod's own, those that were added for debugging. */
  containers: readonly ContainerLife[];
  readonly #options: PodWorkerOptions;
  readonly #dependencies: PodDependencies;
  readonly #startTime: string;
  readonly #reporter: PodReporter;
  /** Made when they are first asked for: a pod of a runtime that runs no images needs none. */
  #volumes: PodVolumes | undefined;
  #pod: Pod;
  #podIP: string | undefined;
  /** Why the pod has to end before its containers would. */
  #cause: EarlyEnd | undefined;
  #deadline: Timer | undefined;
  #resize: PodResize = noResize;
  /** Nothing has been reported of it yet, nor begun. */
  #isNew: boolean;
  readonly #mountFailures = new MountFailures();
  #aboutToStart: Timer | undefined;
  /** `ended`: nothing runs any more, and nothing will. `gone`: the node looks after it no more. */
  #life: "alive" | "ended" | "gone" = "alive";
  #round: "none" | "under way" | "under way, and another" = "none";
  /** Its node is frozen: whatever happens, nothing is done about it, and nothing reported. */
  #isHeld = false;
  /** Where its end is waited for. */
  #ending: Deferred<void> | undefined;

  constructor(pod: Pod, options: PodWorkerOptions) {
    this.#pod = pod;
    this.#options = options;
    this.#dependencies = options.dependencies;
    this.#reporter = new PodReporter(options.dependencies.registry);
    this.#startTime = pod.status?.startTime ?? timestamp(this.#dependencies.clock.now());
    this.#isNew = pod.status?.startTime === undefined;
    this.#podIP = pod.status?.podIP;
    this.containers = containersOf(this, this.#dependencies);
  }

  /** Looks after the pod from now on. */
  start(): void {
    if (this.#podIP !== undefined && !this.#dependencies.addresses.keep(this.#podIP)) this.#podIP = undefined;
    if (this.#isNew) this.#tellIneffective();
    if (this.#isNew) this.runtime()?.warmUp();
    this.#keepDeadline();
    this.wake();
  }

  pod(): Pod {
    return this.#pod;
  }

  podIP(): string {
    this.#podIP ??= this.#dependencies.addresses.take();
    return this.#podIP;
  }

  hostIP(): string {
    return this.#options.hostIP;
  }

  runtime(): Runtime | undefined {
    const { runtimeClassName } = this.#pod.spec;
    const { runtimes, registry } = this.#dependencies;
    if (runtimeClassName === undefined) return runtimes.get(this.#options.defaultRuntime);
    const runtimeClass = registry.store.get("RuntimeClass", "", runtimeClassName);
    return runtimes.get(runtimeClass?.handler ?? runtimeClassName);
  }

  volumesOf(container: PodContainer, expand: (text: string) => string, files: FilesOf): MountedVolumes {
    return this.runtime()?.runsImages ? this.#ownVolumes().of(container, expand, files) : noVolumes;
  }

  volumePath(name: string): string | undefined {
    return this.#volumes?.placeOf(name);
  }

  #ownVolumes(): PodVolumes {
    const { volumes, registry, clock, unknownImages, onFault } = this.#dependencies;
    const { writer } = this.#options;
    // What only pretends to run misses no volume.
    const isLenient = unknownImages !== undefined;
    const shared = { ...volumes, registry, clock, isLenient, onFault };
    this.#volumes ??= new PodVolumes({ ...shared, writer, pod: this });
    return this.#volumes;
  }

  /** The object as it is now. */
  changed(pod: Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    if (pod.spec !== before.spec) this.#redefine();
    this.#volumes?.follow(before);
    if (pod.spec.activeDeadlineSeconds !== before.spec.activeDeadlineSeconds) this.#keepDeadline();
    if (this.#reporter.hears(pod)) return;
    // A node that was silent for a while: its pods were declared unready, and are not.
    if (isTrue(pod, "Ready") !== isTrue(before, "Ready")) this.#reporter.forget();
    this.wake();
  }

  /** What the node has given it. */
  allocated(): PodSpec {
    return this.#resize.at === "pending" ? allocatedSpec(this.#pod.spec, this.containers) : this.#pod.spec;
  }

  processesFor(own: PodContainer): ContainerProcess[] | undefined {
    return sharedProcesses(own, this.#pod, this.containers);
  }

  /** There may be room by now for what it asks for. */
  retryResize(): void {
    if (this.#resize.at === "pending") this.#redefine();
  }

  #redefine(): void {
    const isAsked = asksForOthers(this.#pod, this.containers);
    const refusal = isAsked ? this.#options.whyNotResized(this.#pod) : undefined;
    this.containers = redefined(this.containers, this, this.#dependencies, refusal === undefined);
    if (refusal) this.#deferResize(refusal);
    else if (isAsked) {
      this.#resize = { at: "in progress", generation: this.#pod.metadata.generation ?? 1 };
      this.#dependencies.tell(this.#pod, "Normal", "ResizeStarted", resizeMessage("started", this.#pod));
      this.wake();
    } else if (this.#resize.at === "pending") {
      this.#resize = noResize;
      this.wake();
    }
  }

  #deferResize({ reason, message }: { readonly reason: string; readonly message: string }): void {
    const before = this.#resize;
    if (before.at === "pending" && before.reason === reason && before.message === message) return;
    this.#resize = { at: "pending", reason, message };
    const told = resizeMessage(reason, this.#pod, message);
    this.#dependencies.tell(this.#pod, "Warning", `Resize${reason}`, told);
    this.wake();
  }

  /** Once the containers that run have what they were given, the resize is over. */
  #endResize(): void {
    if (this.#resize.at !== "in progress") return;
    const isUnderWay = this.containers.some(({ busy, status, spec }) => {
      if (!busy) return false;
      return status.state?.running === undefined || !isSame(status.resources ?? {}, spec.resources ?? {});
    });
    if (isUnderWay) return;
    this.#resize = noResize;
    this.#dependencies.tell(this.#pod, "Normal", "ResizeCompleted", resizeMessage("completed", this.#pod));
    this.wake();
  }

  /** Of what is asked for and cannot be had, in one event. */
  #tellIneffective(): void {
    const runtime = this.runtime();
    const fields = runtime?.runsImages ? withoutEffectIn(this.#pod.spec) : [];
    if (fields.length === 0) return;
    const what = runtime?.name === "process" ? "a process" : "a thread";
    const why = `a container is ${what} with the user, rights, devices and network of the program that runs the cluster`;
    this.#dependencies.tell(
      this.#pod,
      "Warning",
      "IneffectiveFields",
      `Fields without effect: ${listOf(fields)}. They are kept, but ${why}`,
    );
  }

  /** The object is no longer there: nothing may be left of it here either. */
  gone(): void {
    for (const container of this.containers) container.stop(0);
    void this.abandon(0);
  }

  /** Ends what runs and looks after it no more. Resolves when nothing is left of it. */
  async abandon(graceMs: number): Promise<void> {
    this.#life = "gone";
    this.#ending?.resolve();
    this.#deadline?.cancel();
    this.#aboutToStart?.cancel();
    await Promise.all(this.containers.map(container => container.abandon(graceMs)));
    await this.#volumes?.close();
    if (this.#podIP !== undefined) this.#dependencies.addresses.release(this.#podIP);
  }

  wake(): void {
    if (this.#round === "none") void this.#goRounds();
    else this.#round = "under way, and another";
  }

  /** From now on nothing is done or reported, whatever happens, until `release`. What runs goes on. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.wake();
  }

  /** Ends the pod for this reason. Resolves when it has ended, and that is reported. */
  end(cause: EarlyEnd): Promise<void> {
    this.#cause ??= cause;
    const ending = this.#ending ?? new Deferred<void>();
    this.#ending = ending;
    if (this.#life === "gone") ending.resolve();
    this.wake();
    return ending.promise;
  }

  async #goRounds(): Promise<void> {
    try {
      while (this.#isToGo()) {
        this.#round = "under way";
        await this.#lookAndAct();
      }
    } catch (error) {
      // The object may have gone meanwhile: the feed tells, or has told already.
      if (!isGone(error) && this.#life !== "gone") {
        this.#dependencies.onFault(error);
        this.#dependencies.clock.after(retryMs, () => this.wake());
      }
    }
    this.#round = "none";
  }

  #isToGo(): boolean {
    return this.#life !== "gone" && this.#round !== "under way" && !this.#isHeld;
  }

  /** Looks, reports what is so, and does the next thing. */
  async #lookAndAct(): Promise<void> {
    this.#aboutToStart?.cancel();
    const stopping = isTerminating(this.#pod) || this.#cause !== undefined;
    const plan = planFor(this.#pod, this.containers, stopping);
    this.#life = plan.ended ? "ended" : "alive";
    if (plan.start.length > 0 && this.#isNew && !stopping) this.#reportSoon();
    else await this.#report();
    // The plan is for the pod as it was; if something has come up meanwhile, the next round makes another.
    if (this.#isOutdated()) return;
    if (plan.start.length > 0 && !(await this.#volumesAreThere())) return;
    for (const container of this.containers) {
      if (plan.start.includes(container.name)) this.#start(container);
      else if (plan.stop.includes(container.name)) container.stop(this.#graceMs());
    }
    if (plan.ended && isTerminating(this.#pod)) await this.#release();
    if (plan.ended) this.#ending?.resolve();
  }

  /** Whether the containers find their volumes; what is missing is made, or tried again later. */
  async #volumesAreThere(): Promise<boolean> {
    if (this.runtime()?.runsImages === false) return true;
    const volumes = this.#ownVolumes();
    if (volumes.areReady) return true;
    try {
      await volumes.make();
      return this.#life !== "gone";
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      await this.#report();
      const { clock } = this.#dependencies;
      if (this.#mountFailures.isToBeTold(clock.now()))
        this.#dependencies.tell(this.#pod, "Warning", "FailedMount", error.message);
      clock.after(remountMs, () => this.wake());
      return false;
    }
  }

  /** The first report waits for the containers to run, or for a moment. */
  #reportSoon(): void {
    this.#isNew = false;
    this.#aboutToStart = this.#dependencies.clock.after(aboutToStartMs, () => this.wake());
  }

  #isOutdated(): boolean {
    return this.#life === "gone" || this.#round === "under way, and another";
  }

  #start(container: ContainerLife): void {
    this.podIP();
    container.start();
  }

  #graceMs(): number {
    const { deletionGracePeriodSeconds: seconds } = this.#pod.metadata;
    const ms = seconds === undefined ? graceMsOf(this.#pod) : seconds * 1_000;
    return Math.min(ms, this.#cause?.mostGraceMs ?? ms);
  }

  async #report(): Promise<void> {
    const statuses = this.containers.map(({ status }) => status);
    const shows = [this.#life, this.#cause, this.#resize, this.#pod.metadata.generation, ...statuses];
    const statusOf = (pod: Pod) => this.#statusOf(pod, bySort(pod, statuses));
    if (await this.#reporter.report(this.#pod, shows, statusOf, this.#author())) this.wake();
    this.#endResize();
  }

  #statusOf(pod: Pod, statuses: StatusesBySort): PodStatus {
    return podStatusOf(pod, {
      ...statuses,
      ready: this.#podIP !== undefined,
      ended: this.#life === "ended",
      cause: this.#cause,
      resize: resizeConditions(this.#resize, pod),
      hostIP: this.#options.hostIP,
      podIP: this.#podIP,
      startTime: this.#startTime,
      now: timestamp(this.#dependencies.clock.now()),
    });
  }

  /** The pod has ended and was to be deleted: the object goes, if nothing else holds it. */
  async #release(): Promise<void> {
    const { name, namespace = "", uid, deletionGracePeriodSeconds } = this.#pod.metadata;
    if (deletionGracePeriodSeconds === 0) return;
    const request = {
      author: this.#author(),
      isChecked: true,
      gracePeriodSeconds: 0,
      preconditions: { uid },
    };
    await this.#dependencies.registry.delete("Pod", namespace, name, request);
  }

  #author(): Author {
    return { ...this.#options.writer, cause: Number(this.#pod.metadata.resourceVersion) };
  }

  #keepDeadline(): void {
    this.#deadline?.cancel();
    this.#deadline = atDeadline(this.#pod, this.#startTime, this.#dependencies.clock, () =>
      this.#endInTime(),
    );
  }

  #endInTime(): void {
    if (this.#life !== "alive") return;
    const { reason, message } = deadlineExceeded;
    this.#dependencies.tell(this.#pod, "Normal", reason, message);
    void this.end(deadlineExceeded);
  }
}

/** So many fields are told of one by one. */
const mostFields = 12;

function listOf(fields: readonly string[]): string {
  const more = fields.length - mostFields;
  return more > 0 ? `${fields.slice(0, mostFields).join(", ")} and ${more} more` : fields.join(", ");
}

function isGone(error: unknown): boolean {
  return error instanceof ApiError && (error.reason === "NotFound" || error.reason === "Conflict");
}
