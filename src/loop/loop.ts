/**
 * The loop that all controllers share: a change in the store puts the keys it concerns into the controller's queue; each is
 * reconciled, and how that went says when it is reconciled again. One key is never in flight twice, and whatever a controller
 * throws stays here.
 *
 * This file is the sequence alone: wake, take, reconcile, requeue. When a key runs again is decided in pace.ts, and drawn in
 * docs/internals/when-a-key-runs.md.
 */
import { controllerWriter, type ObjectKey, type Writer } from "../store/index.ts";
import { queueOf } from "./checked-queue.ts";
import type { Controller, Reader } from "./controller.ts";
import { Counter, exponentialBounds, Histogram, type MetricFamily } from "./measures.ts";
import { Mistakes } from "./mistakes.ts";
import { checkedOutcome, type Outcome, settled } from "./outcome.ts";
import { type BackOff, endByThrowing, endOf, type Hold, type Next, Pace, type RunEnd } from "./pace/index.ts";
import { DelayingQueue, type Queued, textOf, type WorkItem, WorkQueue } from "./queue/index.ts";
import { RunWrites } from "./run-writes.ts";
import { Waking } from "./waking.ts";
import { Workers } from "./workers.ts";
import { type ControllerContext, readerOf, worldOf } from "./world.ts";

export interface LoopOptions {
  /** How often every key is queued again, in milliseconds. Default 1,000. */
  readonly resyncMs?: number;
  /** How many keys a resync queues at most; the next one goes on from there. Default 1,000. */
  readonly resyncBudget?: number;
  /** How many keys are in flight at once, of a controller that does not say. Default 5, as in Kubernetes. */
  readonly workers?: number;
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

const defaultConcurrency = 5;
const defaultBackOff: BackOff = { firstMs: 10, limitMs: 60_000 };

/** Who may hold a loop: a person who steps through it, or the election that another control plane has won. */
type Holder = "person" | "standby";

export class Loop {
  readonly controller: Controller;
  readonly #context: ControllerContext;
  readonly #writer: Writer;
  readonly #reader: Reader;
  readonly #resyncMs: number;
  readonly #resyncBudget: number;
  readonly #onFailure: NonNullable<LoopOptions["onFailure"]>;
  readonly #mistakes: Mistakes;
  readonly #waking: Waking;
  readonly #queue: DelayingQueue;
  readonly #workers: Workers;
  readonly #pace: Pace;
  readonly #heldBy = new Set<Holder>();
  readonly #workSeconds = new Histogram(
    "workqueue_work_duration_seconds",
    "How long in seconds processing an item from workqueue takes.",
    exponentialBounds(1e-8, 10, 12),
  );
  readonly #adds = new Counter("workqueue_adds_total", "Total number of adds handled by workqueue");
  readonly #counts = { runs: 0, failures: 0, conflicts: 0, circles: 0, busyMs: 0 };

