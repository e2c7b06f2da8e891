/**
 * The loop that all controllers share: a change in the store puts the keys it concerns into the controller's queue; each is
 * reconciled, and how that went says when it is reconciled again. One key is never in flight twice, and whatever a controller
 * throws stays here.
 *
 * This file is the sequence alone: wake, take, reconcile, requeue. What decides when a key runs is in files of its own, and
 * drawn in docs/internals/when-a-key-runs.md.
 */
import { ApiError } from "../errors/index.ts";
import type { KindName, KubernetesObject } from "../resources/index.ts";
import {
  type Change,
  controllerWriter,
  type ObjectKey,
  type StoreWatchOptions,
  type Unwatch,
  type Writer,
} from "../store/index.ts";
import type { BackOff } from "./back-off.ts";
import { Circles, type MadeWrite } from "./circles.ts";
import { type Controller, everyKind, type Outcome, type Reader, settled } from "./controller.ts";
import { DelayingQueue } from "./delaying-queue.ts";
import { LongRuns } from "./long-runs.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { Resync } from "./resync.ts";
import { keyOfObject } from "./wakers.ts";
import { itemBecauseOf, textOf, type WorkItem } from "./work-item.ts";
import { type Queued, WorkQueue } from "./work-queue.ts";
import { Workers } from "./workers.ts";
import { type ControllerContext, readerOf, worldOf } from "./world.ts";

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

/** How many keys are in flight at once, unless the controller says otherwise; as in Kubernetes' controllers. */
const defaultConcurrency = 5;

const none: readonly never[] = [];

export class Loop {
  readonly controller: Controller;
  readonly #context: ControllerContext;
  readonly #writer: Writer;
  /** The controller's kinds, by the names that the store knows them by; undefined where it is in charge of all. */
  readonly #own: readonly KindName[] | undefined;
  readonly #reader: Reader;
  readonly #resyncMs: number;
  readonly #resyncBudget: number;
  readonly #onFailure: NonNullable<LoopOptions["onFailure"]>;
  readonly #queue: DelayingQueue;
  readonly #workers: Workers;
  readonly #rateLimiter: RateLimiter;
  readonly #circles: Circles;
  readonly #longRuns: LongRuns;
  readonly #resync: Resync;
  readonly #counts = { runs: 0, failures: 0, conflicts: 0, circles: 0, busyMs: 0 };
  #unwatch: Unwatch[] = [];

  constructor(controller: Controller, context: ControllerContext, options: LoopOptions = {}) {
    const { registry, clock } = context;
    const { store } = registry;
    const { kind, queue, concurrency = defaultConcurrency, looksAtMany = false } = controller;
    this.controller = controller;
    this.#context = context;
    this.#writer = controller.writer ?? controllerWriter(controller.name);
    this.#own = kind === everyKind ? undefined : [kind].flat().map(name => registry.nameOf(name));
    this.#reader = readerOf(registry, clock);
    this.#resyncMs = options.resyncMs ?? 1_000;
    this.#resyncBudget = options.resyncBudget ?? 1_000;
    this.#onFailure = options.onFailure ?? (() => {});
    const waiting = new WorkQueue(queue?.call(controller, this.#reader));
    this.#queue = new DelayingQueue(waiting, clock, () => this.#workers.wake());
    this.#workers = new Workers(this.#queue, next => this.#process(next), concurrency, clock);
    this.#rateLimiter = new RateLimiter(options.backOff ?? { firstMs: 10, limitMs: 60_000 });
    this.#circles = new Circles(
      uid => store.byUid(uid) !== undefined,
      revision => store.change(revision)?.cause,
    );
    this.#longRuns = new LongRuns(looksAtMany);
    this.#resync = new Resync(
      store,
      () => this.#own ?? store.kinds(),
      (name, object) => this.#addUnlessSettled(name, object),
    );
  }

