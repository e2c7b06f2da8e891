/**
 * One container of a pod, through all its instances: its image is pulled, an instance is created, runs, is probed, ends,
 * and after a while there is the next. Which of these it is at is its stage. Whatever changes the status wakes the pod
 * (pod-worker.ts), which decides what is next and says so by `start` and `stop`. The words of events and states are the
 * kubelet's.
 */
import { ApiError } from "../../errors/index.ts";
import { type Timer, timestamp } from "../../outside/index.ts";
import type { ContainerStatus, PodContainer, Probe } from "../../resources/index.ts";
import type { Code } from "../../worker/index.ts";
import { ImageError } from "../images/index.ts";
import type { ContainerView } from "../pods/pod-plan.ts";
import type { Exit, Runtime, Usage } from "../runtimes/runtime.ts";
import type { Log } from "../streams/log.ts";
import { concluded, ended, firstStatus, interrupted, running, waiting } from "./container-status.ts";
import { ConfigError } from "./environment.ts";
import { type Failure, whyNotStarted } from "./getting-started.ts";
import { pullImage } from "./image-pull.ts";
import { type Home, Instance } from "./instance.ts";
import { NextStart } from "./next-start.ts";
import { type ProbeKind, Probes } from "./probes.ts";
import type { NodeSurroundings, TellOf } from "./surroundings.ts";

/** What a container is at. */
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

const noLogs: readonly never[] = [];
/** What a runtime gets that never looks at images. */
const hollowCode: Code = {
  digest: "",
  filename: "",
  size: 0,
  loader: "node",
  oneFile: undefined,
  isCommonJs: true,
  script: false,
  hooks: undefined,
};
/** After what no change of the container's would cure. */
const retryMs = 5_000;

export class ContainerLife implements ContainerView {
  readonly role: ContainerView["role"];
  spec: PodContainer;
  status: ContainerStatus;
  readonly #home: Home;
  readonly #world: NodeSurroundings;
  readonly #nextStart: NextStart;
  #stage: Stage = rest;
  #probes: Probes | undefined;
  /** How many instances there were; the next one's restartCount. */
  #instances: number;
  /** What the last two instances that ended have printed, the latest first. */
  #oldLogs: readonly { readonly containerID: string; readonly log: Log }[] = noLogs;

  /** @param before what a node that went down has left of it. */
  constructor(
    spec: PodContainer,
    role: ContainerView["role"],
    home: Home,
    world: NodeSurroundings,
    before: ContainerStatus | undefined,
  ) {
    this.spec = spec;
    this.role = role;
    this.#home = home;
    this.#world = world;
    this.#nextStart = new NextStart(world.backOff);
    const isFirst = role === "main" && (home.pod().spec.initContainers ?? []).length === 0;
    this.status = before
      ? interrupted(before)
      : firstStatus(spec, isFirst ? "ContainerCreating" : "PodInitializing");
    this.#instances = before?.containerID === undefined ? 0 : before.restartCount + 1;
  }

  get name(): string {
    return this.spec.name;
  }

  /** True while it is being started, runs, or is being stopped. */
  get busy(): boolean {
    return this.#stage.at === "pull" || this.#stage.at === "work";
  }

  /** What it uses; undefined where it does not run. */
  usage(): Usage | undefined {
    return this.#stage.at === "work" ? this.#stage.instance.usage() : undefined;
  }

  /** The definition may have changed: only another image matters to a container that runs. */
  redefine(spec: PodContainer): void {
    if (spec === this.spec) return;
    const isRenewed = spec.image !== this.spec.image;
    this.spec = spec;
    if (!isRenewed) return;
    this.status = { ...this.status, image: spec.image ?? "" };
    this.#nextStart.atOnce();
    switch (this.#stage.at) {
      case "work":
        this.#stop(this.#graceMs(), `Container ${this.name} definition changed, will be restarted`);
        return;
      case "pull":
        this.#stage = rest;
        return;
      case "back-off":
        this.#stage.timer.cancel();
        this.#stage = rest;
    }
  }

