/**
 * One container of a pod, through all its instances: it is pulled, created, started, probed, stopped and started again.
 * Its status is what the pod reports; whatever changes it wakes the pod (pod-worker.ts), which decides what is next. The
 * words of the events and states are the kubelet's.
 */
import type { Attachment } from "../network/index.ts";
import type { Timer } from "../outside/index.ts";
import type { ContainerStatus, Pod, PodContainer, Probe } from "../resources/index.ts";
import type { Code } from "../worker/index.ts";
import { ConfigError, environmentOf, expand } from "./environment.ts";
import { ImageError } from "./image-lookup.ts";
import { Log } from "./logs.ts";
import type { ContainerView } from "./pod-lifecycle.ts";
import { askProbe } from "./probe-handlers.ts";
import { type ProbeKind, Prober } from "./probes.ts";
import { bytesOf } from "./quantity.ts";
import { afterEnding, durationText, noEndings } from "./restarts.ts";
import { type Exit, type RunningContainer, type Runtime, StartFailure } from "./runtime.ts";
import { stamp } from "./stamp.ts";
import type { NodeSurroundings } from "./surroundings.ts";

/** The pod around a container. */
export interface Home {
  /** The pod as it is now. */
  pod(): Pod;
  podIP(): string;
  runtime(): Runtime | undefined;
  /** The status has changed, or the container can be started (again). */
  wake(): void;
}

/** What a container is to be called in an event. */
export type Role = ContainerView["role"];

const noProbers: readonly Prober[] = [];
const hollowCode: Code = { digest: "", format: "commonjs", filename: "", text: "", script: false };

export class ContainerLife implements ContainerView {
  readonly role: Role;
  spec: PodContainer;
  status: ContainerStatus;
  busy = false;
  readonly #home: Home;
  readonly #world: NodeSurroundings;
  #log: Log | undefined;
  #previousLog: Log | undefined;
  #running: RunningContainer | undefined;
  #attachment: Attachment | undefined;
  #probers: readonly Prober[] = noProbers;
  /** How many instances there were; the next one's restartCount. */
  #instances: number;
  #crashes = noEndings;
  #pullFailures = noEndings;
  /** Not to be started before this time, and why. */
  #notBefore = 0;
  #heldBack: { reason: string; message: string; event: string } | undefined;
  #timer: Timer | undefined;
  #stopBy: number | undefined;
  /** What the status is to say of the new instance, once it runs. */
  #next: Pick<ContainerStatus, "restartCount" | "imageID" | "containerID"> | undefined;
  /** True when it is stopped only to be started again with a new definition. */
  #renewing = false;

  constructor(
    spec: PodContainer,
    role: Role,
    home: Home,
    world: NodeSurroundings,
    before: ContainerStatus | undefined,
  ) {
    this.spec = spec;
    this.role = role;
    this.#home = home;
    this.#world = world;
    const reason =
      role === "main" && (home.pod().spec.initContainers ?? []).length === 0
        ? "ContainerCreating"
        : "PodInitializing";
    this.status = before ? interrupted(before) : firstStatus(spec, reason);
    this.#instances = before?.containerID === undefined ? 0 : before.restartCount + 1;
  }

  get name(): string {
    return this.spec.name;
  }

  logOf(previous: boolean): Log | undefined {
    return previous ? this.#previousLog : this.#log;
  }

  get running(): RunningContainer | undefined {
    return this.#running;
  }

  /** The definition may have changed: only another image matters to a container that runs. */
  redefine(spec: PodContainer): void {
    if (spec === this.spec) return;
    const changed = spec.image !== this.spec.image;
    this.spec = spec;
    if (!changed) return;
    this.status = { ...this.status, image: spec.image ?? "" };
    this.#notBefore = 0;
    if (!this.busy) return;
    this.#renewing = true;
    this.#stop(this.#graceMs(), `Container ${this.name} definition changed, will be restarted`);
  }

