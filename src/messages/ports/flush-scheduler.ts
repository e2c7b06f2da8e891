/**
 * When the channels of one thread post: each posts in one batch what was written in this turn of the event loop, when the turn
 * ends. The end of the turn is setImmediate: Node drains nextTick and microtasks after every single message that it
 * receives, so a batch flushed there would hold one message however many are in flight.
 */
import type { Clock } from "../../outside/index.ts";

export interface Flushable {
  flush(): void;
}

/**
 * With so few messages in flight latency counts, and each is posted at once; with more, throughput does, and a post of one
 * message would only wake the other thread for little. The last turn counts as well: a burst that was answered at once
 * comes back at once.
 */
export const FEW = 4;

export class FlushScheduler {
  /** Messages that were written and neither answered nor taken in. */
  inFlight = 0;
  readonly #clock: Clock;
  /** Messages written for the end of this turn, and for the end of the last one that had any. */
  #burst = 0;
  #lastBurst = 0;
  #waiting: Flushable[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isQuiet(): boolean {
    return this.inFlight < FEW && this.#lastBurst < FEW;
  }

  /** A message was written that goes with the others when the turn ends. */
  join(): void {
    this.#burst++;
  }

  /** Flushes the channel when this turn ends. Once a turn is enough. */
  flushAtEnd(channel: Flushable): void {
    if (this.#waiting.length === 0) this.#clock.soon(() => this.#end());
    this.#waiting.push(channel);
  }

  #end(): void {
    const channels = this.#waiting;
    this.#waiting = [];
    this.#lastBurst = this.#burst;
    this.#burst = 0;
    for (const channel of channels) channel.flush();
  }
}
