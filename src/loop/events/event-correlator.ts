/**
 * Which event says a thing: the one that said it before, a new one, one that stands for many, or none. As in client-go
 * (EventCorrelator), in this order:
 *
 * 1. Aggregated: events alike differ in nothing but their message (and the part of the object). From the tenth message on,
 *    until ten minutes pass without any of them, further ones are combined into one event, which carries the last message.
 * 2. Counted: what was said before is the same event, once more.
 * 3. Filtered: a source that tells too much of one object is not written (event-spam-filter.ts). What is held back is counted,
 *    and the count told when the same is written next.
 *
 * What is remembered is bounded: what is forgotten costs a second event.
 */

import { setBounded } from "../../outside/index.ts";
import type { Event, KubernetesObject } from "../../resources/index.ts";
import { EventSpamFilter, type SpamLimits } from "./event-spam-filter.ts";

/** What is told: by whom, about what. */
export interface Telling {
  /** Who tells it: the actor. */
  readonly source: string;
  readonly about: KubernetesObject;
  /** Which part of it, `spec.containers{app}`. */
  readonly fieldPath?: string | undefined;
  readonly type: Event["type"];
  readonly reason: string;
  readonly message: string;
}

export interface Correlated {
  /** The same for what the same event is to say. */
  readonly key: string;
  readonly message: string;
  /** How often it was told since it was last to be written. */
  readonly times: number;
}

export interface CorrelationLimits extends SpamLimits {
  /** From this message of a group on, they are combined. Default 10, as in client-go. */
  readonly alike: number;
}

/** So long messages are remembered after the last of their group, in milliseconds; client-go's interval. */
const intervalMs = 600_000;
/** Of so many groups, and so many events; client-go's cache has that size. */
const remembered = 4_096;

export class EventCorrelator {
  readonly #alike: number;
  readonly #filter: EventSpamFilter;
  /** The different messages of each group, and when the last one came. The oldest group comes first. */
  readonly #groups = new Map<string, { messages: Set<string>; at: number }>();
  /** The names of the events that say it, by key. */
  readonly #names = new Map<string, string>();
  /** How often each was held back since it was last written, by key. */
  readonly #heldBack = new Map<string, number>();

  constructor({ alike, ...limits }: CorrelationLimits) {
    this.#alike = alike;
    this.#filter = new EventSpamFilter(limits);
  }

  /** Undefined where it is not to be written now. `now` in milliseconds since 1970. */
  correlate(telling: Telling, now: number): Correlated | undefined {
    const { key, message } = this.#aggregated(telling, now);
    const times = (this.#heldBack.get(key) ?? 0) + 1;
    if (!this.#filter.allows(telling.source, telling.about.metadata.uid, telling.reason, now)) {
      setBounded(this.#heldBack, key, times, remembered);
      return undefined;
    }
    this.#heldBack.delete(key);
    return { key, message, times };
  }

  /** The name of the event that says this already, if that is remembered. */
  nameOf(key: string): string | undefined {
    return this.#names.get(key);
  }

  said(key: string, name: string): void {
    setBounded(this.#names, key, name, remembered);
  }

  #aggregated(
    { source, about, fieldPath = "", type, reason, message }: Telling,
    now: number,
  ): Pick<Correlated, "key" | "message"> {
    const group = [source, about.metadata.uid, type, reason].join("\n");
    const known = this.#groups.get(group);
    const messages = known && now - known.at <= intervalMs ? known.messages : new Set<string>();
    setBounded(this.#groups, group, { messages, at: now }, remembered);
    if (messages.size >= this.#alike - 1 && !messages.has(message))
      return { key: group, message: `(combined from similar events): ${message}` };
    messages.add(message);
    return { key: [group, fieldPath, message].join("\n"), message };
  }
}