  /** Starts it, or lets it wait for the end of its back-off. */
  start(): void {
    if (this.busy) return;
    const waitMs = this.#notBefore - this.#world.clock.now();
    if (waitMs > 0) this.#holdBack(waitMs);
    else {
      this.#timer?.cancel();
      this.#timer = undefined;
      this.busy = true;
      this.#stopBy = undefined;
      void this.#live().catch(error => {
        this.#world.onFault(error);
        this.#over(undefined, 5_000);
      });
    }
  }

  /** Asks it to stop; it is killed when the time is up. Asked again with less time, it has less. */
  stop(graceMs: number): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.busy) this.#stop(graceMs, `Stopping container ${this.name}`);
  }

  /** The end, without a word to anybody: it is asked, killed after `graceMs`, and not started again. */
  async abandon(graceMs: number): Promise<void> {
    this.#timer?.cancel();
    this.#stopProbers();
    this.#stopBy = 0;
    const running = this.#running;
    if (!running) return;
    if (graceMs > 0) running.stop(graceMs);
    else running.kill();
    const timer = this.#world.clock.after(graceMs, () => running.kill());
    await running.exited;
    timer.cancel();
  }

  #stop(graceMs: number, message: string): void {
    const by = this.#world.clock.now() + graceMs;
    if (this.#stopBy !== undefined && this.#stopBy <= by) return;
    const first = this.#stopBy === undefined;
    this.#stopBy = by;
    if (!this.#running) return;
    if (first) {
      this.#tell("Normal", "Killing", message);
      this.#stopProbers();
      if (graceMs > 0) this.#running.stop(graceMs);
    }
    this.#timer?.cancel();
    if (graceMs <= 0) this.#running.kill();
    else this.#timer = this.#world.clock.after(graceMs, () => this.#running?.kill());
  }

  /** One instance, from its image to its end. */
  async #live(): Promise<void> {
    const runtime = this.#home.runtime();
    if (!runtime) {
      const name = this.#home.pod().spec.runtimeClassName;
      this.#tell(
        "Warning",
        "FailedCreatePodSandBox",
        `Failed to create pod sandbox: no runtime for RuntimeClass "${name}" is configured`,
      );
      return this.#over(undefined, 5_000);
    }
    runtime.expect();
    const code = runtime.runsImages ? await this.#pull() : hollowCode;
    if (!code || this.#stopBy !== undefined) return this.#over(undefined, 0);
    const running = this.#create(runtime, code);
    if (!running) return;
    const startedAt = this.#world.clock.now();
    try {
      await running.started;
    } catch (error) {
      return this.#failedToStart(error, running, startedAt);
    }
    if (!runtime.quiet) this.#tell("Normal", "Started", "Container started");
    this.#hasStarted(running);
    const exit = await running.exited;
    this.#ended(exit, running, startedAt);
  }

  /** The image's code; undefined where it could not be had, which is then in the status. */
  async #pull(): Promise<Code | undefined> {
    const { images, clock } = this.#world;
    const image = this.spec.image ?? "";
    const policy = this.spec.imagePullPolicy ?? "IfNotPresent";
    const present = policy === "Always" ? undefined : images.present(image);
    if (present) {
      this.#tell(
        "Normal",
        "Pulled",
        `Container image "${image}" already present on machine and can be accessed by the pod`,
      );
      return present;
    }
    if (policy !== "Never") this.#tell("Normal", "Pulling", `Pulling image "${image}"`);
    try {
      const begun = clock.now();
      const code = await images.pull(image);
      const took = durationText(clock.now() - begun);
      if (policy !== "Never") {
        this.#tell(
          "Normal",
          "Pulled",
          `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${code.text.length} bytes.`,
        );
      }
      this.#pullFailures = noEndings;
      return code;
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      this.#pullFailed(
        image,
        policy === "Never" && error.reason === "ErrImagePull" ? neverPulled(image) : error,
      );
      return undefined;
    }
  }

  #pullFailed(image: string, { reason, message }: ImageError): void {
    if (reason === "ErrImagePull")
      this.#tell("Warning", "Failed", `Failed to pull image "${image}": ${message}`);
    else this.#tell("Warning", reason === "InvalidImageName" ? "InspectFailed" : reason, message);
    this.#tell("Warning", "Failed", `Error: ${reason}`);
    this.#wait(reason, message);
    const first =
      this.#pullFailures.nextWaitMs === 0
        ? { nextWaitMs: this.#world.backOff.initialMs }
        : this.#pullFailures;
    const { waitMs, endings } = afterEnding(first, 0, this.#world.backOff);
    this.#pullFailures = endings;
    this.#notBefore = this.#world.clock.now() + waitMs;
    this.#heldBack =
      reason === "ErrImagePull"
        ? {
            reason: "ImagePullBackOff",
            message: `Back-off pulling image "${image}": ErrImagePull: ${message}`,
            event: `Back-off pulling image "${image}"`,
          }
        : undefined;
  }

  /** Creates the instance and gives it its line to the network. */
  #create(runtime: Runtime, code: Code): RunningContainer | undefined {
    const pod = this.#home.pod();
    const { metadata } = pod;
    const namespace = metadata.namespace ?? "default";
    const { store } = this.#world.registry;
    let env: Record<string, string>;
    try {
      env = environmentOf(
        { ...pod, status: { ...pod.status, podIP: this.#home.podIP() } },
        this.spec,
        (kind, name) => store.get(kind, namespace, name),
        runtime.runsImages ? process.env : {},
      );
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#tell("Warning", "Failed", `Error: ${error.message}`);
      this.#wait("CreateContainerConfigError", error.message);
      this.#over(undefined, this.#world.backOff.initialMs);
      return undefined;
    }
    this.#previousLog = this.#log;
    const log = new Log();
    this.#log = log;
    const restarts = this.#instances++;
    const labels = metadata.labels ?? {};
    const self = {
      name: metadata.name,
      namespace,
      node: pod.spec.nodeName ?? "",
      labels,
      restarts,
      pod: metadata.name,
      container: this.name,
    };
    const running = runtime.start({
      code,
      functionName: this.spec.command?.[0],
      args: [...(this.spec.command ?? []).slice(1), ...(this.spec.args ?? [])].map(arg => expand(arg, env)),
      env,
      self,
      memoryBytes: bytesOf(this.spec.resources?.limits?.memory),
      annotations: metadata.annotations ?? {},
      output: pieces => log.add(pieces),
    });
    this.#running = running;
    if (running.control) {
      const identity = {
        namespace,
        pod: metadata.name,
        uid: metadata.uid,
        container: this.name,
        copies: runtime.copies,
      };
      if (this.#world.network) this.#attachment = this.#world.network.attach(identity, running.control);
      else running.control.close();
    }
    if (!runtime.quiet) this.#tell("Normal", "Created", "Container created");
    const imageID = code.digest === "" ? "" : `sha256:${code.digest}`;
    this.#next = { restartCount: restarts, imageID, containerID: running.id };
    if (this.#stopBy !== undefined) running.kill();
    return running;
  }

  #hasStarted(running: RunningContainer): void {
    const { startupProbe, readinessProbe } = this.spec;
    const { state, lastState } = this.status;
    this.status = {
      ...this.status,
      ...this.#next,
      state: { running: { startedAt: stamp(this.#world.clock) } },
      lastState: state?.terminated ? { terminated: state.terminated } : (lastState ?? {}),
      started: !startupProbe,
      ready: !startupProbe && !readinessProbe,
      resources: this.spec.resources ?? {},
    };
    if (startupProbe) this.#probe("Startup", running);
    else this.#probeOn(running);
    this.#home.wake();
  }

  #failedToStart(error: unknown, running: RunningContainer, startedAt: number): void {
    running.kill();
    const reason = error instanceof StartFailure ? error.reason : "RunContainerError";
    const message = error instanceof Error ? error.message : String(error);
    const exit: Exit = { exitCode: 128, reason: "StartError", message };
    void running.exited.then(() => {
      const stopped = this.#stopBy !== undefined;
      if (!stopped) this.#tell("Warning", "Failed", `Error: ${message}`);
      this.#ended(exit, running, startedAt, stopped ? undefined : { reason, message });
    });
  }

  /** @param waiting what its state is from now on, if not that it has terminated. */
  #ended(
    exit: Exit,
    running: RunningContainer,
    startedMs: number,
    waiting?: { reason: string; message?: string },
  ): void {
    const { clock } = this.#world;
    this.#attachment?.detach(exit);
    this.#attachment = undefined;
    this.#running = undefined;
    this.#stopProbers();
    this.#log?.end();
    const { waitMs, endings } = afterEnding(this.#crashes, clock.now() - startedMs, this.#world.backOff);
    this.#crashes = endings;
    const startedAt = this.status.state?.running?.startedAt ?? stamp({ now: () => startedMs });
    const terminated = { ...exit, startedAt, finishedAt: stamp(clock), containerID: running.id };
    const { state, lastState } = this.status;
    this.status = {
      ...this.status,
      ...this.#next,
      lastState: state?.terminated ? { terminated: state.terminated } : (lastState ?? {}),
      state: { terminated },
      ready: false,
      started: false,
    };
    const next = this.#renewing ? { reason: "ContainerCreating" } : waiting;
    if (next) this.status = { ...this.status, state: { waiting: next }, lastState: { terminated } };
    this.#heldBack = this.#backOffOf(waitMs);
    this.#over(exit, this.#renewing ? 0 : waitMs);
  }

  #backOffOf(waitMs: number) {
    const { name, namespace, uid } = this.#home.pod().metadata;
    const pod = `${name}_${namespace}(${uid})`;
    return {
      reason: "CrashLoopBackOff",
      message: `back-off ${durationText(waitMs)} restarting failed container=${this.name} pod=${pod}`,
      event: `Back-off restarting failed container ${this.name} in pod ${pod}`,
    };
  }

  /** This instance is done with, whether it ran or not; the next one may come after `waitMs`. */
  #over(exit: Exit | undefined, waitMs: number): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.busy = false;
    this.#renewing = false;
    const now = this.#world.clock.now();
    if (exit || waitMs > 0) this.#notBefore = now + waitMs;
    this.#home.wake();
  }

  /** Says why it is not started yet, once, and sees to it that it is when the time has come. */
  #holdBack(waitMs: number): void {
    if (this.#timer) return;
    this.#timer = this.#world.clock.after(waitMs, () => {
      this.#timer = undefined;
      this.#home.wake();
    });
    const held = this.#heldBack;
    if (!held) return;
    this.#tell(held.reason === "ImagePullBackOff" ? "Normal" : "Warning", "BackOff", held.event);
    if (held.reason === "ImagePullBackOff") this.#tell("Warning", "Failed", "Error: ImagePullBackOff");
    this.#wait(held.reason, held.message);
  }

  #wait(reason: string, message: string): void {
    const { state, lastState } = this.status;
    const last = state?.terminated ? { terminated: state.terminated } : (lastState ?? {});
    this.status = { ...this.status, state: { waiting: { reason, message } }, lastState: last };
    this.#home.wake();
  }

  #probeOn(running: RunningContainer): void {
    if (this.spec.readinessProbe) this.#probe("Readiness", running);
    if (this.spec.livenessProbe) this.#probe("Liveness", running);
  }

  #probe(kind: ProbeKind, running: RunningContainer): void {
    const probe = {
      Startup: this.spec.startupProbe,
      Liveness: this.spec.livenessProbe,
      Readiness: this.spec.readinessProbe,
    }[kind];
    if (!probe) return;
    const { clock, network } = this.#world;
    const { namespace, name } = this.#home.pod().metadata;
    const request = async (body: unknown, timeoutMs: number) =>
      await network?.api.request(`pod/${namespace}/${name}`, body, { timeoutMs });
    const prober = new Prober({
      kind,
      probe,
      clock,
      ask: asked =>
        askProbe(asked, { container: this.spec, running, podIP: this.#home.podIP(), clock, request }),
      failed: (_, problem) => this.#tell("Warning", "Unhealthy", `${kind} probe failed: ${problem}`),
      concluded: (_, verdict) => {
        if (this.#running === running) this.#concluded(kind, verdict, running, prober);
      },
    });
    this.#probers = [...this.#probers, prober];
  }

  #concluded(kind: ProbeKind, verdict: boolean, running: RunningContainer, prober: Prober): void {
    if (kind === "Readiness") {
      this.status = { ...this.status, ready: verdict };
      this.#home.wake();
    } else if (!verdict) {
      const probe = kind === "Liveness" ? this.spec.livenessProbe : this.spec.startupProbe;
      this.#stop(
        this.#graceAfter(probe),
        `Container ${this.name} failed ${kind.toLowerCase()} probe, will be restarted`,
      );
    } else if (kind === "Startup") {
      prober.stop();
      this.status = { ...this.status, started: true, ready: !this.spec.readinessProbe };
      this.#probeOn(running);
      this.#home.wake();
    }
  }

  /** A thread whose event loop does not turn will not hear that it is to stop: it is not asked. */
  #graceAfter(probe: Probe | undefined): number {
    if (probe?.terminationGracePeriodSeconds !== undefined)
      return probe.terminationGracePeriodSeconds * 1_000;
    return probe?.exec?.command?.[0] === "event-loop" ? 0 : this.#graceMs();
  }

  #stopProbers(): void {
    for (const prober of this.#probers) prober.stop();
    this.#probers = noProbers;
  }

  #graceMs(): number {
    return (this.#home.pod().spec.terminationGracePeriodSeconds ?? 30) * 1_000;
  }

  #tell(type: "Normal" | "Warning", reason: string, message: string): void {
    const list = this.role === "main" ? "containers" : "initContainers";
    this.#world.tell(this.#home.pod(), type, reason, message, `spec.${list}{${this.name}}`);
  }
}

function firstStatus({ name, image = "" }: PodContainer, reason: string): ContainerStatus {
  return {
    name,
    state: { waiting: { reason } },
    lastState: {},
    ready: false,
    restartCount: 0,
    image,
    imageID: "",
    started: false,
  };
}

/** The status of a container that ran when the node went down: it is not known how it ended. */
function interrupted(before: ContainerStatus): ContainerStatus {
  const { running } = before.state ?? {};
  if (!running) return before;
  const terminated = {
    exitCode: 255,
    reason: "Unknown",
    startedAt: running.startedAt,
    containerID: before.containerID,
  };
  return { ...before, state: { terminated }, ready: false, started: false };
}

function neverPulled(image: string): ImageError {
  return new ImageError(
    "ErrImageNeverPull",
    `Container image "${image}" is not present with pull policy of Never`,
  );
}
