/**
 * The runtime that pretends: no thread, no code, no messages. A container runs as soon as it is started and until it is
 * stopped, and costs nothing meanwhile, so that thousands of them fit where one thread would. One that stands for a foreign program
 * and is to complete, as init containers and those of Jobs are, succeeds at once. What else happens is written on its pod, as data:
 *
 *     k4s.dev/hollow-start-after: 2s         it takes so long to start
 *     k4s.dev/hollow-start-failure: no such function   it does not start at all
 *     k4s.dev/hollow-exit-after: 5s:1        it ends by itself, with that exit code (0 where none is given)
 *     k4s.dev/hollow-unresponsive-after: 8s  from then on its event loop does not turn, and no probe succeeds
 *     k4s.dev/hollow-stop-after: 3s          it takes so long to stop; `never` has to be killed
 *     k4s.dev/hollow-cpu: 250m               it uses so much processor time, all the time
 *     k4s.dev/hollow-memory: 64Mi            and so much memory
 */
import { type Clock, Deferred, type Timer } from "../../outside/index.ts";
import { quantityFault, quantityToNumber } from "../../resources/index.ts";
import { endedSession, LocalSession, notRunning, type Session } from "../streams/index.ts";
import {
  type ContainerStart,
  type Exit,
  exitOf,
  killed,
  type RunningContainer,
  type Runtime,
  StartFailure,
  type Usage,
} from "./runtime.ts";

interface HollowOptions {
  readonly clock: Clock;
  readonly quiet?: boolean;
  readonly isLenient?: boolean;
}

export class HollowRuntime implements Runtime {
  readonly name = "hollow";
  readonly copies = false;
  readonly runsImages: boolean = false;
  readonly quiet: boolean;
  readonly #clock: Clock;
  readonly #running = new Set<HollowContainer>();

  readonly #gone = (ended: HollowContainer) => this.#running.delete(ended);
  readonly #isLenient: boolean;

  /**
   * @param quiet false: starts are told as events, as those of other runtimes are
   * @param isLenient true: it stands for foreign programs, whose probes and hooks succeed, and which complete where that is waited for
   */
  constructor({ clock, quiet = true, isLenient = false }: HollowOptions) {
    this.#clock = clock;
    this.quiet = quiet;
    this.#isLenient = isLenient;
  }

  warmUp(): void {}