  /** Reconciles everything there is, and from then on what changes. */
  start(): void {
    if (!this.#workers.start()) return;
    const own = (change: Change) => (this.#isConcerned(change) ? [change.key] : none);
    if (this.#own === undefined) this.#watch({}, own);
    else for (const kind of this.#own) this.#watch({ kind }, own);
    for (const waker of this.controller.wokenBy)
      this.#watch(waker, change => waker.keys(change, this.#reader));
    this.#resync.all();
    this.#resync.every(this.#resyncMs, this.#context.clock, () => this.#sweep());
  }

  /** Takes on nothing new, and resolves when the runs that are in flight have ended, or will not within a second. */
  async stop(): Promise<void> {
    this.#resync.stop();
    for (const unwatch of this.#unwatch.splice(0)) unwatch();
    this.#queue.stop();
    await this.#workers.stop();
  }

  /** Takes on nothing new until `resume`: what changes meanwhile waits. Resolves when what is in flight has ended. */
  async pause(): Promise<void> {
    await this.#workers.pause();
  }

  resume(): void {
    this.#workers.resume();
  }

  /** While paused: one run, of the next key that waits; resolves to the key, to undefined where none waits. */
  async step(): Promise<ObjectKey | undefined> {
    return (await this.#workers.step())?.key;
  }

  get metrics(): LoopMetrics {
    return { ...this.#counts, waiting: this.#queue.length };
  }

  #watch(
    { kind, deletionsAndOwners }: StoreWatchOptions,
    keysOf: (change: Change) => Iterable<ObjectKey>,
  ): void {
    const { registry } = this.#context;
    const tell = (change: Change) => {
      // Wakers say the kind as the controller does; the store knows one that is not built in by its group too.
      for (const key of keysOf(change)) {
        const name = registry.nameOf(key.kind);
        this.#add(itemBecauseOf(change, name === key.kind ? key : { ...key, kind: name }));
      }
    };
    const options = { kind: kind && registry.nameOf(kind), deletionsAndOwners };
    this.#unwatch.push(registry.store.watch(options, tell));
  }

  /** Whether a change of our own kind is worth a run. */
  #isConcerned({ type, object, previous }: Change): boolean {
    if (type === "DELETED") return this.controller.gone !== undefined;
    return this.controller.concerns?.(object, previous, this.#reader) ?? true;
  }

  /** Queues the object's key unless it is certainly as it should be. */
  #addUnlessSettled(kind: KindName, object: KubernetesObject): void {
    if (this.controller.concerns?.(object, undefined, this.#reader) === false) return;
    const key = keyOfObject(kind, object);
    // A key that waits for its retry is left to wait: its turn will come.
    if (!this.#rateLimiter.isLimited(textOf(key))) this.#add({ key });
  }

  #sweep(): void {
    this.#circles.sweep(this.#context.clock.now());
    if (this.#workers.isRunning)
      this.#resync.some(this.#longRuns.resyncBudget(this.#resyncBudget, this.#resyncMs));
  }

  #add(item: WorkItem): void {
    this.#queue.add(textOf(item.key), item);
  }

  /** One run: of what was taken to what is known of it afterwards. Never rejects. */
  async #process({ key, item }: Queued<WorkItem>): Promise<void> {
    const { clock } = this.#context;
    const startedAt = clock.now();
    const written: MadeWrite[] = [];
    this.#counts.runs++;
    const isSettled = await this.#reconcile(key, item, written);
    const tookMs = clock.now() - startedAt;
    this.#counts.busyMs += tookMs;
    const restMs = this.#longRuns.restAfter(key, tookMs, isSettled);
    const heldMs = this.#heldAfter(key, item, written);
    if (restMs + heldMs > 0) this.#queue.hold(key, Math.max(restMs, heldMs), restMs === 0);
    this.#queue.done(key);
  }

  /** Runs the controller, and sees to when it runs next. Returns whether nothing is left to do until something changes. */
  async #reconcile(text: string, item: WorkItem, written: MadeWrite[]): Promise<boolean> {
    const { key, cause } = item;
    try {
      const outcome = await this.#run(key, cause, written);
      if (outcome.isRefused) {
        this.#counts.failures++;
        this.#retry(text, item);
        return false;
      }
      this.#rateLimiter.forget(text);
      // What the clock brings about has no other cause; what goes on at once has the one that it had.
      if (outcome.again === 0) this.#add(item);
      else if (outcome.again !== undefined) this.#queue.addAfter(text, { key }, outcome.again);
      return outcome.again === undefined;
    } catch (error) {
      if (isInDyingNamespace(error)) this.#rateLimiter.forget(text);
      else {
        this.#retry(text, item);
        if (isConflict(error)) this.#counts.conflicts++;
        else {
          this.#counts.failures++;
          this.#onFailure(this.controller.name, key, error);
        }
      }
      return false;
    }
  }

  async #run(key: ObjectKey, cause: number | undefined, written: MadeWrite[]): Promise<Outcome> {
    const world = worldOf(this.#context, this.#writer, cause, written);
    const object = this.#reader.get(key.kind, key.namespace, key.name);
    if (object) return this.controller.reconcile(object, world);
    return this.controller.gone?.(key, world) ?? settled;
  }

  /** A retry is not what the person asked for: it may be held back. */
  #retry(text: string, item: WorkItem): void {
    this.#queue.addAfter(text, { ...item, isPersonal: false }, this.#rateLimiter.when(text));
  }

  /** For how long the key is held back because of what it wrote, in milliseconds. The first time, an event tells of it. */
  #heldAfter(text: string, item: WorkItem, written: readonly MadeWrite[]): number {
    const hold = this.#circles.note(text, item, written, this.#context.clock.now());
    if (!hold) return 0;
    this.#counts.circles++;
    const about = this.#reader.get(item.key.kind, item.key.namespace, item.key.name);
    const message = `${this.controller.name} writes the same again and again (${hold.what}), because it is undone or wakes itself: it is slowed down`;
    if (hold.isFirst && about)
      this.#context.events.record(this.#writer, about, "Warning", "WritesInCircle", message);
    return hold.ms;
  }
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
