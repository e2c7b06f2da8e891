/**
 * Events: what controllers, the scheduler and nodes tell about an object, for people to read. They are objects like any
 * other (`kubectl get events`). One that repeats is counted up instead of written again, many that differ only in a name are
 * combined, and a source that tells too much of one object is not written (event-correlator.ts); how many are kept, and for how
 * long, is limited (event-limit.ts).
 *
 * An event must not cost more than what it tells of, nor come before what follows from that. So events wait for a moment, and
 * are written a few in each turn of the event loop. One that is told again while it waits is counted. When a thousand wait,
 * as they do when ten thousand pods come at once, further ones are dropped; Kubernetes' recorder has a queue of that length.
 */
import { ApiError, hasReason } from "../../errors/index.ts";
import { type Clock, type Timer, timestamp } from "../../outside/index.ts";
import type { Draft, Event, KubernetesObject } from "../../resources/index.ts";
import type { RegistryVerbs, Writer } from "../../store/index.ts";
import { type CorrelationLimits, EventCorrelator, type Telling } from "./event-correlator.ts";
import { EventCounts } from "./event-counts.ts";
import { EventLimit } from "./event-limit.ts";
import type { HealingAct } from "./healing.ts";

export interface EventLimits extends CorrelationLimits {
  /** How long an event is kept after it was last seen. Default one hour, as in Kubernetes. */
  readonly keepMs: number;
  /** How many are kept at most; the oldest go first. Default 5,000. */
  readonly most: number;
  /** How many may wait to be written; more are dropped. Default 1,000, as in client-go. */
  readonly waiting: number;
}

/** What is told, and how often since it began to wait. */
interface Waiting extends Omit<Telling, "source"> {
  readonly source: Writer;
  readonly times: number;
  /** When it was told first, in nanoseconds. */
  readonly moment: bigint;
}

const defaults: EventLimits = {
  keepMs: 3_600_000,
  most: 5_000,
  waiting: 1_000,
  alike: 10,
  burst: 25,
  refillMs: 300_000,
};
/** Who throws away old events; in Kubernetes the store of the API server does. */
const sweepMs = 60_000;
/** How long an event waits, in milliseconds: what it tells of goes first, and so does what follows from that. */
const patienceMs = 10;
/** How many are written in one turn of the event loop. */
const writesPerTurn = 20;

export class EventRecorder {
  /** How often each reason was told. */
  readonly counts: EventCounts;
  readonly #registry: RegistryVerbs;
  readonly #clock: Clock;
  readonly #onFault: (error: unknown) => void;
  readonly #limits: EventLimits;
  readonly #correlator: EventCorrelator;
  readonly #limit: EventLimit;
  /** What is to be written, by what it says; in the order in which it was told first. */
  readonly #waiting = new Map<string, Waiting>();
  /** Events are written one after another, while those who record them go on. */
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;
  #isStopped = false;
  #lastMoment = 0n;
  /** Ends the moment before it is written. */
  #hurry = () => {};
  #sweep: Timer | undefined;

  constructor(
    {
      registry,
      clock,
      counts = new EventCounts(),
    }: { registry: RegistryVerbs; clock: Clock; counts?: EventCounts | undefined },
    onFault: (error: unknown) => void,
    limits: Partial<EventLimits> = {},
  ) {
    this.counts = counts;
    this.#registry = registry;
    this.#clock = clock;
    this.#onFault = onFault;
    this.#limits = { ...defaults, ...limits };
    this.#correlator = new EventCorrelator(this.#limits);
    this.#limit = new EventLimit(registry, this.#limits.most, onFault);
  }