  /** Throws NotFound where the controller names a kind that there is not. */
  constructor(controller: Controller, context: ControllerContext, options: LoopOptions = {}) {
    const { registry, clock } = context;
    const { store } = registry;
    const { concurrency = options.workers ?? defaultConcurrency, looksAtMany = false } = controller;
    this.controller = controller;
    this.#context = context;
    this.#writer = controller.writer ?? controllerWriter(controller.name);
    this.#reader = readerOf(registry, clock);
    this.#resyncMs = options.resyncMs ?? 1_000;
    this.#resyncBudget = options.resyncBudget ?? 1_000;
    this.#onFailure = options.onFailure ?? (() => {});
    this.#mistakes = new Mistakes((key, mistake) => this.#onFailure(controller.name, key, mistake));
    this.#waking = new Waking(controller, registry, this.#reader, this.#mistakes, {
      add: item => this.#add(item),
      isToCome: key => this.#queue.isWaiting(key) || this.#pace.isLimited(key),
    });
    this.#queue = new DelayingQueue(
      new WorkQueue(queueOf(controller, this.#reader, this.#mistakes)),
      clock,
      () => this.#workers.wake(),
    );
    this.#workers = new Workers(this.#queue, next => this.#process(next), concurrency, clock);
    const sight = {
      isThere: (uid: string) => store.byUid(uid) !== undefined,
      change: (revision: number) => store.change(revision),
    };
    const { backOff = defaultBackOff } = options;
    this.#pace = new Pace(sight, { backOff, looksAtMany });
  }

  /** Reconciles everything there is, and from then on what changes. */
  start(): void {
    if (!this.#workers.start()) return;
    this.#waking.start(this.#resyncMs, this.#context.clock, () => this.#sweep());
  }

  /** Takes on nothing new, and resolves when the runs that are in flight have ended, or will not within a second. */
  async stop(): Promise<void> {
    this.#waking.stop();
    this.#queue.stop();
    await this.#workers.stop();
  }

  /**
   * Takes on nothing new until `resume`: what changes meanwhile waits. Resolves when what is in flight has ended.
   * @param by who holds it; it goes on when all have let go
   */
  async pause(by: Holder = "person"): Promise<void> {
    this.#heldBy.add(by);
    await this.#workers.pause();
  }

  resume(by: Holder = "person"): void {
    this.#heldBy.delete(by);
    if (this.#heldBy.size === 0) this.#workers.resume();
  }

  /**
   * While a person holds it: one run, of the next key that waits; resolves to the key, to undefined where none waits, or another
   * leads.
   */
  async step(): Promise<ObjectKey | undefined> {
    return this.#heldBy.has("standby") ? undefined : (await this.#workers.step())?.key;
  }

  get metrics(): LoopMetrics {
    return { ...this.#counts, waiting: this.#queue.length };
  }

  /** The same for Prometheus, under the names of client-go's work queues. */
  families(): MetricFamily[] {
    return [this.#adds.family(), this.#workSeconds.family()];
  }

  #sweep(): void {
    this.#pace.sweep(this.#context.clock.elapsed());
    if (this.#workers.isRunning)
      this.#waking.resync(this.#pace.resyncBudget(this.#resyncBudget, this.#resyncMs));
  }

  #add(item: WorkItem): void {
    this.#adds.add();
    this.#queue.add(textOf(item.key), item);
  }

  /** One run of a key that was taken from the queue, with all that follows from how it ended. Never rejects. */
  async #process({ key, item }: Queued<WorkItem>): Promise<void> {
    const { clock } = this.#context;
    const startedAt = clock.elapsed();
    const waitMs = this.#pace.waitBefore(item, startedAt);
    if (waitMs > 0) return this.#postpone(key, item, waitMs);
    // What it writes when the run is over counts as well.
    const about: WorkItem = { key: item.key };
    const writes = new RunWrites(late =>
      this.#follow(about, this.#pace.afterLateWrite(about, late, clock.elapsed())),
    );
    this.#counts.runs++;
    const end = await this.#reconcile(item, writes);
    const tookMs = clock.elapsed() - startedAt;
    this.#count(end, tookMs);
    this.#follow(item, this.#pace.afterRun({ item, end, written: writes.made, tookMs }, clock.elapsed()));
    this.#queue.done(key);
  }

  /** Lets a run begin later that was to begin now. */
  #postpone(key: string, item: WorkItem, ms: number): void {
    this.#queue.hold(key, ms);
    this.#queue.add(key, item);
    this.#queue.done(key);
  }

  /** Runs the controller. What it throws is told, and is one of the ways in which a run ends. */
  async #reconcile(item: WorkItem, writes: RunWrites): Promise<RunEnd> {
    try {
      return endOf(await this.#run(item, writes));
    } catch (thrown) {
      const end = endByThrowing(thrown);
      if (end.how === "no outcome") this.#mistakes.tell(item.key, end.error);
      if (end.how === "failed") this.#onFailure(this.controller.name, item.key, end.error);
      return end;
    }
  }

  async #run({ key, cause }: WorkItem, writes: RunWrites): Promise<Outcome> {
    const world = worldOf(this.#context, this.#writer, cause, writes);
    const object = this.#reader.get(key.kind, key.namespace, key.name);
    try {
      if (object) return checkedOutcome(await this.controller.reconcile(object, world), "reconcile");
      if (!this.controller.gone) return settled;
      return checkedOutcome(await this.controller.gone(key, world), "gone");
    } finally {
      await writes.end();
    }
  }

  #count({ how }: RunEnd, tookMs: number): void {
    this.#counts.busyMs += tookMs;
    this.#workSeconds.observe(tookMs / 1_000);
    if (how === "conflict") this.#counts.conflicts++;
    if (["refused", "no outcome", "failed"].includes(how)) this.#counts.failures++;
  }

  /** Does what follows from a run of the item. */
  #follow(item: WorkItem, { again, holdMs, letsPersonsPass, circle, mistake }: Next): void {
    const key = textOf(item.key);
    if (again?.ms === 0) this.#queue.add(key, again.item);
    else if (again) this.#queue.addAfter(key, again.item, again.ms);
    if (mistake !== undefined) this.#mistakes.tell(item.key, mistake);
    if (holdMs > 0) this.#queue.hold(key, holdMs, letsPersonsPass);
    if (circle) this.#tellCircle(item.key, circle);
  }

  /** The first time, an event tells of it. */
  #tellCircle({ kind, namespace, name }: ObjectKey, { isFirst, what, object }: Hold): void {
    this.#counts.circles++;
    if (!isFirst) return;
    const about = this.#reader.get(kind, namespace, name) ?? object;
    const message = `${this.controller.name} writes the same again and again (${what}), because it is undone or wakes itself: it is slowed down`;
    this.#context.events.record(this.#writer, about, "Warning", "WritesInCircle", message);
  }
}
