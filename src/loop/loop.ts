/**
 * The loop that all controllers share. A change in the store puts the keys it concerns into the controller's queue; the
 * queue is worked off in the next turn of the event loop; once a second every key is queued again, so that a missed
 * change heals itself. One key is never in flight twice, a failure is tried again later and later, and whatever a
 * controller throws stays here.
 *
 * The resync has a budget: with a few thousand objects all of them are looked at every second; with more, so many a second,
 * going round. So it costs the same in a cluster of fifty thousand.
 */
import { ApiError } from "../errors/index.ts";
import type { Timer } from "../outside/index.ts";
import type { KindName } from "../resources/index.ts";
import type { Change, ObjectKey, Unwatch } from "../store/index.ts";
import { type BackOff, backOffMs } from "./back-off.ts";
import { type Controller, type Outcome, type Sight, settled } from "./controller.ts";
import { keyOfObject } from "./wakers.ts";
import { WorkQueue } from "./work-queue.ts";
import { type Surroundings, sightOf, worldOf } from "./world.ts";

export interface LoopOptions {
  /** How often every key is queued again, in milliseconds. Default 1,000. */
  readonly resyncMs?: number;
  /** How many keys a resync queues at most; the next one goes on from there. Default 1,000. */
  readonly resyncBudget?: number;
  /** After a failure. Default 10 ms, doubling up to a minute. */
  readonly backOff?: BackOff;
  /** Told of what a controller throws, besides conflicts, which are everyday. */
  readonly onFailure?: (controller: string, key: ObjectKey, error: unknown) => void;
}

/** What a loop has done so far. */
export interface LoopMetrics {
  readonly runs: number;
  readonly failures: number;
  readonly conflicts: number;
  /** Keys that wait now. */
  readonly waiting: number;
  /** Milliseconds spent in reconcile. */
  readonly busyMs: number;
}

/** A key that wants a look, and the revision that is the reason; none where the clock is. */
interface Look {
  readonly key: ObjectKey;
  readonly cause?: number;
}

/** How many keys are worked off in one turn, before messages and timers get theirs. */
const keysPerTurn = 100;

export class Loop {
  readonly controller: Controller;
  readonly #surroundings: Surroundings;
  readonly #sight: Sight;
  readonly #resyncMs: number;
  readonly #resyncBudget: number;
  readonly #backOff: BackOff;
  readonly #onFailure: NonNullable<LoopOptions["onFailure"]>;
  readonly #queue = new WorkQueue<Look>();
  /** Failures in a row, by key; a key that went well is not in here. */
  readonly #failures = new Map<string, number>();
  /** The timer of each key that is to be looked at again later. */
  readonly #later = new Map<string, Timer>();
  readonly #counts = { runs: 0, failures: 0, conflicts: 0, busyMs: 0 };
  #state: "idle" | "running" | "stopped" = "idle";
  /** True from the moment a round is to come until the queue is empty. */
  #isAwake = false;
  /** The round that is under way, or the last one. */
  #round: Promise<void> = Promise.resolve();
  #unwatch: Unwatch[] = [];
  #resyncTimer: Timer | undefined;
  #resyncFrom = 0;

  constructor(controller: Controller, surroundings: Surroundings, options: LoopOptions = {}) {
    this.controller = controller;
    this.#surroundings = surroundings;
    this.#sight = sightOf(surroundings.registry.store);
    this.#resyncMs = options.resyncMs ?? 1_000;
    this.#resyncBudget = options.resyncBudget ?? 1_000;
    this.#backOff = options.backOff ?? { firstMs: 10, limitMs: 60_000 };
    this.#onFailure = options.onFailure ?? (() => {});
  }

