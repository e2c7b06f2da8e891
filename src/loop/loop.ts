/**
 * The loop that all controllers share. A change in the store puts the keys it concerns into the controller's queue; the
 * queue is worked off in the next turn of the event loop; once a second every key is queued again, so that a missed
 * change heals itself. One key is never in flight twice, a failure is tried again later and later, and whatever a
 * controller throws stays here.
 *
 * Two rules keep it cheap in a cluster of fifty thousand. The resync has a budget: with up to a thousand objects all of them
 * come up every second; with more, so many a second, going round. And where one look goes through many
 * objects, its cost is what counts: two in a row that took long earn their key a rest, four times as long (a ReplicaSet of ten
 * thousand pods is told of each of them, and looks now and then), and the resync queues what half a hundredth of the time
 * suffices for.
 */
import { ApiError } from "../errors/index.ts";
import type { Timer } from "../outside/index.ts";
import type { KubernetesObject } from "../resources/index.ts";
import {
  type Change,
  controllerWriter,
  type ObjectKey,
  type Unwatch,
  type WatchOptions,
  type Writer,
} from "../store/index.ts";
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

/** A look of so many milliseconds is a long one. */
const longLookMs = 2;
/** How long the rest is, in looks. */
const restInLooks = 4;
/** And how long at most, in milliseconds. */
const longestRestMs = 1_000;

/** Of the time, what the resync of a controller whose looks go through many objects may take. */
const resyncShare = 0.005;

export class Loop {
  readonly controller: Controller;
  readonly #surroundings: Surroundings;
  readonly #writer: Writer;
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
  /** The keys that rest after a long look, and whether they are wanted since. */
  readonly #resting = new Map<string, { readonly timer: Timer; wanted: Look | undefined }>();
  readonly #counts = { runs: 0, failures: 0, conflicts: 0, busyMs: 0 };
  /** The keys whose last look was a long one, in milliseconds: one alone may be long because the processor was taken. */
  readonly #longLooks = new Map<string, number>();
  /** How long a look took lately, on average. */
  #usualMs = 0;
  #state: "idle" | "running" | "stopped" = "idle";
  /** True from the moment a round is to come until the queue is empty. */
  #isAwake = false;
  /** The round that is under way, or the last one. */
  #round: Promise<void> = Promise.resolve();
  #unwatch: Unwatch[] = [];
  #resyncTimer: Timer | undefined;
  /** The controller's kind, by the name that the store knows it by. */
  readonly #kind: string;
  /** The objects that the resync has still to go through. */
  #sweep: Iterator<KubernetesObject>;

  constructor(controller: Controller, surroundings: Surroundings, options: LoopOptions = {}) {
    this.controller = controller;
    this.#surroundings = surroundings;
    this.#writer = controller.writer ?? controllerWriter(controller.name);
    this.#kind = surroundings.registry.nameOf(controller.kind);
    this.#sight = sightOf(surroundings.registry, surroundings.clock);
    this.#resyncMs = options.resyncMs ?? 1_000;
    this.#resyncBudget = options.resyncBudget ?? 1_000;
    this.#backOff = options.backOff ?? { firstMs: 10, limitMs: 60_000 };
    this.#onFailure = options.onFailure ?? (() => {});
    this.#sweep = surroundings.registry.store.walk(this.#kind);
  }