  /** Starts it, or lets it wait for the end of its back-off. */
  start(): void {
    if (this.#stage.at !== "rest") return;
    const waitMs = this.#nextStart.waitMs(this.#world.clock.now());
    if (waitMs > 0) this.#backOff(waitMs);
    else void this.#live();
  }

  /** Asks it to stop; it is killed when the time is up. Asked again with less time, it has less. */
  stop(graceMs: number): void {
    switch (this.#stage.at) {
      case "work":
        this.#stop(graceMs, `Stopping container ${this.name}`);
        return;
      case "pull":
        // The pull may go on: others may want the image. Nobody waits for it here.
        this.#rest();
        return;
      case "back-off":
        this.#stage.timer.cancel();
        this.#stage = rest;
    }
  }

  /** The end, without a word to anybody: it is asked, killed after `graceMs`, and not started again. */
  async abandon(graceMs: number): Promise<void> {
    const stage = this.#stage;
    this.#stage = end;
    this.#probes?.stop();
    if (stage.at === "back-off") stage.timer.cancel();
    if (stage.at !== "work") return;
    stage.instance.stop(graceMs);
    await stage.instance.exited;
  }

  /** The instance that runs, to be talked to. Fails with BadRequest where there is none. */
  instance(): Instance {
    if (this.#stage.at === "work" && this.status.state?.running) return this.#stage.instance;
    const who = `container "${this.name}" in pod "${this.#home.pod().metadata.name}"`;
    throw new ApiError("BadRequest", `${who} is not running`);
  }

  /**
   * What it has printed by now, as `kubectl logs` chooses it: what somebody could know of is there. Fails with BadRequest where
   * there is nothing to read.
   */
  async log(previous: boolean): Promise<Log> {
    const { state, lastState } = this.status;
    if (!previous && this.#stage.at === "work") {
      const { instance } = this.#stage;
      await instance.flush();
      return instance.log;
    }
    const shown = previous ? lastState?.terminated : (state?.terminated ?? lastState?.terminated);
    const found = this.#oldLogs.find(({ containerID }) => containerID === shown?.containerID);
    if (found) return found.log;
    const who = `container "${this.name}" in pod "${this.#home.pod().metadata.name}"`;
    if (previous) throw new ApiError("BadRequest", `previous terminated ${who} not found`);
    throw new ApiError("BadRequest", `${who} is waiting to start: ${whyWaiting(state?.waiting?.reason)}`);
  }

  /** From the image to the end of one instance. */
  async #live(): Promise<void> {
    const pull: Stage = { at: "pull" };
    this.#stage = pull;
    let instance: Instance | undefined;
    try {
      const runtime = this.#home.runtime();
      if (!runtime) return this.#noRuntime();
      const code = runtime.runsImages ? await this.#pull() : hollowCode;
      // Meanwhile it may have been told to stop, or been given another image.
      if (this.#stage !== pull) return;
      if (code instanceof ImageError) return this.#pullFailed(code);
      instance = this.#create(runtime, code);
      if (instance) await this.#run(instance, runtime);
    } catch (error) {
      this.#world.onFault(error);
      instance?.stop(0);
      // Of a pull that is no longer wanted nothing else depends.
      if (instance || this.#isAt(pull)) this.#restFor(retryMs);
    }
  }

  #isAt(stage: Stage): boolean {
    return this.#stage === stage;
  }

  #noRuntime(): void {
    const name = this.#home.pod().spec.runtimeClassName;
    const problem = `no runtime for RuntimeClass "${name}" is configured`;
    this.#tell("Warning", "FailedCreatePodSandBox", `Failed to create pod sandbox: ${problem}`);
    this.#restFor(retryMs);
  }

  #pull(): Promise<Code | ImageError> {
    return pullImage(this.spec, this.#world, (...event) => this.#tell(...event));
  }

  #pullFailed({ reason, message }: ImageError): void {
    this.status = waiting(this.status, reason, message);
    const isRetold = reason === "ErrImagePull";
    this.#nextStart.afterFailedPull(this.#world.clock.now(), this.spec.image ?? "", message, isRetold);
    this.#rest();
  }

