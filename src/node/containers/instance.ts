/**
 * One instance of a container, from its creation to its end: what a runtime has started, its port to the network, its probes,
 * its output, and how it is brought to stop. instance-creation.ts makes it; a restart makes another, and container-life.ts decides when.
 */
import type { Attachment } from "../../network/index.ts";
import type { Clock, Timer } from "../../outside/index.ts";
import type { LifecycleHandler, PodContainer, Probe } from "../../resources/index.ts";
import type { SessionOptions } from "../../worker/index.ts";
import type { Exit, RunningContainer, Usage } from "../runtimes/index.ts";
import type { ContainerOutput, Log, PodPorts, Session } from "../streams/index.ts";
import type { InstanceFacts } from "./container-status.ts";
import { runHook, runProbe } from "./handler.ts";
import type { HandlerResult, HandlerTarget } from "./handler-target.ts";
import type { OwningPod } from "./owning-pod.ts";
import { Probes, type Probing } from "./probes.ts";
import { terminationMessage } from "./termination-message.ts";

export interface InstanceParts {
  readonly command: string;
  readonly spec: PodContainer;
  readonly pod: OwningPod;
  readonly facts: InstanceFacts;
  readonly clock: Clock;
  readonly ports: PodPorts;
  readonly running: RunningContainer;
  readonly attachment: Attachment | undefined;
  readonly output: ContainerOutput;
  readonly terminationLog: string | undefined;
  readonly withoutEffect: readonly string[];
  readonly release: () => void;
}

/** However long a preStop hook takes, this much time is left to stop in, as a kubelet leaves it. */
const leastGraceMs = 2_000;
/** An instance that is not older has just been started. */
const youngMs = 3_000;

export class Instance {
  /** What it was started from; the container may be defined otherwise meanwhile. */
  readonly spec: PodContainer;
  readonly facts: InstanceFacts;
  /** What it runs, as a list of processes shows it. */
  readonly command: string;
  /** Variables of its environment that change nothing (process-variables.ts). */
  readonly withoutEffect: readonly string[];
  /** In milliseconds since 1970. */
  readonly createdMs: number;
  readonly #pod: OwningPod;
  readonly #clock: Clock;
  readonly #ports: PodPorts;
  readonly #running: RunningContainer;
  readonly #attachment: Attachment | undefined;
  readonly #output: ContainerOutput;
  readonly #terminationLog: string | undefined;
  readonly #release: () => void;
  #probes: Probes | undefined;
  /** When it will be killed; undefined as long as it may run. */
  readonly #begun: number;
  #stopBy: number | undefined;
  #killTimer: Timer | undefined;

  constructor(parts: InstanceParts) {
    const { spec, pod, facts, clock, ports, running, attachment, output, terminationLog, release } = parts;
    this.#terminationLog = terminationLog;
    this.command = parts.command;
    this.withoutEffect = parts.withoutEffect;
    this.#release = release;
    this.spec = spec;
    this.facts = facts;
    this.createdMs = clock.now();
    this.#begun = clock.elapsed();
    this.#pod = pod;
    this.#clock = clock;
    this.#ports = ports;
    this.#running = running;
    this.#attachment = attachment;
    this.#output = output;
  }

  get log(): Log {
    return this.#output.log;
  }

  /** Resolves when it runs; rejects with a StartFailure. */
  get started(): Promise<void> {
    return this.#running.started;
  }

  /** Resolves when it has ended and nothing is left of it. */
  get exited(): Promise<Exit> {
    return this.#running.exited;
  }

  get ageMs(): number {
    return this.#clock.elapsed() - this.#begun;
  }

  get isStopping(): boolean {
    return this.#stopBy !== undefined;
  }

