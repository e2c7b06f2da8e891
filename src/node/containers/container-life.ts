/**
 * One container of a pod, through all its instances: its image is pulled, an instance is created, runs, is probed, ends,
 * and after a while there is the next. Its stage says how far it has come, and changes in one place (`#enter`). The pod
 * (pods/pod-worker.ts) decides what is to be done and calls `start` and `stop`; each change of the status wakes it.
 */
import { ApiError } from "../../errors/index.ts";
import { type Timer, timestamp } from "../../outside/index.ts";
import type { ContainerStatus, PodContainer } from "../../resources/index.ts";
import { deepFreeze } from "../../store/index.ts";
import type { Code } from "../../worker/index.ts";
import { ImageError } from "../images/index.ts";
import type { Exit, Runtime, Usage } from "../runtimes/index.ts";
import type { Log } from "../streams/index.ts";
import { ContainerEvents } from "./container-events.ts";
import { chooseLog, type EndedLogs, noLogs, withLogOf } from "./container-logs.ts";
import { concluded, ended, firstStatus, interrupted, resized, running, waiting } from "./container-status.ts";
import type { ContainerDependencies } from "./dependencies.ts";
import {
  graceMsAfter,
  graceMsOf,
  isRenewed,
  isResized,
  type RestartPolicy,
  restartsAfter,
} from "./ending-rules.ts";
import { ConfigError } from "./environment.ts";
import { noCode, pullImage } from "./image-pull.ts";
import type { Instance } from "./instance.ts";
import { createInstance } from "./instance-creation.ts";
import { type Failure, whyNotStarted } from "./instance-start.ts";
import type { ContainerRole, OwningPod } from "./owning-pod.ts";
import type { ProbeKind } from "./probes.ts";
import { RepeatedFailures } from "./repeated-failures.ts";
import { StartBackOff } from "./start-back-off.ts";

/** A container as the rules see it that decide what its pod does next (pods/pod-plan.ts). */
export interface ContainerView {
  readonly name: string;
  readonly status: ContainerStatus;
  readonly role: ContainerRole;
  readonly spec: RestartPolicy;
  /** True while it is being started, runs, or is being stopped. */
  readonly busy: boolean;
}

/** What one instance of a container uses. */
export interface ContainerUsage extends Usage {
  /** That of the container, and the id of its instance: `thread://…`. */
  readonly name: string;
  readonly id: string;
}

type Stage =
  /** Nothing of it is there. */
  | { readonly at: "rest" }
  /** It is to start, and has to wait for it. */
  | { readonly at: "back-off"; readonly timer: Timer }
  /** Its image is being pulled. */
  | { readonly at: "pull" }
  /** An instance is being started, runs, or is being stopped. */
  | { readonly at: "work"; readonly instance: Instance }
  /** The node looks after it no more. */
  | { readonly at: "end" };

const rest: Stage = { at: "rest" };
const end: Stage = { at: "end" };

/** The wait after a failure that no change of the container would cure. */
const retryMs = 5_000;

export class ContainerLife implements ContainerView {
  readonly role: ContainerView["role"];
  spec: PodContainer;
  #status: ContainerStatus;
  readonly #pod: OwningPod;
  readonly #dependencies: ContainerDependencies;
  readonly #events: ContainerEvents;
  readonly #backOff: StartBackOff;
  #stage: Stage = rest;
  /** Made when it first fails, which most never do. */
  #failures: RepeatedFailures | undefined;
  /** How many instances there were; the next one's restartCount. */
  #instances: number;
  #endedLogs: EndedLogs = noLogs;

  /** @param before the status that a node which went down has left of it. */
  constructor(
    spec: PodContainer,
    role: ContainerView["role"],
    pod: OwningPod,
    dependencies: ContainerDependencies,
    before: ContainerStatus | undefined,
  ) {
    this.spec = spec;
    this.role = role;
    this.#pod = pod;
    this.#dependencies = dependencies;
    this.#events = new ContainerEvents(pod, dependencies.tell, spec.name, role);
    this.#backOff = new StartBackOff(dependencies.backOff);
    const isFirst =
      (role === "main" || role === "ephemeral") && (pod.pod().spec.initContainers ?? []).length === 0;
    this.#status = before
      ? interrupted(before)
      : deepFreeze(firstStatus(spec, isFirst ? "ContainerCreating" : "PodInitializing"));
    this.#instances = before?.containerID === undefined ? 0 : before.restartCount + 1;
  }

  get status(): ContainerStatus {
    return this.#status;
  }

  /** Frozen, so that the pod's object shares it: what is open would be copied. */
  set status(next: ContainerStatus) {
    this.#status = deepFreeze(next);
  }

  get name(): string {
    return this.spec.name;
  }

  get busy(): boolean {
    return this.#stage.at === "pull" || this.#stage.at === "work";
  }

