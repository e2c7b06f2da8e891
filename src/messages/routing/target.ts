/**
 * A name that messages are sent to, as the sending thread knows it: where it leads, pushed by the main thread, and the
 * messages that wait until that is known. Nothing here is asked for twice.
 */

import type { MessageError } from "../../errors/index.ts";
import { Fifo, type Random } from "../../outside/index.ts";
import type { Channel } from "../channels/index.ts";
import type { Route } from "../introductions.ts";
import type { PendingMessage } from "../sending/index.ts";
import { balancer, type Choose } from "./balancing.ts";

export class Target {
  readonly name: string;
  /** The messages that wait for an answer to `resolve`. */
  readonly waiting = new Fifo<PendingMessage>();
  /** `resolve` is under way. */
  isAsking = false;
  /** One certain pod is meant. */
  isSingle = false;
  /** Why the last one to be chosen was left: it tells more than that there is none. */
  lastFailure: MessageError | undefined;
  /** The channels by which nothing may be sent, as NetworkPolicies deny it, and why; undefined: none. */
  denied: ReadonlyMap<Channel, string> | undefined;
  #channels: readonly Channel[] = [];
  #policy: Route["balancing"] | undefined;
  #choose: Choose | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get channels(): readonly Channel[] {
    return this.#channels;
  }

  /** The route has changed. `channels` lead to its endpoints. */
  lead(route: Route, channels: readonly Channel[], random: Random): void {
    this.isSingle = route.single;
    this.#channels = channels;
    if (route.balancing !== this.#policy) {
      this.#policy = route.balancing;
      this.#choose = balancer(route.balancing, random);
    }
  }

  /** Sends nothing more by this channel, whatever the route says. */
  leave(channel: Channel): void {
    if (this.#channels.includes(channel)) this.#channels = this.#channels.filter(other => other !== channel);
  }

  /** The channel for the next message; undefined when there is none, as far as this thread knows. */
  choose(): Channel | undefined {
    return this.#channels.length === 0 ? undefined : this.#choose?.(this.#channels);
  }
}
