/**
 * A name that messages are sent to, as the sending thread knows it: where it leads, pushed by the main thread, and the
 * messages that wait until that is known. Nothing here is asked for twice.
 */

import type { MessageError } from "../../errors/index.ts";
import { Fifo } from "../../outside/index.ts";
import type { Channel } from "../channels/index.ts";
import type { RoutePlan } from "../introductions.ts";
import type { PendingMessage } from "../sending/index.ts";
import type { EndpointUse, RetryBudget, ServiceTraffic } from "../traffic/index.ts";

/** A way to one of the endpoints. */
export class Lane {
  readonly channel: Channel;
  /** What is under way to it; undefined where no Service is in between. */
  readonly use: EndpointUse | undefined;

  constructor(channel: Channel, use: EndpointUse | undefined) {
    this.channel = channel;
    this.use = use;
  }

  get endpoint(): string {
    return this.use?.endpoint ?? "";
  }

  get outstanding(): number {
    return this.use?.outstanding ?? 0;
  }
}

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
  /** Why it has no endpoint, where that is known. */
  why: string | undefined;
  /** The channels by which nothing may be sent, as NetworkPolicies deny it, and why; undefined: none. */
  denied: ReadonlyMap<Channel, string> | undefined;
  /** Of a Service with an HTTPRoute. */
  plan: RoutePlan | undefined;
  budget: RetryBudget | undefined;
  /** Of a Service. */
  traffic: ServiceTraffic | undefined;
  #client = "";
  #lanes: readonly Lane[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /** The route has changed. */
  lead(lanes: readonly Lane[], client: string): void {
    this.#lanes = lanes;
    this.#client = client;
  }

  leadsTo(channel: Channel): boolean {
    return this.#lanes.some(lane => lane.channel === channel);
  }

  /** Sends nothing more by this channel, whatever the route says. */
  leave(channel: Channel): void {
    if (this.leadsTo(channel)) this.#lanes = this.#lanes.filter(lane => lane.channel !== channel);
  }

  /** The way for the next message; undefined when there is none, as far as this thread knows. */
  choose(): Lane | undefined {
    return this.traffic ? this.traffic.choose(this.#lanes, this.#client) : this.#lanes[0];
  }
}
