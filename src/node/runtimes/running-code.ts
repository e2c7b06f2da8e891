/**
 * A container that runs code, as the main thread sees it: it is given orders, and from its reports follows whether it has
 * started, what it uses, why it ended. Threads (running-thread.ts) and child processes (running-process.ts) differ in how they
 * begin and how they end; what lies between is the same, and is here.
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Port } from "../../messages/index.ts";
import { type Clock, Deferred, type Random, type Timer } from "../../outside/index.ts";
import {
  type MainCommand,
  type Order,
  ownCommands,
  type Report,
  type Series,
  type SessionOptions,
} from "../../worker/index.ts";
import { optionsOfTsx } from "../images/index.ts";
import { notRunning, type Session } from "../streams/index.ts";
import { InputLine } from "./input-line.ts";
import { PortSession } from "./port-session.ts";
import {
  type ContainerStart,
  type Exit,
  killed,
  type RunningContainer,
  StartFailure,
  type Usage,
} from "./runtime.ts";
import { seriesIn } from "./series-in.ts";
import { bootstrapFile } from "./starting/index.ts";
import { numberIn, textIn } from "./told-values.ts";

/** How long an answer to the question for its usage is waited for, in milliseconds. */
const answerMs = 250;
/** What V8 needs to read and compile code, as a multiple of it: 2.5 for a table of numbers was seen. */
const roomForCode = 4;

export interface RunningCodeOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How long a module may take to load, in milliseconds. */
  readonly startDeadlineMs: number;
  /** Called with what a worker function has reported, each time that it is heard. */
  readonly onReport: (series: readonly Series[]) => void;
}

export abstract class RunningCode implements RunningContainer {
  readonly hasPorts = true;
  readonly hasPrograms = true;
  readonly id: string;
  readonly control: Port;
  protected readonly container: ContainerStart;
  /** What was thrown last: the reason, if it ends now. */
  protected lastError: string | undefined;
  protected isKilled = false;
  protected isOver = false;
  readonly #clock: Clock;
  readonly #startDeadlineMs: number;
  readonly #onReport: RunningCodeOptions["onReport"];
  readonly #started = new Deferred<void>();
  readonly #exited = new Deferred<Exit>();
  /** The container's end of its control port, which goes with the first order. */
  readonly #controlOfContainer: MessagePort;
  readonly #input: InputLine | undefined;
  /** For orders and reports; there is none as long as there is no thread or process. */
  #port: Port | undefined;
  #deadline: Timer | undefined;
  #main: MainCommand | undefined;
  /** What child processes of it begin with. */
  #innerFile = "";
  readonly #startedAt: number;
  #usage: Omit<Usage, "ageMs"> = { cpuMs: 0, memoryBytes: undefined, reported: undefined };
  /** Settled with the next report of its usage. */
  #usageTold: Deferred<void> | undefined;

  constructor(
    runtime: string,
    container: ContainerStart,
    { clock, random, startDeadlineMs, onReport }: RunningCodeOptions,
  ) {
    this.id = `${runtime}://${random.uuid().replaceAll("-", "")}`;
    this.container = container;
    this.#input = container.stdin ? new InputLine() : undefined;
    this.#clock = clock;
    this.#startedAt = clock.now();
    this.#startDeadlineMs = startDeadlineMs;
    this.#onReport = onReport;
    const { port1, port2 } = new MessageChannel();
    this.control = port1 as Port;
    this.#controlOfContainer = port2;
    // Code that only waits for the end need not handle a rejection of this one.
    this.#started.promise.catch(() => {});
  }

  /** Gets a thread or process, and has it run the code; or refuses code that would not fit. */
  start(): void {
    const { code } = this.container;
    // An image of the catalogue has no code of its own: its size is what people expect to read.
    const size = code.config ? 0 : code.size;
    const atMost = Math.floor(this.heapBytes / roomForCode);
    // V8 may end not the thread but the whole program, if it has no room for one large thing.
    if (size <= atMost) this.#begin();
    else {
      const problem = `the image has ${size} bytes of code, and a container whose memory is limited to ${this.heapBytes} bytes can load ${atMost}`;
      this.cannotStart("CreateContainerError", `${problem}: raise resources.limits.memory`);
      this.kill();
    }
  }

