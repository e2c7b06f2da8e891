/**
 * What the main thread knows of a container that runs code, from its reports: whether it has started, what it uses, why it
 * ended. Threads and child processes differ in how they begin and how they end; what lies between is the same, and is here.
 */
import { type Clock, Deferred, type Timer } from "../../outside/index.ts";
import type { Code, Order, Report } from "../../worker/index.ts";
import { type ContainerStart, type Exit, StartFailure, type Usage } from "./runtime.ts";

/** What V8 needs to read and compile code, as a multiple of it: 2.5 for a table of numbers was seen. */
const roomForCode = 4;

export class ReportedState {
  readonly #clock: Clock;
  readonly #started = new Deferred<void>();
  readonly #exited = new Deferred<Exit>();
  #deadline: Timer | undefined;
  #isOver = false;
  #lastError: string | undefined;
  #usage: Usage = { cpuMs: 0, memoryBytes: undefined };

  constructor(clock: Clock) {
    this.#clock = clock;
    // Code that only waits for the end need not handle a rejection of this one.
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

  /** What arrives may come from foreign code: what is not a report is ignored. */
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
      case "usage":
        this.#usage = { cpuMs: Number(report.cpuMs), memoryBytes: Number(report.memoryBytes) };
    }
  }

  end(exit: Exit): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadline?.cancel();
    // A container that ended before it could say that it had started did start, and ended.
    this.#started.resolve();
    this.#exited.resolve(exit);
  }

  /** What it used when it was asked last; it is asked again, for the next time. */
  usage(order: (order: Order) => void): Usage {
    if (!this.#isOver) order({ type: "usage" });
    return this.#usage;
  }
}