  start(container: ContainerStart): RunningContainer {
    const running = new HollowContainer(container, this.#clock, this.#gone, this.#isLenient);
    this.#running.add(running);
    running.start();
    return running;
  }

  async close(): Promise<void> {
    for (const container of [...this.#running]) container.kill();
  }
}

const atOnce = Promise.resolve();
class HollowContainer implements RunningContainer {
  readonly id: string;
  readonly control = undefined;
  readonly hasPorts = false;
  readonly hasPrograms: boolean;
  readonly exited: Promise<Exit>;
  readonly #clock: Clock;
  readonly #script: HollowScript;
  readonly #gone: (container: HollowContainer) => void;
  readonly #since: number;
  #exit: (exit: Exit) => void = () => {};
  #starting: Deferred<void> | undefined;
  #timer: Timer | undefined;
  #ended = false;

  constructor(
    { self, annotations, isToComplete }: ContainerStart,
    clock: Clock,
    gone: (container: HollowContainer) => void,
    isLenient: boolean,
  ) {
    this.id = ["hollow:/", self.namespace, self.pod, self.container, self.restarts].join("/");
    this.#clock = clock;
    this.#script = scriptOf(annotations, isLenient && isToComplete);
    this.#gone = gone;
    this.hasPrograms = !isLenient;
    this.#since = clock.elapsed();
    this.exited = new Promise(resolve => {
      this.#exit = resolve;
    });
  }

  get started(): Promise<void> {
    return this.#starting?.promise ?? atOnce;
  }

  /** Without annotations it runs at once, and there is nothing to do. */
  start(): void {
    if (this.#script !== uneventful) this.#play(this.#script);
  }

  stop(): void {
    const { stopAfterMs } = this.#script;
    if (this.#ended || stopAfterMs === Number.POSITIVE_INFINITY) return;
    if (stopAfterMs === 0) this.#end(exitOf(0));
    else this.#later(stopAfterMs, () => this.#end(exitOf(0)));
  }

  kill(): void {
    this.#end(killed);
  }

  flush(): Promise<void> {
    return atOnce;
  }

  /** It can be asked whether its event loop turns; where it does not, no answer comes. */
  exec([name]: readonly string[]): Session {
    if (this.#ended) return notRunning();
    if (name !== "event-loop")
      return endedSession(126, `a hollow container runs no code, and so no "${name}"`);
    const session = new LocalSession();
    if (this.#turns()) session.finish({ exitCode: 0 });
    else void this.exited.then(() => session.close());
    return session;
  }

  input(): void {}

  async usage(): Promise<Usage> {
    const ageMs = this.#clock.elapsed() - this.#since;
    const { cpu, memoryBytes } = this.#script;
    return { ageMs, cpuMs: ageMs * cpu, memoryBytes, reported: undefined };
  }

  #turns(): boolean {
    return this.#clock.elapsed() - this.#since < this.#script.unresponsiveAfterMs;
  }

  #play({ startAfterMs, startFailure, exit }: HollowScript): void {
    const starting = new Deferred<void>();
    this.#starting = starting;
    starting.promise.catch(() => {});
    const begin = () => {
      if (startFailure !== undefined) {
        starting.reject(new StartFailure("RunContainerError", startFailure));
        this.#end(exitOf(128));
        return;
      }
      starting.resolve();
      if (exit) this.#later(exit.afterMs, () => this.#end(exitOf(exit.code)));
    };
    if (startAfterMs === 0) begin();
    else this.#later(startAfterMs, begin);
  }

  #later(ms: number, run: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(ms, run);
  }

  #end(exit: Exit): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.cancel();
    this.#starting?.resolve();
    this.#gone(this);
    this.#exit(exit);
  }
}

/** What is to happen to a hollow container. */
interface HollowScript {
  readonly startAfterMs: number;
  readonly startFailure: string | undefined;
  readonly exit: { readonly afterMs: number; readonly code: number } | undefined;
  readonly unresponsiveAfterMs: number;
  readonly stopAfterMs: number;
  /** Processors. */
  readonly cpu: number;
  readonly memoryBytes: number;
}

const uneventful: HollowScript = {
  startAfterMs: 0,
  startFailure: undefined,
  exit: undefined,
  unresponsiveAfterMs: Number.POSITIVE_INFINITY,
  stopAfterMs: 0,
  cpu: 0,
  memoryBytes: 0,
};

const prefix = "k4s.dev/hollow-";

const completing: HollowScript = { ...uneventful, exit: { afterMs: 0, code: 0 } };

/** Reads the annotations. A value that cannot be read is ignored. */
function scriptOf(annotations: Readonly<Record<string, string>>, isToComplete: boolean): HollowScript {
  let eventful = false;
  for (const name in annotations) if (name.startsWith(prefix)) eventful = true;
  const usual = isToComplete ? completing : uneventful;
  if (!eventful) return usual;
  const [exitAfter, code = "0"] = annotations[`${prefix}exit-after`]?.split(":") ?? [];
  const exitAfterMs = durationMs(exitAfter);
  return {
    startAfterMs: durationMs(annotations[`${prefix}start-after`]) ?? 0,
    startFailure: annotations[`${prefix}start-failure`],
    exit: exitAfterMs === undefined ? usual.exit : { afterMs: exitAfterMs, code: Number(code) || 0 },
    unresponsiveAfterMs: durationMs(annotations[`${prefix}unresponsive-after`]) ?? Number.POSITIVE_INFINITY,
    stopAfterMs: durationMs(annotations[`${prefix}stop-after`]) ?? 0,
    cpu: amountIn(annotations[`${prefix}cpu`]),
    memoryBytes: amountIn(annotations[`${prefix}memory`]),
  };
}

/** A quantity, 0 where it is none. */
function amountIn(text = ""): number {
  return quantityFault(text) === undefined ? Math.max(0, quantityToNumber(text)) : 0;
}

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** `500ms`, `5s`, `2m`, `1h`, `never`. */
function durationMs(text: string | undefined): number | undefined {
  if (text === "never") return Number.POSITIVE_INFINITY;
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text ?? "") ?? [];
  return unit === undefined ? undefined : Number(number) * units[unit as keyof typeof units];
}
