/**
 * The loop that all controllers share: a change in the store puts the keys it concerns into the controller's queue; each is
 * reconciled, and how that went says when it is reconciled again. One key is never in flight twice, and whatever a controller
 * throws stays here.
 *
 * This file is the sequence alone: wake, take, reconcile, requeue. What decides when a key runs is in files of its own, and
 * drawn in docs/internals/when-a-key-runs.md.
 */
import { ApiError } from "../errors/index.ts";
import { controllerWriter, type ObjectKey, type Writer } from "../store/index.ts";
import type { BackOff } from "./back-off.ts";
import { queueOf } from "./checked-queue.ts";
import { Circles, type MadeWrite } from "./circles.ts";
import type { Controller, Reader } from "./controller.ts";
import { DelayingQueue } from "./delaying-queue.ts";
import { IdleRuns } from "./idle-runs.ts";
import { LongRuns } from "./long-runs.ts";
import { Mistakes } from "./mistakes.ts";
import { checkedOutcome, NoOutcome, type Outcome, settled } from "./outcome.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { RunWrites } from "./run-writes.ts";
import { Waking } from "./waking.ts";
import { textOf, type WorkItem } from "./work-item.ts";
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
  readonly #rateLimiter: RateLimiter;
  readonly #circles: Circles;
  readonly #idleRuns = new IdleRuns();
  readonly #longRuns: LongRuns;
  readonly #counts = { runs: 0, failures: 0, conflicts: 0, circles: 0, busyMs: 0 };

  /** Throws NotFound where the controller names a kind that there is not. */
  constructor(controller: Controller, context: ControllerContext, options: LoopOptions = {}) {
    const { registry, clock } = context;
    const { store } = registry;
    const { concurrency = defaultConcurrency, looksAtMany = false } = controller;
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
      isLimited: key => this.#rateLimiter.isLimited(key),
    });
    this.#queue = new DelayingQueue(
      new WorkQueue(queueOf(controller, this.#reader, this.#mistakes)),
      clock,
      () => this.#workers.wake(),
    );
    this.#workers = new Workers(this.#queue, next => this.#process(next), concurrency, clock);
    this.#rateLimiter = new RateLimiter(options.backOff ?? { firstMs: 10, limitMs: 60_000 });
    this.#circles = new Circles({
      isThere: uid => store.byUid(uid) !== undefined,
      causeOf: revision => store.change(revision)?.cause,
    });
    this.#longRuns = new LongRuns(looksAtMany);
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

  #sweep(): void {
    this.#circles.sweep(this.#context.clock.now());
    if (this.#workers.isRunning)
      this.#waking.resync(this.#longRuns.resyncBudget(this.#resyncBudget, this.#resyncMs));
  }

  #add(item: WorkItem): void {
    this.#queue.add(textOf(item.key), item);
  }

  /** One run of a key that was taken from the queue, with all that follows from how it ended. Never rejects. */
  async #process({ key, item }: Queued<WorkItem>): Promise<void> {
    const { clock } = this.#context;
    const startedAt = clock.now();
    const waitMs = this.#circles.waitBefore(item, startedAt);
    if (waitMs > 0) return this.#postpone(key, item, waitMs);
    // What it writes when the run is over counts as well.
    const writes = new RunWrites(late => this.#hold(key, 0, this.#heldAfter(key, { key: item.key }, [late])));
    this.#counts.runs++;
    const isSettled = await this.#reconcile(key, item, writes);
    const tookMs = clock.now() - startedAt;
    this.#counts.busyMs += tookMs;
    const restMs = this.#longRuns.restAfter(key, tookMs, isSettled);
    this.#hold(key, restMs, this.#heldAfter(key, item, writes.made));
    this.#queue.done(key);
  }

  /** Lets a run begin later that was to begin now. */
  #postpone(key: string, item: WorkItem, ms: number): void {
    this.#queue.hold(key, ms);
    this.#queue.add(key, item);
    this.#queue.done(key);
  }

  /** Runs the controller, and sees to when it runs next. Returns whether nothing is left to do until something changes. */
  async #reconcile(text: string, item: WorkItem, writes: RunWrites): Promise<boolean> {
    try {
      const outcome = await this.#run(item, writes);
      if (outcome.isRefused) {
        this.#counts.failures++;
        this.#retry(text, item);
        return false;
      }
      this.#rateLimiter.forget(text);
      if (outcome.again === undefined) this.#idleRuns.forget(text);
      else this.#runAgain(text, item, outcome.again, writes.made.length > 0);
      return outcome.again === undefined;
    } catch (error) {
      const sort = sortOf(error);
      if (sort === "namespace is going") {
        this.#rateLimiter.forget(text);
        return false;
      }
      this.#retry(text, item);
      this.#counts[sort === "conflict" ? "conflicts" : "failures"]++;
      if (sort === "no outcome") this.#mistakes.tell(item.key, error as NoOutcome);
      if (sort === "failure") this.#onFailure(this.controller.name, item.key, error);
      return false;
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

  /** The controller has asked for another run in `ms`. */
  #runAgain(text: string, { key, cause }: WorkItem, ms: number, hasWritten: boolean): void {
    const next = this.#idleRuns.next(text, ms, hasWritten);
    // What the clock brings about has no other cause; what goes on at once has the one that it had.
    const item = { key, isAsked: true };
    if (next.ms === 0) this.#add({ ...item, cause });
    else this.#queue.addAfter(text, item, next.ms);
    const advice = "it is slowed down; again(ms) with 10 ms or more is kept as asked";
    if (next.isFirst)
      this.#mistakes.tell(key, `it returns again(${ms}) run after run and does nothing: ${advice}`);
  }

  /** A retry is not what the person asked for: it may be held back. */
  #retry(text: string, item: WorkItem): void {
    this.#queue.addAfter(text, { ...item, isPersonal: false }, this.#rateLimiter.when(text));
  }

  /** Keeps the key back for the longer of the two; from a person only for its rest. */
  #hold(text: string, restMs: number, heldMs: number): void {
    if (restMs + heldMs > 0) this.#queue.hold(text, Math.max(restMs, heldMs), restMs === 0);
  }

  /** For how long the key is held back because of what it wrote, in milliseconds. The first time, an event tells of it. */
  #heldAfter(text: string, item: WorkItem, written: readonly MadeWrite[]): number {
    const hold = this.#circles.note(text, item, written, this.#context.clock.now());
    if (!hold) return 0;
    this.#counts.circles++;
    const { kind, namespace, name } = item.key;
    const about = this.#reader.get(kind, namespace, name) ?? hold.object;
    const message = `${this.controller.name} writes the same again and again (${hold.what}), because it is undone or wakes itself: it is slowed down`;
    if (hold.isFirst) this.#context.events.record(this.#writer, about, "Warning", "WritesInCircle", message);
    return hold.ms;
  }
}

/** Of what sort a failure is. A conflict is everyday; what could not be made because its namespace goes is never tried again. */
function sortOf(error: unknown): "conflict" | "namespace is going" | "no outcome" | "failure" {
  try {
    if (error instanceof NoOutcome) return "no outcome";
    if (!(error instanceof ApiError)) return "failure";
    if (error.reason === "Conflict") return "conflict";
    const isGoing = error.details.causes?.some(({ reason }) => reason === "NamespaceTerminating");
    return isGoing ? "namespace is going" : "failure";
  } catch {
    // A controller may throw anything, a Proxy whose traps throw for one.
    return "failure";
  }
}
