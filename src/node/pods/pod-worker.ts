/**
 * One pod on its node. Every event (the object changes, a container starts or ends, a probe draws a conclusion, a timer
 * fires) only wakes it. It then looks at the pod and its containers as they are, does what the rules of pod-plan.ts
 * say, and reports the status. One such round is under way at a time, and however often it is woken meanwhile, one more
 * follows. Idle, it has no timer and costs nothing.
 */
import { ApiError } from "../../errors/index.ts";
import { Deferred, type Timer, timestamp } from "../../outside/index.ts";
import {
  isTerminating,
  type Pod,
  type PodContainer,
  type PodSpec,
  type PodStatus,
} from "../../resources/index.ts";
import type { Author } from "../../store/index.ts";
import type { ContainerProcess } from "../../worker/index.ts";
import {
  type ContainerLife,
  type FilesOf,
  graceMsOf,
  type MountedVolumes,
  type OwningPod,
} from "../containers/index.ts";
import type { Runtime } from "../runtimes/index.ts";
import type { PodDependencies, PodWorkerOptions } from "./dependencies.ts";
import { atDeadline, deadlineExceeded, type EarlyEnd, evicted } from "./early-end.ts";
import { ineffectiveMessage } from "./ineffective-fields.ts";
import { LastMoment } from "./last-moment.ts";
import {
  allocatedSpec,
  asksForOthers,
  bySort,
  containersOf,
  redefined,
  type StatusesBySort,
} from "./pod-containers.ts";
import { PodMounts } from "./pod-mounts.ts";
import { planFor } from "./pod-plan.ts";
import { PodReporter } from "./pod-report.ts";
import { PodResize, resizeConditions } from "./pod-resize.ts";
import { podStatusOf } from "./pod-status.ts";
import { Rounds } from "./rounds.ts";
import { sharedProcesses } from "./shared-processes.ts";

/** A pod whose containers run within this time is reported once, as running: ContainerCreating is not written. */
const aboutToStartMs = 10;
/** After a report that did not get through. */
const retryMs = 1_000;

