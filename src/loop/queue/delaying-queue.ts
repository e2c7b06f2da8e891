/**
 * The queue of a loop, with what waits for the clock (client-go's `DelayingQueue`, which has `addAfter` alone).
 *
 * - `addAfter` adds an item later. A change of the object may bring its key into the queue sooner.
 * - `hold` keeps a key back: until the time has come it is not handed out, and whatever is added meanwhile is one run.
 */
import type { Clock, Timer } from "../../outside/index.ts";
import type { WorkItem } from "./work-item.ts";
import type { Queued, WorkQueue } from "./work-queue.ts";

interface Held {
  readonly timer: Timer;
  readonly letsPersonsPass: boolean;
  /** What was added meanwhile: the newest of it. */
  item: WorkItem | undefined;
}

export class DelayingQueue {
  readonly #queue: WorkQueue<WorkItem>;
  readonly #clock: Pick<Clock, "after">;
  readonly #onAdded: () => void;
  /** The keys that are in the queue, or come into it when their run is over. */
  readonly #waiting = new Set<string>();
  readonly #later = new Map<string, Timer>();
  readonly #held = new Map<string, Held>();
  #isStopped = false;

  /** `onAdded` is called after each item that comes into the queue, now or later. */
  constructor(queue: WorkQueue<WorkItem>, clock: Pick<Clock, "after">, onAdded: () => void) {
    this.#queue = queue;
    this.#clock = clock;
    this.#onAdded = onAdded;
  }

  /** How many keys wait to be handed out, those not counted that wait for the clock. */
  get length(): number {
    return this.#queue.length;
  }

  /** Whether a run of the key is to come, the clock left out. */
  isWaiting(key: string): boolean {
    return this.#waiting.has(key);
  }

  add(key: string, item: WorkItem): void {
    if (this.#isStopped) return;
    this.#waiting.add(key);
    this.#queue.add(key, item);
    this.#onAdded();
  }

  /** Adds an item in `ms`, in the place of one that was to be added later. Not if the key is handed out before. */
  addAfter(key: string, item: WorkItem, ms: number): void {
    if (this.#isStopped) return;
    this.#later.get(key)?.cancel();
    const timer = this.#clock.after(ms, () => {
      this.#later.delete(key);
      this.add(key, item);
    });
    this.#later.set(key, timer);
  }

  /** Keeps the key back for `ms`; with `letsPersonsPass` not from what a person caused. */
  hold(key: string, ms: number, letsPersonsPass = false): void {
    if (this.#isStopped) return;
    const before = this.#held.get(key);
    before?.timer.cancel();
    const timer = this.#clock.after(ms, () => {
      const item = this.#held.get(key)?.item;
      this.#held.delete(key);
      if (item) this.add(key, item);
    });
    this.#held.set(key, { timer, letsPersonsPass, item: before?.item });
  }

  /** Hands out the key whose turn it is and that is not held back, and marks it as running. */
  take(): Queued<WorkItem> | undefined {
    for (let next = this.#queue.take(); next; next = this.#queue.take()) {
      this.#waiting.delete(next.key);
      if (!this.#isKeptBack(next)) {
        this.#later.get(next.key)?.cancel();
        this.#later.delete(next.key);
        return next;
      }
      this.#queue.done(next.key);
    }
    return undefined;
  }

  /** The run of the key is over. */
  done(key: string): void {
    this.#queue.done(key);
  }

  /** Nothing is added any more. */
  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#later.values()) timer.cancel();
    for (const { timer } of this.#held.values()) timer.cancel();
    this.#later.clear();
    this.#held.clear();
  }

  /** Whether the key is held back; then its item comes when the time has come. */
  #isKeptBack({ key, item }: Queued<WorkItem>): boolean {
    const held = this.#held.get(key);
    if (!held) return false;
    if (item.isPersonal && held.letsPersonsPass) {
      held.timer.cancel();
      this.#held.delete(key);
      return false;
    }
    held.item = item;
    return true;
  }
}
