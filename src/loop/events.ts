/**
 * Events: what controllers, the scheduler and nodes tell about an object, for people to read. They are objects like any
 * other (`kubectl get events`). One that repeats is counted up instead of written again; many that differ only in a name
 * are combined; each is kept for an hour, and there is an upper limit, so that a chatty cluster cannot fill the store.
 *
 * Telling must not cost more than what is told, nor come before what follows from that. Events wait in a line for a moment,
 * and are written a few in each turn of the event loop; one that is told again while it waits is counted, and when the line is full, as it is when ten thousand pods come at
 * once, what else is told is dropped. Kubernetes' recorder does the same, with a line of the same length.
 */
import { ApiError } from "../errors/index.ts";
import { type Clock, type Random, type Timer, timestamp } from "../outside/index.ts";
import type { Draft, Event, KubernetesObject } from "../resources/index.ts";
import { apiServerWriter, type RegistryVerbs, type Writer } from "../store/index.ts";

export interface EventLimits {
  /** How long an event is kept after it was last seen. Default one hour, as in Kubernetes. */
  readonly keepMs: number;
  /** How many are kept at most; the oldest go first. Default 5,000. */
  readonly most: number;
  /** How many may wait to be written; more are dropped. Default 1,000, as in client-go. */
  readonly waiting: number;
  /** How many alike (same object, source and reason) are told apart before they are combined. Default 10, as in client-go. */
  readonly alike: number;
}

/** What is told: by whom, about what. */
interface Telling {
  readonly source: Writer;
  readonly about: KubernetesObject;
  readonly type: Event["type"];
  readonly reason: string;
  readonly message: string;
  readonly fieldPath: string | undefined;
  /** How often it was told since it began to wait. */
  readonly times: number;
}

const defaults: EventLimits = { keepMs: 3_600_000, most: 5_000, waiting: 1_000, alike: 10 };
/** Who throws away old events; in Kubernetes the store of the API server does. */
const recorder = apiServerWriter("event-recorder");
const sweepMs = 60_000;
/** So long what is told waits: what it tells of goes first, and so does what follows from that. */
const patienceMs = 10;
/** How many are written in one turn of the event loop. */
const writesPerTurn = 20;

export class EventRecorder {
  readonly #registry: RegistryVerbs;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onFault: (error: unknown) => void;
  readonly #limits: EventLimits;
  /** The name of the event that says this already, by what it says. Lost, it costs no more than a second event. */
  readonly #said = new Map<string, string>();
  /** The different messages of each (object, source, reason). */
  readonly #alike = new Map<string, Set<string>>();
  /** What is to be written, by what it says; in the order in which it was told first. */
  readonly #waiting = new Map<string, Telling>();
  /** Events are written one after another, behind the back of those who record them. */
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;
  #isStopped = false;
  /** Ends the moment before it is written. */
  #hurry = () => {};
  #sweep: Timer | undefined;

  constructor(
    { registry, clock, random }: { registry: RegistryVerbs; clock: Clock; random: Random },
    onFault: (error: unknown) => void,
    limits: Partial<EventLimits> = {},
  ) {
    this.#registry = registry;
    this.#clock = clock;
    this.#random = random;
    this.#onFault = onFault;
    this.#limits = { ...defaults, ...limits };
  }

  /**
   * Notes that something happened to an object. Returns at once.
   * @param source who tells it; its actor is the event's component
   * @param fieldPath which part of it, `spec.containers{app}`
   */
  record(
    source: Writer,
    about: KubernetesObject,
    type: Event["type"],
    reason: string,
    message: string,
    fieldPath?: string,
  ): void {
    if (this.#waiting.size >= this.#limits.waiting) return;
    const { key, ...telling } = this.#combined({ source, about, type, reason, message, fieldPath, times: 1 });
    const times = (this.#waiting.get(key)?.times ?? 0) + 1;
    this.#waiting.set(key, { ...telling, times });
    if (this.#isWriting) return;
    this.#isWriting = true;
    const moment = this.#moment();
    this.#writing = this.#writing.then(() => moment).then(() => this.#writeWaiting());
  }

  /** Starts to throw away what is too old or too many, once a minute. */
  start(): void {
    this.#sweep = this.#clock.after(sweepMs, () => {
      this.#writing = this.#writing.then(() => this.#forget()).catch(this.#onFault);
      this.start();
    });
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
  }

  /** The first few of a kind are told apart; after that they are one event, whatever name their message ends in. */
  #combined(telling: Telling): Telling & { key: string } {
    const { source, about, reason, message } = telling;
    const alike = `${about.metadata.uid} ${source.actor} ${reason}`;
    const messages = this.#alike.get(alike) ?? new Set();
    this.#alike.set(alike, messages);
    if (messages.size >= this.#limits.alike && !messages.has(message))
      return { ...telling, key: alike, message: `(combined from similar events): ${message}` };
    messages.add(message);
    return { ...telling, key: `${alike} ${message}` };
  }

  /** Writes what waits, a few in each turn of the event loop. All of it at once when we are to stop. */
  async #writeWaiting(): Promise<void> {
    let written = 0;
    for (const [key, telling] of this.#waiting) {
      this.#waiting.delete(key);
      try {
        await this.#write(key, telling);
      } catch (error) {
        // The namespace went away meanwhile: nobody is left to read about it.
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

  async #write(key: string, telling: Telling): Promise<void> {
    const { source, about, message, times } = telling;
    const request = { author: source, isChecked: true };
    const at = timestamp(this.#clock.now());
    const name = this.#said.get(key);
    const said = name && this.#registry.store.get("Event", about.metadata.namespace ?? "default", name);
    if (said) {
      const again = { ...said, message, count: (said.count ?? 1) + times, lastTimestamp: at };
      await this.#registry.update(again, request);
      return;
    }
    const newName = `${about.metadata.name}.${this.#random.uuid().replaceAll("-", "").slice(0, 16)}`;
    this.#said.set(key, newName);
    await this.#registry.create<Event>(newEvent(newName, telling, at), request);
  }

  async #forget(): Promise<void> {
    const events = this.#registry.store.list("Event");
    const tooOld = this.#clock.now() - this.#limits.keepMs;
    const tooMany = events.length - this.#limits.most;
    for (const [place, { metadata, lastTimestamp }] of events.entries()) {
      if (place >= tooMany && Date.parse(lastTimestamp ?? metadata.creationTimestamp) >= tooOld) continue;
      await this.#registry.delete("Event", metadata.namespace ?? "", metadata.name, {
        author: recorder,
        isChecked: true,
      });
    }
    this.#said.clear();
    this.#alike.clear();
  }
}

function newEvent(
  name: string,
  { source, about, type, reason, message, fieldPath, times }: Telling,
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
