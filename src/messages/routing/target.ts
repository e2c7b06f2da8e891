/**
 * A name that messages are sent to, as the sending thread knows it: where it leads, pushed by the main thread, and the
 * messages that wait until that is known. Nothing here is asked for twice.
 */

import type { MessageError } from "../../errors/index.ts";
import type { Random } from "../../outside/index.ts";
import type { Channel } from "../channels/index.ts";
import { Fifo } from "../fifo.ts";
import type { Route } from "../introductions.ts";
import type { Errand } from "../sending/index.ts";
import { balancer, type Choose } from "./balancing.ts";

export class Target {
  readonly name: string;
  /** The messages that wait for an answer to `resolve`. */
  readonly waiting = new Fifo<Errand>();
  /** `resolve` is under way. */
  isAsking = false;
  /** One certain pod is meant. */
  isSingle = false;
  /** Why the last one to be chosen was left: it says more than that nobody is there. */
  lastFailure: MessageError | undefined;
  #lines: readonly Channel[] = [];
  #policy: Route["balancing"] | undefined;
  #choose: Choose | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get lines(): readonly Channel[] {
    return this.#lines;
  }

  /** The route has changed. `lines` are the channels to its endpoints. */
  lead(route: Route, lines: readonly Channel[], random: Random): void {
    this.isSingle = route.single;
    this.#lines = lines;
    if (route.balancing !== this.#policy) {
      this.#policy = route.balancing;
      this.#choose = balancer(route.balancing, random);
    }
  }

  /** Sends nothing more by this channel, whatever the route says. */
  leave(channel: Channel): void {
    if (this.#lines.includes(channel)) this.#lines = this.#lines.filter(line => line !== channel);
  }

  /** The channel for the next message; undefined when nobody is there, as far as this thread knows. */
  choose(): Channel | undefined {
    return this.#lines.length === 0 ? undefined : this.#choose?.(this.#lines);
  }
}
