/**
 * What the channels of one thread have in common: the end of the turn, when each posts in one batch what was written
 * since, and how much is under way in all. The end of the turn is setImmediate: Node drains nextTick and microtasks after
 * every single message that it receives, so a batch flushed there would hold one message however many are in flight.
 */
import type { Clock } from "../../outside/index.ts";

export interface Flushable {
  flush(): void;
}

/**
 * With so few messages under way latency counts, and each is posted at once; with more, throughput does, and a lone post
 * would only wake somebody for nothing. The last turn counts as well: a crowd that was answered all at once comes back
 * all at once.
 */
export const FEW = 4;

export class Turn {
  /** Messages that were written and neither answered nor taken in. */
  inFlight = 0;
  readonly #clock: Clock;
  /** Messages written for the end of this turn, and for the end of the last one that had any. */
  #crowd = 0;
  #lastCrowd = 0;
  #waiting: Flushable[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isQuiet(): boolean {
    return this.inFlight < FEW && this.#lastCrowd < FEW;
  }

  /** A message was written that goes with the others when the turn ends. */
  join(): void {
    this.#crowd++;
  }

  /** Flushes the channel when this turn ends. Once a turn is enough. */
  flushAtEnd(channel: Flushable): void {
    if (this.#waiting.length === 0) this.#clock.soon(() => this.#end());
    this.#waiting.push(channel);
  }

  #end(): void {
    const channels = this.#waiting;
    this.#waiting = [];
    this.#lastCrowd = this.#crowd;
    this.#crowd = 0;
    for (const channel of channels) channel.flush();
  }
}