  /** Asks the probes that the container has, until it is to stop. */
  probe(spec: PodContainer, told: Omit<Probing, "clock" | "ask">): void {
    if (this.isStopping || !(spec.startupProbe || spec.livenessProbe || spec.readinessProbe)) return;
    this.#probes = new Probes(spec, {
      clock: this.#clock,
      ask: probe => this.#ask(probe),
      ...told,
    });
    this.#probes.start();
  }

  /**
   * Asks it to stop, after its preStop hook; kills it when the time is up. Asked again, it has the shorter of the times.
   * @param hookFailed is told if the hook does
   */
  stop(graceMs: number, hookFailed: () => void = () => {}): void {
    this.#probes?.stop();
    const by = this.#clock.elapsed() + graceMs;
    if (this.#stopBy !== undefined && this.#stopBy <= by) return;
    const isFirst = this.#stopBy === undefined;
    this.#stopBy = by;
    this.#killTimer?.cancel();
    if (graceMs <= 0) {
      this.#running.kill();
      return;
    }
    const preStop = this.spec.lifecycle?.preStop;
    if (isFirst && preStop) void this.#stopAfterHook(preStop, by, hookFailed);
    else {
      this.#killIn(graceMs);
      if (isFirst) this.#running.stop(graceMs);
    }
  }

  /** Runs a hook once. Never rejects. */
  runHook(hook: LifecycleHandler, timeoutMs: number): Promise<HandlerResult> {
    return runHook(hook, timeoutMs, this.#target(), this.#pod.pod());
  }

  #ask(probe: Probe): Promise<HandlerResult> {
    return runProbe(probe, (probe.timeoutSeconds ?? 1) * 1_000, this.#target());
  }

  #target(): HandlerTarget {
    const podIP = this.#pod.podIP();
    return { container: this.spec, running: this.#running, podIP, ports: this.#ports, clock: this.#clock };
  }

  /** Resolves when what it has printed by now is in its log. */
  flush(): Promise<void> {
    return this.#running.flush();
  }

  /** Runs a command beside what runs. */
  exec(command: readonly string[], options?: SessionOptions): Session {
    return this.#running.exec(command, options);
  }

  /** What it prints from now on, and its stdin, if it has one; with `stdinOnce` that ends with the session. */
  attach(): Session {
    return this.#output.attach(bytes => {
      if (bytes !== undefined || this.spec.stdinOnce) this.#running.input(bytes);
    }, this.ageMs < youngMs);
  }

  /** With the id of what runs: each instance begins anew. */
  async usage(): Promise<Usage & { readonly id: string }> {
    return { id: this.#running.id, ...(await this.#running.usage()) };
  }

  /**
   * What it has left to be said of its end, as Kubernetes has it: in a file, or at the end of its log. Resolves to how it has
   * ended.
   */
  ending(): Promise<Exit> {
    return this.#terminationLog === undefined ? this.exited : this.#endingWithMessage(this.#terminationLog);
  }

  async #endingWithMessage(terminationLog: string): Promise<Exit> {
    const exit = await this.exited;
    const message = await terminationMessage(terminationLog, this.spec, exit, this.#output.log);
    return message === "" ? exit : { ...exit, message };
  }

  /** It has ended: requests to it fail with its exit, and readers of its log come to their end. */
  close(exit: Exit): void {
    this.#probes?.stop();
    this.#killTimer?.cancel();
    this.#attachment?.detach(exit);
    this.#output.end(exit.exitCode);
    this.#release();
  }

  /** The time that the hook takes is a part of the grace period, but a moment is always left to stop in. */
  async #stopAfterHook(preStop: LifecycleHandler, by: number, hookFailed: () => void): Promise<void> {
    this.#killIn(by - this.#clock.elapsed() + leastGraceMs);
    const result = await this.runHook(preStop, by - this.#clock.elapsed());
    if (!result.ok) hookFailed();
    const graceMs = Math.max(leastGraceMs, (this.#stopBy ?? by) - this.#clock.elapsed());
    this.#killIn(graceMs);
    this.#running.stop(graceMs);
  }

  #killIn(graceMs: number): void {
    this.#killTimer?.cancel();
    this.#killTimer = this.#clock.after(graceMs, () => this.#running.kill());
  }
}
