/**
 * The loop that all controllers share. A change in the store puts the keys it concerns into the controller's queue; the
 * queue is worked off in the next turn of the event loop, a few keys at a time; once a second every key is queued again, so
 * that a missed change heals itself. One key is never in flight twice, and whatever a controller throws stays here.
 *
 * This file is the sequence alone: wake, take, reconcile, come again. In which order keys are taken is the queue's business (work-queue.ts), how fast a key may
 * come again that of pace.ts and circles.ts, and what one look sees and writes that of world.ts.
 *
 * The resync has a budget, which keeps it cheap in a cluster of fifty thousand: with up to a thousand objects all of them
 * come up every second; with more, so many a second, going round.
 */
import { ApiError } from "../errors/index.ts";
import type { Timer } from "../outside/index.ts";
import type { KindName, KubernetesObject } from "../resources/index.ts";
import {
  type Change,
  controllerWriter,
  type ObjectKey,
  type Unwatch,
  type WatchOptions,
  type Writer,
} from "../store/index.ts";
import type { BackOff } from "./back-off.ts";
import { Circles } from "./circles.ts";
import { type Controller, everyKind, type Outcome, type Reader, settled } from "./controller.ts";
import { Delays } from "./delays.ts";
import { type Footprint, type Look, lookBecauseOf } from "./look.ts";
import { Pace } from "./pace.ts";
import { keyOfObject } from "./wakers.ts";
import { WorkQueue } from "./work-queue.ts";
import { readerOf, type Surroundings, worldOf } from "./world.ts";

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
  /** How often a key was held back because it wrote the same again and again. */
  readonly circles: number;
  /** Keys that wait now. */
  readonly waiting: number;
  /** Milliseconds spent in reconcile. */
  readonly busyMs: number;
}

/** How many keys are worked off in one turn, before messages and timers get theirs. */
const keysPerTurn = 100;
/** How many keys are in flight at once, unless the controller says otherwise; as in Kubernetes' controllers. */
const defaultConcurrency = 5;
/** For how long a loop that stops waits for its looks, in milliseconds: one may never end. */
const longestStopMs = 1_000;

export class Loop {
  readonly controller: Controller;
  readonly #surroundings: Surroundings;
  readonly #writer: Writer;
  /** The controller's kinds, by the names that the store knows them by; undefined where it is in charge of all. */
  #own: readonly KindName[] | undefined;
  readonly #reader: Reader;
  readonly #resyncMs: number;
  readonly #resyncBudget: number;
  readonly #concurrency: number;
  readonly #onFailure: NonNullable<LoopOptions["onFailure"]>;
  readonly #queue: WorkQueue<Look>;
  readonly #pace: Pace;
  readonly #circles: Circles;
  readonly #delays: Delays;
  readonly #counts = { runs: 0, failures: 0, conflicts: 0, circles: 0, busyMs: 0 };
  #state: "idle" | "running" | "paused" | "stopped" = "idle";
  /** True from the moment a turn is to come until it comes. */
  #isAwake = false;
  /** How many keys may still be taken in this turn. */
  #left = 0;
  /** The looks that are under way. */
  readonly #inFlight = new Set<Promise<unknown>>();
  #unwatch: Unwatch[] = [];
  #resyncTimer: Timer | undefined;
  /** The objects that the resync has still to go through. */
  #sweep: Iterator<[KindName, KubernetesObject]> = none.values();

