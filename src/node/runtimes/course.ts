/**
 * The course of a container that runs code, as the main thread sees it: from its reports follows whether it has started,
 * whether it is alive, what it uses, why it ended. Threads and child processes differ in how they begin and how they end;
 * what lies between is the same, and is here.
 */
import type { Clock, Timer } from "../../outside/index.ts";
import type { Code, Order, Report } from "../../worker/index.ts";
import { Deferred } from "./deferred.ts";
import { type ContainerStart, type Exit, StartFailure, type Usage } from "./runtime.ts";

/** What V8 needs to read and compile code, as a multiple of it: 2.5 for a table of numbers was seen. */
const roomForCode = 4;

export class Course {
  readonly #clock: Clock;
  readonly #started = new Deferred<void>();
  readonly #exited = new Deferred<Exit>();
  #deadline: Timer | undefined;
  #isOver = false;
  #lastError: string | undefined;
  #usage: Usage = { cpuMs: 0, memoryBytes: undefined };
  #pings = 0;
  readonly #pongs = new Map<number, (isAlive: boolean) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
    // Whoever only waits for the end need not listen to this one.
    this.#started.promise.catch(() => {});
  }

  get started(): Promise<void> {
    return this.#started.promise;
  }

  get exited(): Promise<Exit> {
    return this.#exited.promise;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** What was thrown last: the reason, if it ends now. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  /**
   * It has so long to load its module; after that it cannot be started, and `giveUp` is called. Where no function is named it
   * may be a program, which is being loaded as long as it runs: then it has started.
   */
  mustStartWithin(ms: number, { functionName }: ContainerStart, giveUp: () => void): void {
    this.#deadline = this.#clock.after(ms, () => {
      if (functionName === undefined) return this.#started.resolve();
      this.cannotStart("RunContainerError", `the module did not finish loading within ${ms / 1_000} s`);
      giveUp();
    });
  }

  cannotStart(reason: StartFailure["reason"], message: string, cause?: unknown): void {
    this.#deadline?.cancel();
    this.#started.reject(new StartFailure(reason, message, { cause }));
  }

  /**
   * Refuses code that would not fit: V8 may end not the thread but the whole program, if it has no room for one large thing. False
   * if so.
   * @param heapBytes of the container
   */
  fits({ size }: Code, heapBytes: number): boolean {
    if (size * roomForCode <= heapBytes) return true;
    const atMost = Math.floor(heapBytes / roomForCode);
    this.cannotStart(
      "CreateContainerError",
      `the image has ${size} bytes of code, and a container whose memory is limited to ${heapBytes} bytes can load ${atMost}: raise resources.limits.memory`,
    );
    return false;
  }

  /** Whatever arrives comes from foreign code, in the end: what is not a report is nothing. */
  hear(report: Report): void {
    switch (report?.type) {
      case "started":
        this.#deadline?.cancel();
        this.#started.resolve();
        return;
      case "unstartable":
        this.cannotStart("RunContainerError", String(report.message));
        return;
      case "error":
        this.#lastError = String(report.message);
        return;
      case "pong":
        this.#usage = { cpuMs: Number(report.cpuMs), memoryBytes: Number(report.memoryBytes) };
        this.#pongs.get(report.id)?.(true);
    }
  }

  end(exit: Exit): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadline?.cancel();
    for (const answer of [...this.#pongs.values()]) answer(false);
    // A container that ended before it could say that it had started did start, and ended.
    this.#started.resolve();
    this.#exited.resolve(exit);
  }

  /** Whether it answers in time. */
  responds(timeoutMs: number, order: (order: Order) => void): Promise<boolean> {
    if (this.#isOver) return Promise.resolve(false);
    const id = ++this.#pings;
    order({ type: "ping", id });
    return new Promise(resolve => {
      const timer = this.#clock.after(timeoutMs, () => this.#pongs.get(id)?.(false));
      this.#pongs.set(id, isAlive => {
        timer.cancel();
        this.#pongs.delete(id);
        resolve(isAlive);
      });
    });
  }

  /** What it used when it was asked last; it is asked again, for the next time. */
  usage(order: (order: Order) => void): Usage {
    if (!this.#isOver) order({ type: "ping", id: ++this.#pings });
    return this.#usage;
  }
}