  /** Looks at everything there is, and from then on at what changes. */
  start(): void {
    if (this.#state !== "idle") return;
    this.#state = "running";
    const kind = this.#kind;
    const { wokenBy } = this.controller;
    this.#listen({ kind }, change => (this.#isConcerned(change) ? [change.key] : none));
    for (const waker of wokenBy) this.#listen(waker, change => waker.keys(change, this.#sight));
    for (const object of this.#surroundings.registry.store.walk(kind)) this.#glance(object);
    this.#scheduleResync();
  }

  /** Takes on nothing new, and resolves when the run that is in flight has ended. */
  async stop(): Promise<void> {
    this.#state = "stopped";
    this.#resyncTimer?.cancel();
    for (const unwatch of this.#unwatch.splice(0)) unwatch();
    for (const timer of this.#later.values()) timer.cancel();
    this.#later.clear();
    for (const { timer } of this.#resting.values()) timer.cancel();
    this.#resting.clear();
    await this.#round;
  }

  get metrics(): LoopMetrics {
    return { ...this.#counts, waiting: this.#queue.length };
  }

  #listen({ kind, partings }: WatchOptions, keysOf: (change: Change) => Iterable<ObjectKey>): void {
    const { registry } = this.#surroundings;
    const tell = (change: Change) => {
      // Wakers say the kind as the controller does; the store knows one that is not built in by its group too.
      for (const key of keysOf(change)) {
        this.#add({
          key: key.kind === this.#kind ? key : { ...key, kind: this.#kind },
          cause: change.revision,
        });
      }
    };
    this.#unwatch.push(registry.store.watch({ kind: kind && registry.nameOf(kind), partings }, tell));
  }

  /** Whether a change of our own kind is worth a look. */
  #isConcerned({ type, object, previous }: Change): boolean {
    if (type === "DELETED") return this.controller.gone !== undefined;
    return this.controller.concerns?.(object, previous, this.#sight) ?? true;
  }

  /** Queues the object's key unless it is certainly as it should be. */
  #glance(object: KubernetesObject): void {
    if (this.controller.concerns?.(object, undefined, this.#sight) === false) return;
    const key = keyOfObject(this.#kind, object);
    // One that waits for its retry is left to wait: its turn will come.
    if (!this.#failures.has(textOf(key))) this.#add({ key });
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

  /** Looks at what waits now. What is added meanwhile waits a turn: others may be about to do something there. */
  async #workOff(): Promise<void> {
    const count = Math.min(this.#queue.length, keysPerTurn);
    for (let looked = 0; looked < count && this.#state === "running"; looked++) {
      const next = this.#queue.take();
      if (next === undefined) break;
      const rest = this.#resting.get(next.key);
      if (rest) rest.wanted = next.item;
      else await this.#look(next.key, next.item);
      this.#queue.done(next.key);
    }
    this.#isAwake = false;
    if (this.#queue.length > 0) this.#wake();
  }

  async #look(text: string, { key, cause }: Look): Promise<void> {
    const { clock } = this.#surroundings;
    const startedAt = clock.now();
    let isSettled = false;
    this.#later.get(text)?.cancel();
    this.#later.delete(text);
    this.#counts.runs++;
    try {
      const outcome = await this.#reconcile(key, cause);
      if (outcome.isRefused) {
        this.#counts.failures++;
        this.#lookAfterFailure(text, key, cause);
        return;
      }
      this.#failures.delete(text);
      isSettled = outcome.again === undefined;
      if (outcome.again === 0) this.#add({ key, cause });
      else if (outcome.again !== undefined) this.#lookLater(text, { key }, outcome.again);
    } catch (error) {
      if (isInDyingNamespace(error)) {
        this.#failures.delete(text);
        return;
      }
      this.#lookAfterFailure(text, key, cause);
      if (isConflict(error)) this.#counts.conflicts++;
      else {
        this.#counts.failures++;
        this.#onFailure(this.controller.name, key, error);
      }
    }
    const tookMs = clock.now() - startedAt;
    this.#counts.busyMs += tookMs;
    this.#usualMs += (tookMs - this.#usualMs) / 100;
    // Who has more to do, or failed, has said when to look again.
    const isLong = isSettled && this.controller.looksAtMany === true && tookMs >= longLookMs;
    const lastMs = this.#longLooks.get(text);
    if (isLong) this.#longLooks.set(text, tookMs);
    else this.#longLooks.delete(text);
    if (!isLong || lastMs === undefined) return;
    this.#rest(text, Math.min(tookMs * restInLooks, lastMs * restInLooks, longestRestMs));
  }

  #rest(text: string, ms: number): void {
    if (this.#state !== "running") return;
    const timer = this.#surroundings.clock.after(ms, () => {
      const wanted = this.#resting.get(text)?.wanted;
      this.#resting.delete(text);
      if (wanted) this.#add(wanted);
    });
    this.#resting.set(text, { timer, wanted: undefined });
  }

  async #reconcile(key: ObjectKey, cause: number | undefined): Promise<Outcome> {
    const world = worldOf(this.#surroundings, this.#writer, cause);
    const object = this.#sight.get(key.kind, key.namespace, key.name);
    if (object) return this.controller.reconcile(object, world);
    return this.controller.gone?.(key, world) ?? settled;
  }

  /** A retry has the reason of the look that failed. */
  #lookAfterFailure(text: string, key: ObjectKey, cause: number | undefined): void {
    const failures = (this.#failures.get(text) ?? 0) + 1;
    this.#failures.set(text, failures);
    this.#lookLater(text, { key, cause }, backOffMs(this.#backOff, failures));
  }

  #lookLater(text: string, look: Look, ms: number): void {
    if (this.#state !== "running") return;
    this.#later.set(
      text,
      this.#surroundings.clock.after(ms, () => this.#add(look)),
    );
  }

  #scheduleResync(): void {
    this.#resyncTimer = this.#surroundings.clock.after(this.#resyncMs, () => {
      this.#resync();
      this.#scheduleResync();
    });
  }

  /** Goes through as many objects as the budget allows, on from where the last resync stopped; each of them once. */
  #resync(): void {
    const { store } = this.#surroundings.registry;
    const affordable = Math.ceil((this.#resyncMs * resyncShare) / this.#usualMs);
    const budget = this.controller.looksAtMany
      ? Math.min(affordable, this.#resyncBudget)
      : this.#resyncBudget;
    const count = Math.min(store.count(this.#kind), budget);
    for (let i = 0; i < count; i++) {
      let next = this.#sweep.next();
      if (next.done) {
        this.#sweep = store.walk(this.#kind);
        next = this.#sweep.next();
      }
      if (!next.done) this.#glance(next.value);
    }
  }
}

const none: readonly ObjectKey[] = [];

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