  #begin(): void {
    const { main } = this.container;
    const commands = main && bootstrapFile("commands");
    Promise.all([bootstrapFile("inner"), commands]).then(
      ([innerFile, file]) => {
        this.#innerFile = innerFile;
        if (main && file !== undefined) this.#main = { ...main, file };
        if (!this.isOver) this.begin();
      },
      (cause: Error) => {
        this.cannotStart("CreateContainerError", cause.message, cause);
        this.kill();
      },
    );
  }

  get started(): Promise<void> {
    return this.#started.promise;
  }

  get exited(): Promise<Exit> {
    return this.#exited.promise;
  }

  stop(graceMs: number): void {
    if (this.#port) this.#order({ type: "stop", graceMs });
    else this.kill();
  }

  kill(): void {
    if (this.isOver) return;
    this.isKilled = true;
    if (!this.terminate()) this.end(killed);
  }

  abstract flush(): Promise<void>;

  exec(command: readonly string[], options: SessionOptions = {}): Session {
    if (!this.#port || this.isOver) return notRunning();
    const session = new PortSession();
    const open = (commands: string) =>
      session.open(command, options, commands, (order, transfer) => this.#order(order, transfer));
    if (ownCommands.has(command[0] ?? "")) open("");
    else {
      bootstrapFile("commands").then(open, (cause: Error) =>
        session.finish({ exitCode: 126, message: cause.message }),
      );
    }
    return session;
  }

  input(bytes: Uint8Array | undefined): void {
    this.#input?.write(bytes);
  }

  async usage(): Promise<Usage> {
    if (this.#port && !this.isOver) {
      this.#usageTold ??= this.#askForUsage();
      await this.#usageTold.promise;
    }
    return { ageMs: this.#clock.now() - this.#startedAt, ...this.#usage };
  }

  #askForUsage(): Deferred<void> {
    const told = new Deferred<void>();
    const timer = this.#clock.after(answerMs, () => this.#usageIsTold());
    void told.promise.then(() => timer.cancel());
    this.#order({ type: "usage" });
    return told;
  }

  #usageIsTold(): void {
    this.#usageTold?.resolve();
    this.#usageTold = undefined;
  }

  /** How much of its memory there is for what lives on, in bytes. */
  protected abstract get heapBytes(): number;

  /** Gets a thread or process, and gives `run` the port to it. */
  protected abstract begin(): void;

  /** Kills the thread or process, whose end is then told to `end`. False where there is none. */
  protected abstract terminate(): boolean;

  /** @param printed where it writes what it prints, if there is a place for that in shared memory */
  protected run(port: Port, printed: SharedArrayBuffer | undefined): void {
    const { code, functionName, args, sockets, mounts, workingDir, user, env, self } = this.container;
    const execArgv = code.loader === "node" ? [] : optionsOfTsx();
    const main = this.#main;
    const innerFile = this.#innerFile;
    const where = { sockets, mounts, workingDir, user };
    const assignment = { code, execArgv, functionName, args, main, innerFile, ...where, env, self, printed };
    const control = this.#controlOfContainer;
    const input = this.#input?.portOfContainer;
    this.#input?.open();
    this.#port = port;
    port.on("message", report => this.hear(report as Report));
    const order = {
      type: "start",
      assignment,
      control: control as Port,
      input: input as Port | undefined,
    } as const;
    this.#order(order, input ? [control, input] : [control]);
  }

  /**
   * From now on it has so long to load its module; after that it cannot be started. Where no function is named it may be a
   * program, which is being loaded as long as it runs: then it has started.
   */
  protected mustStartInTime(): void {
    const ms = this.#startDeadlineMs;
    this.#deadline = this.#clock.after(ms, () => {
      if (this.container.functionName === undefined) return this.#started.resolve();
      this.cannotStart("RunContainerError", `the module did not finish loading within ${ms / 1_000} s`);
      this.kill();
    });
  }

  protected cannotStart(reason: StartFailure["reason"], message: string, cause?: unknown): void {
    this.#deadline?.cancel();
    this.#started.reject(new StartFailure(reason, message, { cause }));
  }

  /** What arrives may come from foreign code: what is not a report is ignored. */
  protected hear(report: Report): void {
    switch (report?.type) {
      case "started":
        this.#deadline?.cancel();
        this.#started.resolve();
        return;
      case "unstartable":
        this.cannotStart("RunContainerError", textIn(report.message));
        return;
      case "inner":
        this.container.onInner?.();
        return;
      case "error":
        this.lastError = textIn(report.message);
        return;
      case "usage": {
        const series = seriesIn(report.series);
        this.#usage = {
          cpuMs: numberIn(report.cpuMs) || 0,
          memoryBytes: numberIn(report.memoryBytes) || 0,
          reported: { at: this.#clock.now(), series },
        };
        this.#onReport(series);
        this.#usageIsTold();
      }
    }
  }

  protected end(exit: Exit): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#input?.close();
    this.#deadline?.cancel();
    this.#usageIsTold();
    // A container that ended before it could say that it had started did start, and ended.
    this.#started.resolve();
    this.#exited.resolve(exit);
  }

  #order(order: Order, transfer: readonly MessagePort[] = []): void {
    if (!this.isOver) this.#port?.postMessage(order, transfer);
  }
}