  /** What it uses; nothing where it does not run. */
  async usage(): Promise<ContainerUsage[]> {
    if (this.#stage.at !== "work" || this.status.state?.running === undefined) return [];
    return [{ name: this.name, ...(await this.#stage.instance.usage()) }];
  }

  /** The definition may have changed: only another image and other resources matter to a container that runs. */
  redefine(spec: PodContainer): void {
    if (spec === this.spec) return;
    const before = this.spec;
    this.spec = spec;
    if (!isRenewed(before, spec)) {
      if (isResized(before, spec) && this.status.state?.running) this.status = resized(this.status, spec);
      return;
    }
    const isOther = spec.image !== before.image;
    this.status = { ...this.status, image: spec.image ?? "" };
    this.#backOff.atOnce();
    const why = isOther ? "definition changed, will be restarted" : "resize requires restart";
    this.#bringToRest(graceMsOf(this.#pod.pod()), `Container ${this.name} ${why}`);
  }

  /** Starts it, or lets it wait for the end of its back-off. */
  start(): void {
    if (this.#stage.at !== "rest") return;
    const waitMs = this.#backOff.waitMs(this.#dependencies.clock.elapsed());
    if (waitMs > 0) this.#waitFor(waitMs);
    else void this.#live();
  }

  /** Asks it to stop; it is killed when the time is up. Asked again with less time, it has less. */
  stop(graceMs: number): void {
    this.#bringToRest(graceMs, `Stopping container ${this.name}`);
  }

  /** The end, without an event: it is asked, killed after `graceMs`, and not started again. */
  async abandon(graceMs: number): Promise<void> {
    const stage = this.#stage;
    this.#enter(end);
    if (stage.at !== "work") return;
    stage.instance.stop(graceMs);
    await stage.instance.exited;
  }

  /** What it runs; undefined where it does not. */
  get command(): string | undefined {
    return this.#stage.at === "work" && this.status.state?.running ? this.#stage.instance.command : undefined;
  }

  /** The instance that runs, to be talked to. Fails in the kubelet's words where there is none. */
  instance(): Instance {
    if (this.#stage.at === "work" && this.status.state?.running) return this.#stage.instance;
    throw new ApiError("InternalError", `container not found ("${this.name}")`);
  }

  /** What it has printed by now, as `kubectl logs` chooses it. Fails with BadRequest where there is nothing to read. */
  async log(previous: boolean): Promise<Log> {
    if (previous || this.#stage.at !== "work") {
      return chooseLog(this.status, this.#endedLogs, previous, this.#pod.pod().metadata.name);
    }
    const { instance } = this.#stage;
    await instance.flush();
    return instance.log;
  }

  /** The only place where the stage changes. At the end it stays. */
  #enter(next: Stage): void {
    if (this.#stage.at === "end") return;
    if (this.#stage.at === "back-off") this.#stage.timer.cancel();
    this.#stage = next;
    if (next.at === "rest") this.#pod.wake();
  }

  /** Ends what it is at. An instance that runs is asked to stop, and rests when it has ended. */
  #bringToRest(graceMs: number, message: string): void {
    switch (this.#stage.at) {
      case "work":
        this.#stopInstance(this.#stage.instance, graceMs, message);
        return;
      case "pull":
      // The pull may go on, for others may want the image: its result is not looked at here.
      case "back-off":
        this.#enter(rest);
        return;
      case "rest":
      case "end":
        return;
      default:
        this.#stage satisfies never;
    }
  }

  /** From the image to one instance. Its life is not waited for: of fifty thousand that run, each would keep one more suspended function. */
  async #live(): Promise<void> {
    const pull: Stage = { at: "pull" };
    this.#enter(pull);
    try {
      const runtime = this.#pod.runtime();
      if (!runtime) return this.#noRuntime();
      const code = runtime.runsImages ? await pullImage(this.spec, this.#dependencies, this.#events) : noCode;
      // Meanwhile it may have been told to stop, or been given another image.
      if (!this.#isAt(pull)) return;
      if (code instanceof ImageError) return this.#pullFailed(code);
      const runs = code === noCode ? (this.#dependencies.unknownImages ?? runtime) : runtime;
      const instance = this.#create(runs, code);
      if (instance) void this.#run(instance, runs);
    } catch (error) {
      this.#dependencies.onFault(error);
      // The result of a pull that is no longer wanted changes nothing.
      if (this.#isAt(pull)) this.#restFor(retryMs);
    }
  }

  #isAt(stage: Stage): boolean {
    return this.#stage === stage;
  }

  #noRuntime(): void {
    const name = this.#pod.pod().spec.runtimeClassName;
    this.#events.noRuntime(`no runtime for RuntimeClass "${name}" is configured`);
    this.#restFor(retryMs);
  }

  #pullFailed({ reason, message }: ImageError): void {
    this.status = waiting(this.status, reason, message);
    const isRetold = reason === "ErrImagePull";
    const now = this.#dependencies.clock.elapsed();
    this.#backOff.afterFailedPull(now, this.spec.image ?? "", message, isRetold);
    this.#enter(rest);
  }

  /** Undefined where the container cannot be created as it is defined; the status says why. */
  #create(runtime: Runtime, code: Code): Instance | undefined {
    this.#backOff.pulled();
    const { spec, role } = this;
    const [pod, dependencies, restarts] = [this.#pod, this.#dependencies, this.#instances];
    try {
      const instance = createInstance({ spec, code, runtime, role, restarts, pod, dependencies });
      this.#instances++;
      this.#enter({ at: "work", instance });
      if (!runtime.quiet) this.#events.created();
      if (instance.withoutEffect.length > 0) this.#events.variablesWithoutEffect(instance.withoutEffect);
      return instance;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#events.failed(error.message);
      this.status = waiting(this.status, "CreateContainerConfigError", error.message);
      this.#restFor(dependencies.backOff.initialMs);
      return undefined;
    }
  }

  /** From its start to its end. Never rejects. */
  async #run(instance: Instance, runtime: Runtime): Promise<void> {
    try {
      const failure = await whyNotStarted(instance, runtime, this.#events, this.#instances > 1);
      if (!failure) this.#runs(instance);
      else if (failure.reason === "PostStartHookError")
        this.#stopInstance(instance, graceMsOf(this.#pod.pod()), "FailedPostStartHook");
      else instance.stop(0);
      const exit = await instance.ending();
      instance.close(exit);
      if (this.#stage.at !== "end") this.#ended(instance, exit, failure);
    } catch (error) {
      this.#dependencies.onFault(error);
      instance.stop(0);
      this.#restFor(retryMs);
    }
  }

  #runs(instance: Instance): void {
    const now = timestamp(this.#dependencies.clock.now());
    this.status = running(this.status, instance.facts, this.spec, now);
    instance.probe(this.spec, {
      failed: (kind, problem) => this.#events.unhealthy(kind, problem),
      unasked: (kind, problem) => this.#events.unasked(kind, problem),
      warned: (kind, warning) => this.#events.probeWarning(kind, warning),
      concluded: (kind, verdict) => this.#concluded(instance, kind, verdict),
    });
    this.#pod.wake();
  }

  #concluded(instance: Instance, kind: ProbeKind, verdict: boolean): void {
    if (verdict || kind === "Readiness") {
      this.status = concluded(this.status, kind, verdict, this.spec);
      this.#pod.wake();
      return;
    }
    const { startupProbe, livenessProbe } = this.spec;
    const probe = kind === "Startup" ? startupProbe : livenessProbe;
    const message = `Container ${this.name} failed ${kind.toLowerCase()} probe, will be restarted`;
    this.#stopInstance(instance, graceMsAfter(probe, this.#pod.pod()), message);
  }

  #stopInstance(instance: Instance, graceMs: number, message: string): void {
    if (this.#stage.at === "end") return;
    if (!instance.isStopping) this.#events.killing(message);
    instance.stop(graceMs, () => this.#events.hookFailed("PreStopHook"));
  }

  #ended(instance: Instance, exit: Exit, failure: Failure | undefined): void {
    const { clock } = this.#dependencies;
    const pod = this.#pod.pod();
    const { facts, createdMs, spec } = instance;
    this.#endedLogs = withLogOf(instance, this.#endedLogs);
    this.#backOff.afterEnd(clock.elapsed(), instance.ageMs, this.name, pod);
    const isStartError = failure !== undefined && failure.reason !== "PostStartHookError";
    const cause = isStartError ? { exitCode: 128, reason: "StartError", message: failure.message } : exit;
    this.status = ended(this.status, facts, spec, cause, timestamp(createdMs), timestamp(clock.now()));
    // One that has done its part counts as ready ever after.
    if (this.role === "init" && exit.exitCode === 0) this.status = { ...this.status, ready: true };
    const isAgain = restartsAfter(cause.exitCode, this.role, this.spec, pod);
    const hasFailed = cause.exitCode !== 0 && isAgain;
    if (hasFailed) this.#failures ??= new RepeatedFailures();
    const failures = hasFailed ? this.#failures?.count(clock.elapsed()) : undefined;
    if (failures) this.#events.keepsFailing(failures.times, failures.withinMs, cause.exitCode);
    if (exit.exitCode === 0 && !instance.isStopping && isAgain) this.#events.returned();
    if (isRenewed(spec, this.spec)) {
      this.status = waiting(this.status, "ContainerCreating");
      this.#backOff.atOnce();
    } else if (failure && isAgain) {
      this.status = waiting(this.status, failure.reason, failure.message);
    }
    this.#enter(rest);
  }

  /** It is tried again after a while, for there is nothing that k4s could wait for. */
  #restFor(waitMs: number): void {
    this.#backOff.after(this.#dependencies.clock.elapsed(), waitMs);
    this.#enter(rest);
  }

  /** Says why it is not started yet, and rests, which starts it, when the time has come. */
  #waitFor(waitMs: number): void {
    const timer = this.#dependencies.clock.after(waitMs, () => this.#enter(rest));
    this.#enter({ at: "back-off", timer });
    const { told } = this.#backOff;
    if (!told) return;
    for (const event of told.events) this.#events.tell(...event);
    this.status = waiting(this.status, told.reason, told.message);
    this.#pod.wake();
  }
}