  /**
   * Notes that something happened to an object. Returns at once. Nothing is noted any more once the recorder stops.
   * @param source who tells it; its actor is the event's component
   * @param fieldPath which part of it, `spec.containers{app}`
   * @param heals which act of healing it tells of, where it does
   */
  record(
    source: Writer,
    about: KubernetesObject,
    type: Event["type"],
    reason: string,
    message: string,
    fieldPath?: string,
    heals?: HealingAct,
  ): void {
    if (this.#isStopped) return;
    this.counts.add(reason, heals);
    if (this.#waiting.size >= this.#limits.waiting) return;
    const told = { about, fieldPath, type, reason, message };
    const said = this.#correlator.correlate({ source: source.actor, ...told }, this.#clock.now());
    if (!said) return;
    const before = this.#waiting.get(said.key);
    const times = (before?.times ?? 0) + said.times;
    const moment = before?.moment ?? this.#nextMoment();
    this.#waiting.set(said.key, { source, times, moment, ...told, message: said.message });
    if (this.#isWriting) return;
    this.#isWriting = true;
    const patience = this.#moment();
    this.#writing = this.#writing.then(() => patience).then(() => this.#writeWaiting());
  }

  /** Keeps the limits from now on. */
  start(): void {
    this.#limit.start();
    this.#sweepLater();
  }

  /** Resolves when all that was told so far is written. */
  async written(): Promise<void> {
    this.#hurry();
    await this.#writing;
  }

  async stop(): Promise<void> {
    this.#sweep?.cancel();
    this.#isStopped = true;
    await this.written();
    this.#limit.stop();
  }

  /** Writes what waits, a few in each turn of the event loop. All of it at once when we are to stop. */
  async #writeWaiting(): Promise<void> {
    let written = 0;
    for (const [key, telling] of this.#waiting) {
      this.#waiting.delete(key);
      try {
        await this.#write(key, telling);
      } catch (error) {
        // The namespace went away meanwhile: there is no place left to write it to.
        if (!(error instanceof ApiError && (error.reason === "NotFound" || error.reason === "Forbidden")))
          this.#onFault(error);
      }
      if (++written % writesPerTurn === 0) await this.#nextTurn();
    }
    this.#isWriting = false;
  }

  #moment(): Promise<void> {
    return new Promise(resolve => {
      const timer = this.#clock.after(this.#isStopped ? 0 : patienceMs, resolve);
      this.#hurry = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  async #nextTurn(): Promise<void> {
    if (!this.#isStopped) await new Promise<void>(resolve => this.#clock.soon(resolve));
  }

  async #write(key: string, telling: Waiting): Promise<void> {
    const { source, about, message, times } = telling;
    const request = { author: source, isChecked: true };
    const at = timestamp(this.#clock.now());
    const name = this.#correlator.nameOf(key);
    const said = name && this.#registry.store.get("Event", about.metadata.namespace ?? "default", name);
    if (said) {
      const again = { ...said, message, count: (said.count ?? 1) + times, lastTimestamp: at };
      await this.#registry.update(again, request);
      return;
    }
    await this.#limit.makeRoom(1);
    for (let { moment } = telling; ; moment++) {
      const newName = `${about.metadata.name}.${moment.toString(16)}`;
      this.#correlator.said(key, newName);
      try {
        await this.#registry.create<Event>(newEvent(newName, telling, at), request);
        return;
      } catch (error) {
        // Another control plane told of the same object in the same moment: it comes right after that.
        if (!hasReason(error, "AlreadyExists")) throw error;
      }
    }
  }

  /** The time in nanoseconds, never the same twice. In names it is what keeps events in their order where they are listed. */
  #nextMoment(): bigint {
    const now = BigInt(Math.trunc(this.#clock.now())) * 1_000_000n;
    this.#lastMoment = now > this.#lastMoment ? now : this.#lastMoment + 1n;
    return this.#lastMoment;
  }

  #sweepLater(): void {
    this.#sweep = this.#clock.after(sweepMs, () => {
      const tooOld = this.#clock.now() - this.#limits.keepMs;
      this.#writing = this.#writing.then(() => this.#limit.forgetBefore(tooOld)).catch(this.#onFault);
      this.#sweepLater();
    });
  }
}

function newEvent(
  name: string,
  { source, about, type, reason, message, fieldPath, times }: Waiting,
  at: string,
): Draft<Event> {
  const { apiVersion, kind, metadata } = about;
  const { namespace, uid, resourceVersion } = metadata;
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: namespace ?? "default" },
    involvedObject: { apiVersion, kind, name: metadata.name, namespace, uid, resourceVersion, fieldPath },
    type,
    reason,
    message,
    source: { component: source.actor },
    reportingComponent: source.actor,
    reportingInstance: "",
    firstTimestamp: at,
    lastTimestamp: at,
    count: times,
  };
}