export class PodWorker implements OwningPod {
  /** In the order of the spec: init containers, the pod's own, those that were added for debugging. */
  containers: readonly ContainerLife[];
  readonly #options: PodWorkerOptions;
  readonly #dependencies: PodDependencies;
  readonly #startTime: string;
  readonly #reporter: PodReporter;
  readonly #mounts: PodMounts;
  #pod: Pod;
  #podIP: string | undefined;
  /** Why the pod has to end before its containers would. */
  #cause: EarlyEnd | undefined;
  #deadline: Timer | undefined;
  readonly #resize: PodResize;
  /** Nothing has been reported of it yet, nor begun. */
  #isNew: boolean;
  #aboutToStart: Timer | undefined;
  readonly #lastMoment: LastMoment;
  /** `ended`: nothing runs any more, and nothing will. `gone`: the node looks after it no more. */
  #life: "alive" | "ended" | "gone" = "alive";
  readonly #rounds = new Rounds(
    () => this.#lookAndAct(),
    () => this.#life === "gone",
    error => this.#failed(error),
  );
  /** Runs while who deletes it with no grace may be about to take it out. */
  #leftBehind: Timer | undefined;
  #isLeftBehind = false;
  /** Where its end is waited for. */
  #ending: Deferred<void> | undefined;

  constructor(pod: Pod, options: PodWorkerOptions) {
    this.#pod = pod;
    this.#options = options;
    this.#dependencies = options.dependencies;
    this.#reporter = new PodReporter(options.dependencies.registry);
    this.#mounts = new PodMounts(this, options.writer, options.dependencies, message => this.#evict(message));
    this.#resize = new PodResize(options.dependencies.tell);
    this.#lastMoment = new LastMoment(options.dependencies.clock, () => this.wake());
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
    return this.#mounts.of(container, expand, files);
  }

  volumePath(name: string): string | undefined {
    return this.#mounts.placeOf(name);
  }

  /** The object as it is now. */
  changed(pod: Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    if (isTerminating(pod) && !isTerminating(before)) {
      const deletion = this.#dependencies.registry.store.change(Number(pod.metadata.resourceVersion));
      this.#lastMoment.begin(pod, deletion);
    }
    if (pod.spec !== before.spec) this.#redefine();
    this.#mounts.follow(before);
    if (pod.spec.activeDeadlineSeconds !== before.spec.activeDeadlineSeconds) this.#keepDeadline();
    if (this.#reporter.hears(pod)) return;
    this.wake();
  }

  /** What the node has given it. */
  allocated(): PodSpec {
    return this.#resize.isPending ? allocatedSpec(this.#pod.spec, this.containers) : this.#pod.spec;
  }

  processesFor(own: PodContainer): ContainerProcess[] | undefined {
    return sharedProcesses(own, this.#pod, this.containers);
  }

  /** There may be room by now for what it asks for. */
  retryResize(): void {
    if (this.#resize.isPending) this.#redefine();
  }

  #redefine(): void {
    const isAsked = asksForOthers(this.#pod, this.containers);
    const refusal = isAsked ? this.#options.whyNotResized(this.#pod) : undefined;
    this.containers = redefined(this.containers, this, this.#dependencies, refusal === undefined);
    if (this.#resize.asked(this.#pod, isAsked, refusal)) this.wake();
  }

  /** Of what is asked for and cannot be had, in one event. */
  #tellIneffective(): void {
    const runtime = this.runtime();
    const message = runtime?.runsImages && ineffectiveMessage(this.#pod.spec, runtime.name);
    if (message) this.#dependencies.tell(this.#pod, "Warning", "IneffectiveFields", message);
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
    this.#lastMoment.cancel();
    this.#leftBehind?.cancel();
    await Promise.all(this.containers.map(container => container.abandon(graceMs)));
    await this.#mounts.close();
    await this.#leavePorts();
    if (this.#podIP !== undefined) this.#dependencies.addresses.release(this.#podIP);
  }

  wake(): void {
    this.#rounds.wake();
  }

  /** From now on nothing is done or reported, whatever happens, until `release`. What runs goes on. */
  hold(): void {
    this.#rounds.hold();
  }

  release(): void {
    this.#rounds.release();
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

  #failed(error: unknown): void {
    // The object may have gone meanwhile: the feed tells, or has told already.
    if (isGone(error) || this.#life === "gone") return;
    this.#dependencies.onFault(error);
    this.#dependencies.clock.after(retryMs, () => this.wake());
  }

  /** Looks, reports what is so, and does the next thing. */
  async #lookAndAct(): Promise<void> {
    this.#aboutToStart?.cancel();
    this.#aboutToStart = undefined;
    const stopping = isTerminating(this.#pod) || this.#cause !== undefined;
    const plan = planFor(this.#pod, this.containers, stopping);
    this.#life = plan.ended ? "ended" : "alive";
    if (plan.start.length > 0 && this.#isNew && !stopping) this.#reportSoon();
    else await this.#report();
    // The plan is for the pod as it was; if something has come up meanwhile, the next round makes another.
    if (this.#isOutdated()) return;
    if (plan.start.length > 0 && !(await this.#mounts.areThere(() => this.#report()))) return;
    if (this.#isGone()) return;
    for (const container of this.containers) {
      if (plan.start.includes(container.name)) this.#start(container);
      else if (plan.stop.includes(container.name)) container.stop(this.#graceMs());
    }
    if (plan.ended) await this.#mounts.letGo();
    if (plan.ended) await this.#leavePorts();
    if (plan.ended && isTerminating(this.#pod)) await this.#release();
    if (plan.ended) this.#ending?.resolve();
  }

  /** Nothing of it listens any more, whatever its programs have left. */
  async #leavePorts(): Promise<void> {
    try {
      if (this.#podIP !== undefined) await this.#dependencies.ports.forget(this.#podIP);
    } catch (fault) {
      this.#dependencies.onFault(fault);
    }
  }

  /** The first report waits for the containers to run, or for a moment. */
  #reportSoon(): void {
    this.#isNew = false;
    this.#aboutToStart = this.#dependencies.clock.after(aboutToStartMs, () => this.wake());
  }

  #isGone(): boolean {
    return this.#life === "gone";
  }

  #isOutdated(): boolean {
    return this.#life === "gone" || this.#rounds.isOutdated;
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
    const shows = [this.#life, this.#cause, this.#resize.stage, this.#pod.metadata.generation, ...statuses];
    const statusOf = (pod: Pod) => this.#statusOf(pod, bySort(pod, statuses));
    if (await this.#reporter.report(this.#pod, shows, statusOf, this.#author())) this.wake();
    if (this.#resize.seen(this.#pod, this.containers)) this.wake();
  }

  #statusOf(pod: Pod, statuses: StatusesBySort): PodStatus {
    return podStatusOf(pod, {
      ready: this.#podIP !== undefined,
      ended: this.#life === "ended",
      cause: this.#cause,
      resize: resizeConditions(this.#resize.stage, pod),
      hostIP: this.#options.hostIP,
      podIP: this.#podIP,
      startTime: this.#startTime,
      now: timestamp(this.#dependencies.clock.now()),
      ...statuses,
    });
  }

  /**
   * The pod has ended and was to be deleted: the object goes, if nothing else holds it. Who has left it no more time takes it out; a second
   * later that has failed, or its process has ended in between.
   */
  async #release(): Promise<void> {
    const { name, namespace = "", uid, deletionGracePeriodSeconds } = this.#pod.metadata;
    if (!this.#lastMoment.isOver()) return;
    if (deletionGracePeriodSeconds === 0 && !this.#isLeftBehind) {
      this.#leftBehind ??= this.#dependencies.clock.after(retryMs, () => {
        this.#isLeftBehind = true;
        this.wake();
      });
      return;
    }
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

  #evict(message: string): void {
    if (this.#life !== "alive") return;
    this.#dependencies.tell(this.#pod, "Warning", "Evicted", message);
    void this.end(evicted(message));
  }

  #endInTime(): void {
    if (this.#life !== "alive") return;
    const { reason, message } = deadlineExceeded;
    this.#dependencies.tell(this.#pod, "Normal", reason, message);
    void this.end(deadlineExceeded);
  }
}

function isGone(error: unknown): boolean {
  return error instanceof ApiError && (error.reason === "NotFound" || error.reason === "Conflict");
}
