/**
 * Which event says a thing: the one that said it before, a new one, or one that stands for many. As in client-go, the first
 * ten messages of one source about one object for one reason are told apart; further ones within ten minutes are combined
 * into one event, which carries the last message. What is remembered is bounded: what is forgotten costs a second event.
 */
import type { KubernetesObject } from "../resources/index.ts";

/** What is told: by whom, about what. */
export interface Telling {
  /** Who tells it: the actor. */
  readonly source: string;
  readonly about: KubernetesObject;
  readonly reason: string;
  readonly message: string;
}

export interface Correlated {
  /** The same for what the same event is to say. */
  readonly key: string;
  readonly message: string;
}

/** So long messages are remembered after the last of their group, in milliseconds; client-go's interval. */
const intervalMs = 600_000;
/** Of so many groups, and so many events; client-go's cache has that size. */
const remembered = 4_096;

export class EventCorrelator {
  readonly #alike: number;
  /** The different messages of each (object, source, reason), and when the last one came. The oldest group comes first. */
  readonly #groups = new Map<string, { messages: Set<string>; at: number }>();
  /** The names of the events that say it, by key. */
  readonly #names = new Map<string, string>();

  /** `alike`: how many messages of a group are told apart. */
  constructor(alike: number) {
    this.#alike = alike;
  }

  /** `now` in milliseconds since 1970. */
  correlate({ source, about, reason, message }: Telling, now: number): Correlated {
    const group = `${about.metadata.uid} ${source} ${reason}`;
    const known = this.#groups.get(group);
    const messages = known && now - known.at < intervalMs ? known.messages : new Set<string>();
    this.#groups.delete(group);
    bounded(this.#groups, group, { messages, at: now });
    if (messages.size >= this.#alike && !messages.has(message))
      return { key: group, message: `(combined from similar events): ${message}` };
    messages.add(message);
    return { key: `${group} ${message}`, message };
  }

  /** The name of the event that says this already, if that is remembered. */
  nameOf(key: string): string | undefined {
    return this.#names.get(key);
  }

  said(key: string, name: string): void {
    this.#names.delete(key);
    bounded(this.#names, key, name);
  }
}

function bounded<V>(map: Map<string, V>, key: string, value: V): void {
  map.set(key, value);
  if (map.size <= remembered) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
