/**
 * The workers of a loop (as in client-go, where N goroutines call `processNextItem`): they take item after item from the queue,
 * so many at once, and so many in a turn of the event loop, and can be paused, stepped through and stopped.
 */
import { type Clock, Deferred } from "../outside/index.ts";
import type { Queued, WorkItem } from "./queue/index.ts";

/** How many keys are worked off in one turn, before messages and timers get theirs. */
const keysPerTurn = 100;
/** For how long a loop that stops waits for its runs, in milliseconds: one may never end. */
const longestStopMs = 1_000;

/** Where the items come from. */
interface Source {
  readonly length: number;
  take(): Queued<WorkItem> | undefined;
}

export class Workers {
  readonly #source: Source;
  readonly #process: (next: Queued<WorkItem>) => Promise<void>;
  readonly #concurrency: number;
  readonly #clock: Pick<Clock, "soon" | "after">;
  #state: "idle" | "running" | "paused" | "stopped" = "idle";
  /** True from the moment a turn is to come until it comes. */
  #isAwake = false;
  /** How many keys may still be taken in this turn. */
  #left = 0;
  readonly #stopped = new Deferred<void>();
  /** The workers that are at work: each ends with its turn. */
  readonly #inFlight = new Set<Promise<void>>();

  /** `process` handles what was taken; it must not reject. */
  constructor(
    source: Source,
    process: (next: Queued<WorkItem>) => Promise<void>,
    concurrency: number,
    clock: Pick<Clock, "soon" | "after">,
  ) {
    this.#source = source;
    this.#process = process;
    this.#concurrency = concurrency;
    this.#clock = clock;
  }

  get isRunning(): boolean {
    return this.#state === "running";
  }

  /** False where they were started before: then nothing is to be done. */
  start(): boolean {
    if (this.#state !== "idle") return false;
    this.#state = "running";
    return true;
  }

  /** Takes on nothing new, and resolves when what is in flight has ended, or will not within a second. */
  async stop(): Promise<void> {
    this.#state = "stopped";
    this.#stopped.resolve();
    if (this.#inFlight.size === 0) return;
    await new Promise<void>(resolve => {
      const waitedEnough = this.#clock.after(longestStopMs, resolve);
      void Promise.all(this.#inFlight).then(() => {
        waitedEnough.cancel();
        resolve();
      });
    });
  }

  /** Takes on nothing new until `resume`. Resolves when what is in flight has ended, or when the loop is to stop. */
  async pause(): Promise<void> {
    if (this.#state === "running") this.#state = "paused";
    await Promise.race([Promise.all(this.#inFlight), this.#stopped.promise]);
  }

  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    this.wake();
  }

  /** While paused: processes the next item, and resolves to it; to undefined where none waits. */
  async step(): Promise<WorkItem | undefined> {
    if (this.#state !== "paused") return undefined;
    const next = this.#source.take();
    if (next) await Promise.race([this.#tracked(this.#process(next)), this.#stopped.promise]);
    return next?.item;
  }

  /** Goes to work in the next turn, unless that is to come already, or as many keys are in flight as may be. */
  wake(): void {
    if (this.#isAwake || this.#state !== "running" || this.#inFlight.size >= this.#concurrency) return;
    this.#isAwake = true;
    this.#clock.soon(() => {
      this.#isAwake = false;
      // What is added from now on waits a turn: others may be about to do something there.
      this.#left = Math.min(this.#source.length, keysPerTurn);
      while (this.#inFlight.size < this.#concurrency && this.#left > 0 && this.#source.length > 0)
        void this.#tracked(this.#work());
    });
  }

  /** Takes key after key while there are some for this turn. */
  async #work(): Promise<void> {
    while (this.#left > 0 && this.#state === "running") {
      this.#left--;
      const next = this.#source.take();
      if (!next) break;
      await this.#process(next);
    }
  }

  async #tracked(work: Promise<void>): Promise<void> {
    this.#inFlight.add(work);
    await work;
    this.#inFlight.delete(work);
    if (this.#source.length > 0) this.wake();
  }
}