  /** Undefined where the container cannot be created as it is defined; the status says why. */
  #create(runtime: Runtime, code: Code): Instance | undefined {
    this.#nextStart.pulled();
    const options = { spec: this.spec, code, runtime, home: this.#home, world: this.#world };
    try {
      const instance = new Instance({ ...options, restarts: this.#instances });
      this.#instances++;
      this.#stage = { at: "work", instance };
      if (!runtime.quiet) this.#tell("Normal", "Created", "Container created");
      return instance;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#tell("Warning", "Failed", `Error: ${error.message}`);
      this.status = waiting(this.status, "CreateContainerConfigError", error.message);
      this.#restFor(this.#world.backOff.initialMs);
      return undefined;
    }
  }

  async #run(instance: Instance, runtime: Runtime): Promise<void> {
    const failure = await whyNotStarted(instance, runtime, (...event) => this.#tell(...event));
    if (!failure) this.#runs(instance);
    else if (failure.reason === "PostStartHookError") this.#stop(this.#graceMs(), "FailedPostStartHook");
    else instance.stop(0);
    const exit = await instance.exited;
    instance.close(exit);
    this.#probes?.stop();
    this.#probes = undefined;
    if (this.#stage.at !== "end") this.#ended(instance, exit, failure);
  }

  #runs(instance: Instance): void {
    this.status = running(this.status, instance.facts, this.spec, timestamp(this.#world.clock.now()));
    const { startupProbe, livenessProbe, readinessProbe } = this.spec;
    if ((startupProbe || livenessProbe || readinessProbe) && !instance.isStopping) {
      this.#probes = new Probes(this.spec, {
        clock: this.#world.clock,
        ask: probe => instance.ask(probe, (probe.timeoutSeconds ?? 1) * 1_000),
        failed: (kind, problem) => this.#tell("Warning", "Unhealthy", `${kind} probe failed: ${problem}`),
        concluded: (kind, verdict) => this.#concluded(kind, verdict),
      });
    }
    this.#home.wake();
  }

  #concluded(kind: ProbeKind, verdict: boolean): void {
    if (verdict || kind === "Readiness") {
      this.status = concluded(this.status, kind, verdict, this.spec);
      this.#home.wake();
      return;
    }
    const { startupProbe, livenessProbe } = this.spec;
    const probe = kind === "Startup" ? startupProbe : livenessProbe;
    const message = `Container ${this.name} failed ${kind.toLowerCase()} probe, will be restarted`;
    this.#stop(this.#graceAfter(probe), message);
  }

  #stop(graceMs: number, message: string): void {
    if (this.#stage.at !== "work") return;
    const { instance } = this.#stage;
    if (!instance.isStopping) this.#tell("Normal", "Killing", message);
    this.#probes?.stop();
    instance.stop(graceMs, problem =>
      this.#tell("Warning", "FailedPreStopHook", `PreStopHook failed: ${problem}`),
    );
  }

  #ended(instance: Instance, exit: Exit, failure: Failure | undefined): void {
    const { clock } = this.#world;
    const { facts, createdMs, log, spec } = instance;
    this.#oldLogs = [{ containerID: facts.containerID, log }, ...this.#oldLogs.slice(0, 1)];
    this.#nextStart.afterEnd(clock.now(), clock.now() - createdMs, this.name, this.#home.pod());
    const startedAt = this.status.state?.running?.startedAt ?? timestamp(createdMs);
    const isStartError = failure !== undefined && failure.reason !== "PostStartHookError";
    const cause = isStartError ? { exitCode: 128, reason: "StartError", message: failure.message } : exit;
    const terminated = {
      ...cause,
      startedAt,
      finishedAt: timestamp(clock.now()),
      containerID: facts.containerID,
    };
    this.status = ended(this.status, facts, terminated);
    if (exit.exitCode === 0 && !instance.isStopping) this.#tellOfReturn();
    if (spec.image !== this.spec.image) {
      this.status = waiting(this.status, "ContainerCreating");
      this.#nextStart.atOnce();
    } else if (failure && this.#mayRunAgain()) {
      this.status = waiting(this.status, failure.reason, failure.message);
    }
    this.#rest();
  }

  /** Kubernetes says nothing about this, and beginners ask why: one sentence more than the kubelet's. */
  #tellOfReturn(): void {
    if (this.role === "init" || (this.#home.pod().spec.restartPolicy ?? "Always") !== "Always") return;
    this.#tell(
      "Normal",
      "Completed",
      `Container ${this.name} ended by itself with exit code 0, and restartPolicy Always starts it again. A function ends its container by returning; one that is to go on loops over its inbox`,
    );
  }

  #mayRunAgain(): boolean {
    return this.role === "sidecar" || this.#home.pod().spec.restartPolicy !== "Never";
  }

  /** This instance is done with, whether it ever ran or not. */
  #rest(): void {
    if (this.#stage.at === "end") return;
    this.#stage = rest;
    this.#home.wake();
  }

  /** Nothing that k4s does would help: it is tried again after a while. */
  #restFor(waitMs: number): void {
    this.#nextStart.after(this.#world.clock.now(), waitMs);
    this.#rest();
  }

  /** Says why it is not started yet, and sees to it that it is when the time has come. */
  #backOff(waitMs: number): void {
    const timer = this.#world.clock.after(waitMs, () => this.#rest());
    this.#stage = { at: "back-off", timer };
    const { told } = this.#nextStart;
    if (!told) return;
    for (const event of told.events) this.#tell(...event);
    this.status = waiting(this.status, told.reason, told.message);
    this.#home.wake();
  }

  /** A thread whose event loop does not turn will not hear that it is to stop: it is not asked. */
  #graceAfter(probe: Probe | undefined): number {
    if (probe?.terminationGracePeriodSeconds !== undefined)
      return probe.terminationGracePeriodSeconds * 1_000;
    return probe?.exec?.command?.[0] === "event-loop" ? 0 : this.#graceMs();
  }

  #graceMs(): number {
    return (this.#home.pod().spec.terminationGracePeriodSeconds ?? 30) * 1_000;
  }

  #tell(...[type, reason, message]: Parameters<TellOf>): void {
    const list = this.role === "main" ? "containers" : "initContainers";
    this.#world.tell(this.#home.pod(), type, reason, message, `spec.${list}{${this.name}}`);
  }
}

function whyWaiting(reason = "ContainerCreating"): string {
  if (reason === "ErrImagePull") return "image can't be pulled";
  if (reason === "ImagePullBackOff") return "trying and failing to pull image";
  return reason;
}
