/**
 * One instance of a container, from its creation to its end: what a runtime has started, its port to the network, its probes,
 * its output, and how it is brought to stop. A restart makes another instance; container-life.ts decides when.
 */
import type { Attachment } from "../../network/index.ts";
import type { Clock, Timer } from "../../outside/index.ts";
import {
  type LifecycleHandler,
  type Pod,
  type PodContainer,
  quantityToNumber,
} from "../../resources/index.ts";
import type { Code, Self, SessionOptions, User } from "../../worker/index.ts";
import type { Exit, RunningContainer, Runtime, Usage } from "../runtimes/index.ts";
import { ContainerOutput, type Log, type PodPorts, type Session } from "../streams/index.ts";
import type { InstanceFacts } from "./container-status.ts";
import type { ContainerDependencies } from "./dependencies.ts";
import { isToComplete } from "./ending-rules.ts";
import { environmentOf, expand } from "./environment.ts";
import { type HandlerResult, runHandler } from "./handler.ts";
import type { ContainerRole, OwningPod } from "./owning-pod.ts";
import { Probes, type Probing } from "./probes.ts";
import { withoutEffect } from "./process-variables.ts";
import { serviceVariables } from "./service-variables.ts";
import { terminationMessage } from "./termination-message.ts";
import { whatToRun } from "./what-to-run.ts";

export interface InstanceOptions {
  readonly spec: PodContainer;
  readonly code: Code;
  readonly runtime: Runtime;
  readonly role: ContainerRole;
  readonly restarts: number;
  readonly pod: OwningPod;
  readonly dependencies: ContainerDependencies;
}

interface InstanceParts extends Pick<InstanceOptions, "spec" | "pod"> {
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

/**
 * Starts an instance, and attaches it to the network. Throws a ConfigError, and has started nothing, where the spec names an
 * object that does not exist.
 */
export function createInstance(options: InstanceOptions): Instance {
  const { spec, code, runtime, role, restarts, pod, dependencies } = options;
  const { metadata } = pod.pod();
  const { namespace = "default", name, uid, annotations = {} } = metadata;
  const own = environment(options);
  const volumes = pod.volumesOf(spec, text => expand(text, own), code.config ? "its own" : "the machine's");
  const env = { ...volumes.env, ...own };
  const memoryBytes = memoryLimitOf(spec);
  const output = new ContainerOutput();
  const what = whatToRun(spec, code);
  const command = what.command?.map(word => expand(word, env));
  const running = runtime.start({
    code,
    functionName: what.command ? undefined : what.functionName,
    args: what.command ? [] : what.args.map(arg => expand(arg, env)),
    main: command && { command, tty: spec.tty === true },
    sockets: { prefix: dependencies.ports.prefix, podIP: pod.podIP() },
    mounts: volumes.mounts,
    workingDir: spec.workingDir,
    user: code.config && userOf(pod.pod(), spec),
    env,
    self: selfOf(pod.pod(), spec, restarts),
    stdin: spec.stdin === true,
    memoryBytes,
    isToComplete: isToComplete(role, pod.pod()),
    annotations,
    output: pieces => output.add(pieces),
  });
  const { copies } = runtime;
  const account = pod.pod().spec.serviceAccountName ?? "default";
  const identity = { namespace, pod: name, uid, account, container: spec.name, copies, memoryBytes };
  const { network, clock } = dependencies;
  const { id: containerID, control } = running;
  const attachment = control && network?.attach(identity, control);
  if (!network) control?.close();
  const digest = code.digest && `sha256:${code.digest}`;
  const imageID = code.config ? `${code.config.source}@${digest}` : digest;
  const facts = { restartCount: restarts, imageID, containerID };
  const { ports } = dependencies;
  const terminationLog = command && volumes.terminationLog;
  const { release } = volumes;
  return new Instance({
    spec,
    pod,
    facts,
    clock,
    ports,
    running,
    attachment,
    output,
    terminationLog,
    withoutEffect: runtime.runsImages && !copies ? withoutEffect(own, process.env) : [],
    release,
  });
}

/** An instance that is not older has just been started. */
const youngMs = 3_000;

export class Instance {
  /** What it was started from; the container may be defined otherwise meanwhile. */
  readonly spec: PodContainer;
  readonly facts: InstanceFacts;
  /** Variables of its environment that change nothing (process-variables.ts). */
  readonly withoutEffect: readonly string[];
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
  #stopBy: number | undefined;
  #killTimer: Timer | undefined;

  constructor(parts: InstanceParts) {
    const { spec, pod, facts, clock, ports, running, attachment, output, terminationLog, release } = parts;
    this.#terminationLog = terminationLog;
    this.withoutEffect = parts.withoutEffect;
    this.#release = release;
    this.spec = spec;
    this.facts = facts;
    this.createdMs = clock.now();
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

  get isStopping(): boolean {
    return this.#stopBy !== undefined;
  }

  /** Asks the probes that the container has, until it is to stop. */
  probe(spec: PodContainer, told: Pick<Probing, "failed" | "concluded">): void {
    if (this.isStopping || !(spec.startupProbe || spec.livenessProbe || spec.readinessProbe)) return;
    this.#probes = new Probes(spec, {
      clock: this.#clock,
      ask: probe => this.run(probe, (probe.timeoutSeconds ?? 1) * 1_000),
      ...told,
    });
    this.#probes.start();
  }