  /** Looks at everything there is, and from then on at what changes. */
  start(): void {
    if (this.#state !== "idle") return;
    this.#state = "running";
    const { kind, wokenBy } = this.controller;
    this.#listen(kind, change => [change.key]);
    for (const waker of wokenBy) this.#listen(waker.kind, change => waker.keys(change, this.#sight));
    for (const object of this.#sight.list(kind)) this.#add({ key: keyOfObject(kind, object) });
    this.#scheduleResync();
  }

  /** Takes on nothing new, and resolves when the run that is in flight has ended. */
  async stop(): Promise<void> {
    this.#state = "stopped";
    this.#resyncTimer?.cancel();
    for (const unwatch of this.#unwatch.splice(0)) unwatch();
    for (const timer of this.#later.values()) timer.cancel();
    this.#later.clear();
    await this.#round;
  }

  get metrics(): LoopMetrics {
    return { ...this.#counts, waiting: this.#queue.length };
  }

  #listen(kind: KindName | undefined, keysOf: (change: Change) => Iterable<ObjectKey>): void {
    const tell = (change: Change) => {
      for (const key of keysOf(change)) this.#add({ key, cause: change.revision });
    };
    this.#unwatch.push(this.#surroundings.registry.store.watch({ kind }, tell));
  }

  #add(look: Look): void {
    this.#queue.add(textOf(look.key), look);
    this.#wake();
  }

  /** Starts a round in the next turn, unless one is coming or under way. */
  #wake(): void {
    if (this.#isAwake || this.#state !== "running") return;
    this.#isAwake = true;
    this.#surroundings.clock.soon(() => {
      this.#round = this.#workOff();
    });
  }

  async #workOff(): Promise<void> {
    for (let looked = 0; looked < keysPerTurn && this.#state === "running"; looked++) {
      const next = this.#queue.take();
      if (next === undefined) break;
      await this.#look(next.key, next.item);
      this.#queue.done(next.key);
    }
    this.#isAwake = false;
    if (this.#queue.length > 0) this.#wake();
  }

  async #look(text: string, { key, cause }: Look): Promise<void> {
    const { clock } = this.#surroundings;
    const startedAt = clock.now();
    this.#later.get(text)?.cancel();
    this.#later.delete(text);
    this.#counts.runs++;
    try {
      const outcome = await this.#reconcile(key, cause);
      this.#failures.delete(text);
      if (outcome.again !== undefined) this.#lookLater(text, key, outcome.again);
    } catch (error) {
      const failures = (this.#failures.get(text) ?? 0) + 1;
      this.#failures.set(text, failures);
      this.#lookLater(text, key, backOffMs(this.#backOff, failures));
      if (isConflict(error)) this.#counts.conflicts++;
      else {
        this.#counts.failures++;
        this.#onFailure(this.controller.name, key, error);
      }
    }
    this.#counts.busyMs += clock.now() - startedAt;
  }

  async #reconcile(key: ObjectKey, cause: number | undefined): Promise<Outcome> {
    const { name, reconcile, gone } = this.controller;
    const world = worldOf(this.#surroundings, { actor: name, cause });
    const object = this.#sight.get(key.kind, key.namespace, key.name);
    if (object) return reconcile(object, world);
    return gone ? gone(key, world) : settled;
  }

  #lookLater(text: string, key: ObjectKey, ms: number): void {
    if (this.#state !== "running") return;
    this.#later.set(
      text,
      this.#surroundings.clock.after(ms, () => this.#add({ key })),
    );
  }

  #scheduleResync(): void {
    this.#resyncTimer = this.#surroundings.clock.after(this.#resyncMs, () => {
      this.#resync();
      this.#scheduleResync();
    });
  }

  /** Queues the keys again, going on where the last resync had spent its budget. */
  #resync(): void {
    const { kind } = this.controller;
    const objects = this.#sight.list(kind);
    const count = Math.min(objects.length, this.#resyncBudget);
    for (let i = 0; i < count; i++) {
      const object = objects[(this.#resyncFrom + i) % objects.length];
      // A key that waits for its retry is left to wait: its turn will come.
      if (object && !this.#failures.has(textOf(keyOfObject(kind, object))))
        this.#add({ key: keyOfObject(kind, object) });
    }
    this.#resyncFrom = objects.length > count ? (this.#resyncFrom + count) % objects.length : 0;
  }
}

function textOf({ kind, namespace, name }: ObjectKey): string {
  return `${kind}/${namespace}/${name}`;
}

function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.reason === "Conflict";
}