  constructor(controller: Controller, surroundings: Surroundings, options: LoopOptions = {}) {
    const { registry, clock } = surroundings;
    this.controller = controller;
    this.#surroundings = surroundings;
    this.#writer = controller.writer ?? controllerWriter(controller.name);
    this.#reader = readerOf(registry, clock);
    this.#resyncMs = options.resyncMs ?? 1_000;
    this.#resyncBudget = options.resyncBudget ?? 1_000;
    this.#concurrency = controller.concurrency ?? defaultConcurrency;
    this.#onFailure = options.onFailure ?? (() => {});
    this.#queue = new WorkQueue(controller.queue?.(this.#reader));
    const backOff = options.backOff ?? { firstMs: 10, limitMs: 60_000 };
    this.#pace = new Pace(backOff, controller.looksAtMany ?? false);
    const { store } = registry;
    this.#circles = new Circles(
      uid => store.byUid(uid) !== undefined,
      revision => store.change(revision)?.cause,
    );
    this.#delays = new Delays(clock, look => this.#add(look));
  }

  /** Looks at everything there is, and from then on at what changes. */
  start(): void {
    if (this.#state !== "idle") return;
    this.#state = "running";
    const { kind } = this.controller;
    const { registry } = this.#surroundings;
    this.#own = kind === everyKind ? undefined : [kind].flat().map(name => registry.nameOf(name));
    const own = (change: Change) => (this.#isConcerned(change) ? [change.key] : none);
    if (this.#own === undefined) this.#listen({}, own);
    else for (const kind of this.#own) this.#listen({ kind }, own);
    for (const waker of this.controller.wokenBy)
      this.#listen(waker, change => waker.keys(change, this.#reader));
    for (const [name, object] of this.#everything()) this.#addUnlessSettled(name, object);
    this.#scheduleResync();
  }

  /** Takes on nothing new, and resolves when the looks that are in flight have ended, or will not within a second. */
  async stop(): Promise<void> {
    this.#state = "stopped";
    this.#resyncTimer?.cancel();
    for (const unwatch of this.#unwatch.splice(0)) unwatch();
    this.#delays.stop();
    if (this.#inFlight.size === 0) return;
    await new Promise<void>(resolve => {
      const waitedEnough = this.#surroundings.clock.after(longestStopMs, resolve);
      void Promise.all(this.#inFlight).then(() => {
        waitedEnough.cancel();
        resolve();
      });
    });
  }

  /** Takes on nothing new until `resume`: what changes meanwhile waits. Resolves when what is in flight has ended. */
  async pause(): Promise<void> {
    if (this.#state === "running") this.#state = "paused";
    await Promise.all(this.#inFlight);
  }

  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    this.#wake();
  }

  /** While paused: takes one look, at the next key that waits, and resolves to the key; to undefined where none waits. */
  async step(): Promise<ObjectKey | undefined> {
    if (this.#state !== "paused") return undefined;
    const look = this.#takeNext();
    if (!look) return undefined;
    await this.#tracked(this.#lookAt(look));
    return look.key;
  }

  get metrics(): LoopMetrics {
    return { ...this.#counts, waiting: this.#queue.length };
  }

  #listen({ kind, partings }: WatchOptions, keysOf: (change: Change) => Iterable<ObjectKey>): void {
    const { registry } = this.#surroundings;
    const tell = (change: Change) => {
      // Wakers say the kind as the controller does; the store knows one that is not built in by its group too.
      for (const key of keysOf(change)) {
        const name = registry.nameOf(key.kind);
        this.#add(lookBecauseOf(change, name === key.kind ? key : { ...key, kind: name }));
      }
    };
    this.#unwatch.push(registry.store.watch({ kind: kind && registry.nameOf(kind), partings }, tell));
  }

  /** Whether a change of our own kind is worth a look. */
  #isConcerned({ type, object, previous }: Change): boolean {
    if (type === "DELETED") return this.controller.gone !== undefined;
    return this.controller.concerns?.(object, previous, this.#reader) ?? true;
  }

  /** Queues the object's key unless it is certainly as it should be. */
  #addUnlessSettled(kind: KindName, object: KubernetesObject): void {
    if (this.controller.concerns?.(object, undefined, this.#reader) === false) return;
    const key = keyOfObject(kind, object);
    // One that waits for its retry is left to wait: its turn will come.
    if (!this.#pace.isFailing(textOf(key))) this.#add({ key });
  }

  #add(look: Look): void {
    if (this.#state === "stopped") return;
    this.#queue.add(textOf(look.key), look);
    this.#wake();
  }

  /** Goes to work in the next turn, unless that is to come already, or as many keys are in flight as may be. */
  #wake(): void {
    if (this.#isAwake || this.#state !== "running" || this.#inFlight.size >= this.#concurrency) return;
    this.#isAwake = true;
    this.#surroundings.clock.soon(() => {
      this.#isAwake = false;
      // What is added from now on waits a turn: others may be about to do something there.
      this.#left = Math.min(this.#queue.length, keysPerTurn);
      while (this.#inFlight.size < this.#concurrency && this.#left > 0 && this.#queue.length > 0)
        void this.#tracked(this.#work());
    });
  }

  /** Takes key after key while there are some for this turn. */
  async #work(): Promise<void> {
    while (this.#left > 0 && this.#state === "running") {
      this.#left--;
      const look = this.#takeNext();
      if (!look) break;
      await this.#lookAt(look);
    }
  }

  async #tracked(work: Promise<unknown>): Promise<void> {
    this.#inFlight.add(work);
    await work;
    this.#inFlight.delete(work);
    if (this.#queue.length > 0) this.#wake();
  }

  /** The look whose turn it is, marked as running. Those that are held back wait elsewhere from now on. */
  #takeNext(): Look | undefined {
    for (let next = this.#queue.take(); next; next = this.#queue.take()) {
      if (!this.#delays.keeps(next.key, next.item)) return next.item;
      this.#queue.done(next.key);
    }
    return undefined;
  }

  async #lookAt(look: Look): Promise<void> {
    const { clock } = this.#surroundings;
    const text = textOf(look.key);
    const startedAt = clock.now();
    const written: Footprint[] = [];
    this.#delays.taken(text);
    this.#counts.runs++;
    const isSettled = await this.#reconcile(text, look, written);
    const tookMs = clock.now() - startedAt;
    this.#counts.busyMs += tookMs;
    const restMs = this.#pace.restAfter(text, tookMs, isSettled);
    const heldMs = this.#heldAfter(text, look, written);
    if (restMs + heldMs > 0 && this.#state !== "stopped")
      this.#delays.hold(text, Math.max(restMs, heldMs), restMs === 0);
    this.#queue.done(text);
  }

  /** Runs the controller, and sees to when it runs next. Returns whether nothing is left to do until something changes. */
  async #reconcile(text: string, look: Look, written: Footprint[]): Promise<boolean> {
    const { key, cause } = look;
    try {
      const outcome = await this.#run(key, cause, written);
      if (outcome.isRefused) {
        this.#counts.failures++;
        this.#lookLater(text, look, this.#pace.failed(text));
        return false;
      }
      this.#pace.wentWell(text);
      // What the clock brings about has no other cause; what goes on at once has the one that it had.
      if (outcome.again === 0) this.#add(look);
      else if (outcome.again !== undefined) this.#lookLater(text, { key }, outcome.again);
      return outcome.again === undefined;
    } catch (error) {
      if (isInDyingNamespace(error)) this.#pace.wentWell(text);
      else {
        this.#lookLater(text, look, this.#pace.failed(text));
        if (isConflict(error)) this.#counts.conflicts++;
        else {
          this.#counts.failures++;
          this.#onFailure(this.controller.name, key, error);
        }
      }
      return false;
    }
  }

  async #run(key: ObjectKey, cause: number | undefined, written: Footprint[]): Promise<Outcome> {
    const world = worldOf(this.#surroundings, this.#writer, cause, written);
    const object = this.#reader.get(key.kind, key.namespace, key.name);
    if (object) return this.controller.reconcile(object, world);
    return this.controller.gone?.(key, world) ?? settled;
  }

  /** For how long the key is held back because of what it wrote, in milliseconds. The first time, it is told. */
  #heldAfter(text: string, look: Look, written: readonly Footprint[]): number {
    const hold = this.#circles.note(text, look, written, this.#surroundings.clock.now());
    if (!hold) return 0;
    this.#counts.circles++;
    const about = this.#reader.get(look.key.kind, look.key.namespace, look.key.name);
    const message = `${this.controller.name} writes the same again and again (${hold.what}), because it is undone or wakes itself: it is slowed down`;
    if (hold.isFirst && about)
      this.#surroundings.events.record(this.#writer, about, "Warning", "WritesInCircle", message);
    return hold.ms;
  }

  #lookLater(text: string, look: Look, ms: number): void {
    if (this.#state === "stopped") return;
    // A retry is not what the person asked for: it may be held back.
    this.#delays.later(text, { ...look, isPersonal: false }, ms);
  }

  #scheduleResync(): void {
    this.#resyncTimer = this.#surroundings.clock.after(this.#resyncMs, () => {
      this.#circles.sweep(this.#surroundings.clock.now());
      if (this.#state === "running") this.#resync();
      this.#scheduleResync();
    });
  }

  /** Goes through as many objects as the budget allows, on from where the last resync stopped; each of them once. */
  #resync(): void {
    const budget = this.#pace.resyncBudget(this.#resyncBudget, this.#resyncMs);
    const { store } = this.#surroundings.registry;
    let count = 0;
    for (const kind of this.#kinds()) count += store.count(kind);
    for (let i = 0; i < Math.min(count, budget); i++) {
      let next = this.#sweep.next();
      if (next.done) {
        this.#sweep = this.#everything();
        next = this.#sweep.next();
      }
      if (!next.done) this.#addUnlessSettled(...next.value);
    }
  }

  #kinds(): readonly KindName[] {
    return this.#own ?? this.#surroundings.registry.store.kinds();
  }

  /** Every object in the controller's charge, each with the name of its kind. */
  *#everything(): Generator<[KindName, KubernetesObject]> {
    for (const kind of this.#kinds())
      for (const object of this.#surroundings.registry.store.walk(kind)) yield [kind, object];
  }
}

const none: readonly never[] = [];

function textOf({ kind, namespace, name }: ObjectKey): string {
  return `${kind}/${namespace}/${name}`;
}

function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.reason === "Conflict";
}

/** What could not be made because its namespace is going away goes with it: no second try, and no failure. */
function isInDyingNamespace(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    (error.details.causes?.some(({ reason }) => reason === "NamespaceTerminating") ?? false)
  );
}