  /**
   * Asks it to stop, after its preStop hook; kills it when the time is up. Asked again, it has the shorter of the times.
   * @param hookFailed is told why, if the hook does
   */
  stop(graceMs: number, hookFailed: (problem: string) => void = () => {}): void {
    this.#probes?.stop();
    const by = this.#clock.now() + graceMs;
    if (this.#stopBy !== undefined && this.#stopBy <= by) return;
    const isFirst = this.#stopBy === undefined;
    this.#stopBy = by;
    this.#killTimer?.cancel();
    if (graceMs <= 0) {
      this.#running.kill();
      return;
    }
    this.#killTimer = this.#clock.after(graceMs, () => this.#running.kill());
    if (isFirst) void this.#askToStop(by, hookFailed);
  }

  /** Runs the handler of a hook, or of a probe once. Never rejects. */
  run(handler: LifecycleHandler, timeoutMs: number): Promise<HandlerResult> {
    return runHandler(handler, timeoutMs, {
      container: this.spec,
      running: this.#running,
      podIP: this.#pod.podIP(),
      ports: this.#ports,
      clock: this.#clock,
    });
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
    return this.#output.attach(
      bytes => {
        if (bytes !== undefined || this.spec.stdinOnce) this.#running.input(bytes);
      },
      this.#clock.now() - this.createdMs < youngMs,
    );
  }

  /** With the id of what runs: each instance begins anew. */
  async usage(): Promise<Usage & { readonly id: string }> {
    return { id: this.#running.id, ...(await this.#running.usage()) };
  }

  /**
   * What it has left to be said of its end, as Kubernetes has it: in a file, or at the end of its log. Resolves to how it has
   * ended.
   */
  async ending(): Promise<Exit> {
    const exit = await this.exited;
    if (this.#terminationLog === undefined) return exit;
    const message = await terminationMessage(this.#terminationLog, this.spec, exit, this.#output.log);
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

  /** The time that the hook takes is a part of the grace period. */
  async #askToStop(by: number, hookFailed: (problem: string) => void): Promise<void> {
    const preStop = this.spec.lifecycle?.preStop;
    if (preStop) {
      const result = await this.run(preStop, by - this.#clock.now());
      if (!result.ok) hookFailed(result.problem);
    }
    this.#running.stop(Math.max(0, (this.#stopBy ?? by) - this.#clock.now()));
  }
}

function environment({ spec, code, runtime, pod, dependencies }: InstanceOptions): Record<string, string> {
  const { store } = dependencies.registry;
  const { metadata, spec: podSpec } = pod.pod();
  const own = environmentOf(spec, {
    pod: pod.pod(),
    podIP: pod.podIP(),
    hostIP: pod.hostIP(),
    allocatable: store.get("Node", "", podSpec.nodeName ?? "")?.status?.allocatable ?? {},
    lookup: (kind, name) => store.get(kind, metadata.namespace ?? "", name),
    services: runtime.runsImages ? serviceVariables(pod.pod(), store, routes(code)) : {},
    outside: outsideOf(code, runtime),
  });
  return { ...code.config?.env, ...own };
}

/** Whether its programs are those of a shell, which know cluster IPs; what node runs connects by itself. */
function routes({ config }: Code): boolean {
  return config !== undefined && config.name !== "node";
}

/** An image of the catalogue says itself where programs are, and its home is not that of the machine's user. */
function outsideOf({ config }: Code, { runsImages }: Runtime): Readonly<Record<string, string | undefined>> {
  if (!runsImages) return {};
  // What Node itself cannot do without on Windows.
  return config ? { SystemRoot: process.env.SystemRoot } : process.env;
}

/** Without files of the machine, nothing else says as whom it is. */
function userOf({ spec }: Pod, { securityContext = {} }: PodContainer): User {
  const { runAsUser = 0, runAsGroup = 0, fsGroup, supplementalGroups = [] } = spec.securityContext ?? {};
  const groups = [...(fsGroup === undefined ? [] : [fsGroup]), ...supplementalGroups];
  return {
    uid: securityContext.runAsUser ?? runAsUser,
    gid: securityContext.runAsGroup ?? runAsGroup,
    groups: [...new Set(groups)],
  };
}

function selfOf({ metadata, spec }: Pod, { name: container }: PodContainer, restarts: number): Self {
  const { name, namespace = "default", labels = {} } = metadata;
  return { name, namespace, node: spec.nodeName ?? "", labels, restarts, pod: name, container };
}

function memoryLimitOf({ resources }: PodContainer): number | undefined {
  const limit = resources?.limits?.memory;
  return limit === undefined ? undefined : quantityToNumber(limit);
}
