/**
 * One instance of a container, from its creation to its end: what a runtime has started, its line to the network, its log,
 * and how it is brought to stop. The next instance is another one; container-life.ts decides when there is one.
 */
import type { Attachment } from "../../network/index.ts";
import type { Timer } from "../../outside/index.ts";
import {
  type LifecycleHandler,
  type Pod,
  type PodContainer,
  quantityToNumber,
} from "../../resources/index.ts";
import type { Code, OutputPiece, Self } from "../../worker/index.ts";
import type { Exit, RunningContainer, Runtime, Usage } from "../runtimes/runtime.ts";
import { AttachedSession } from "../streams/attached-session.ts";
import { Log } from "../streams/log.ts";
import type { Session } from "../streams/session.ts";
import { type Answer, ask } from "./asking.ts";
import type { InstanceFacts } from "./container-status.ts";
import { environmentOf, expand } from "./environment.ts";
import type { NodeSurroundings } from "./surroundings.ts";

/** The pod that a container lives in. */
export interface Home {
  /** The pod as it is now. */
  pod(): Pod;
  podIP(): string;
  hostIP(): string;
  runtime(): Runtime | undefined;
  /** The status has changed, or the container can be started (again). */
  wake(): void;
}

export interface InstanceOptions {
  readonly spec: PodContainer;
  readonly code: Code;
  readonly runtime: Runtime;
  readonly restarts: number;
  readonly home: Home;
  readonly world: NodeSurroundings;
}

export class Instance {
  /** What it was started from; the container may be defined otherwise meanwhile. */
  readonly spec: PodContainer;
  readonly facts: InstanceFacts;
  readonly createdMs: number;
  readonly #home: Home;
  readonly #world: NodeSurroundings;
  readonly #running: RunningContainer;
  readonly #attachment: Attachment | undefined;
  readonly #attached = new Set<AttachedSession>();
  #log: Log | undefined;
  /** When it will be killed; undefined as long as it may run. */
  #stopBy: number | undefined;
  #killTimer: Timer | undefined;

  /** Throws a ConfigError where something that the spec names is not there. */
  constructor({ spec, code, runtime, restarts, home, world }: InstanceOptions) {
    const pod = home.pod();
    const { namespace = "default", name, uid, annotations = {} } = pod.metadata;
    const env = environment(home, spec, runtime, world);
    this.spec = spec;
    this.createdMs = world.clock.now();
    this.#home = home;
    this.#world = world;
    this.#running = runtime.start({
      code,
      functionName: spec.command?.[0],
      args: [...(spec.command ?? []).slice(1), ...(spec.args ?? [])].map(arg => expand(arg, env)),
      env,
      self: selfOf(pod, spec, restarts),
      memoryBytes: memoryLimitOf(spec),
      annotations,
      output: pieces => this.#print(pieces),
    });
    const imageID = code.digest === "" ? "" : `sha256:${code.digest}`;
    this.facts = { restartCount: restarts, imageID, containerID: this.#running.id };
    const { control } = this.#running;
    const { copies } = runtime;
    const identity = {
      namespace,
      pod: name,
      uid,
      container: spec.name,
      copies,
      memoryBytes: memoryLimitOf(spec),
    };
    if (control && world.network) this.#attachment = world.network.attach(identity, control);
    else control?.close();
  }

  /** Made when it is first needed: of fifty thousand containers that pretend, none prints. */
  get log(): Log {
    this.#log ??= new Log();
    return this.#log;
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

  /**
   * Asks it to stop, after its preStop hook; kills it when the time is up. Asked again, it has the shorter of the times.
   * @param hookFailed is told why, if the hook does
   */
  stop(graceMs: number, hookFailed: (problem: string) => void = () => {}): void {
    const { clock } = this.#world;
    const by = clock.now() + graceMs;
    if (this.#stopBy !== undefined && this.#stopBy <= by) return;
    const isFirst = this.#stopBy === undefined;
    this.#stopBy = by;
    this.#killTimer?.cancel();
    if (graceMs <= 0) {
      this.#running.kill();
      return;
    }
    this.#killTimer = clock.after(graceMs, () => this.#running.kill());
    if (isFirst) void this.#askToStop(by, hookFailed);
  }

  /** Runs a hook, or asks once for a probe. Never rejects. */
  ask(handler: LifecycleHandler, timeoutMs: number): Promise<Answer> {
    return ask(handler, timeoutMs, {
      container: this.spec,
      running: this.#running,
      podIP: this.#home.podIP(),
      clock: this.#world.clock,
    });
  }

  /** Resolves when what it has printed by now is in its log. */
  flush(): Promise<void> {
    return this.#running.flush();
  }

  /** Runs a command beside what runs. */
  exec(command: readonly string[]): Session {
    return this.#running.exec(command);
  }

  /** What it prints from now on. A reader that is too slow misses some of it: the container is not held back for that. */
  attach(): Session {
    const session = new AttachedSession(() => this.#attached.delete(session));
    this.#attached.add(session);
    return session;
  }

  usage(): Usage {
    return this.#running.usage();
  }

  /** It has ended: whoever waits for an answer from it hears why, and whoever reads its log comes to its end. */
  close(exit: Exit): void {
    this.#killTimer?.cancel();
    this.#attachment?.detach(exit);
    this.log.end();
    for (const session of [...this.#attached]) session.finish({ exitCode: exit.exitCode });
  }

  #print(pieces: readonly OutputPiece[]): void {
    this.log.add(pieces);
    for (const session of this.#attached) for (const piece of pieces) session.print(piece);
  }

  /** The time that the hook takes is a part of the grace period. */
  async #askToStop(by: number, hookFailed: (problem: string) => void): Promise<void> {
    const { clock } = this.#world;
    const preStop = this.spec.lifecycle?.preStop;
    if (preStop) {
      const answer = await this.ask(preStop, by - clock.now());
      if (!answer.ok) hookFailed(answer.problem);
    }
    this.#running.stop(Math.max(0, (this.#stopBy ?? by) - clock.now()));
  }
}

function environment(
  home: Home,
  spec: PodContainer,
  runtime: Runtime,
  { registry: { store } }: NodeSurroundings,
): Record<string, string> {
  const pod = home.pod();
  const node = store.get("Node", "", pod.spec.nodeName ?? "");
  return environmentOf(spec, {
    pod,
    podIP: home.podIP(),
    hostIP: home.hostIP(),
    allocatable: node?.status?.allocatable ?? {},
    lookup: (kind, name) => store.get(kind, pod.metadata.namespace ?? "", name),
    outside: runtime.runsImages ? process.env : {},
  });
}

function selfOf({ metadata, spec }: Pod, { name: container }: PodContainer, restarts: number): Self {
  const { name, namespace = "default", labels = {} } = metadata;
  return { name, namespace, node: spec.nodeName ?? "", labels, restarts, pod: name, container };
}

function memoryLimitOf({ resources }: PodContainer): number | undefined {
  const limit = resources?.limits?.memory;
  return limit === undefined ? undefined : quantityToNumber(limit);
}
