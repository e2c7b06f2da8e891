/**
 * What one thread sends: makes a PendingMessage of each call, with its deadline and its signal, finds the Channel that leads to
 * its Target, and sends it there; or lets it wait at the target until the main thread has answered where that leads.
 *
 * A message that was not delivered, because its receiver stops, or ended before it had read it, goes to another endpoint of the
 * same service: it certainly was not handled. One that may have been handled is never sent twice.
 */
import { fromWire, MessageError, type WireError } from "../../errors/index.ts";
import { type Clock, type Random, setBounded } from "../../outside/index.ts";
import type { Channel, Channels } from "../channels/index.ts";
import type { PeerId, Route, RoutePlan } from "../introductions.ts";
import type { MessageApi, RequestOptions, TransferOptions } from "../message.ts";
import type { Transferable } from "../ports/index.ts";
import { again, Deadlines, MOST_WAITING, PendingMessage, snapshot } from "../sending/index.ts";
import { RetryBudget, type ServiceTraffic, type TrafficBook } from "../traffic/index.ts";
import { RoutedMessage } from "./routed-message.ts";
import { Lane, Target } from "./target.ts";

const DEFAULT_TIMEOUT_MS = 30_000;
/** So often the main thread is told that messages to one thread are denied. */
const DENIED_TOLD_MS = 60_000;
/** Of so many threads it is remembered when that was told. */
const MOST_DENIED = 1_000;

/** What the outbox asks of the main thread, or tells it. */
export interface OutboxEvents {
  /** Where does a name lead? `lead` or `leadNowhere` is the answer. */
  resolve(target: string): void;
  /** A message to that thread was rejected, as NetworkPolicies deny it. */
  denied(peer: PeerId): void;
}

export class Outbox implements MessageApi {
  readonly #random: Random;
  readonly #traffic: TrafficBook;
  readonly #channels: Channels;
  readonly #clock: Clock;
  readonly #events: OutboxEvents;
  /** When it was told of a thread that messages to it are denied. */
  readonly #deniedAt = new Map<PeerId, number>();
  readonly #deadlines: Deadlines<PendingMessage>;
  readonly #targets = new Map<string, Target>();
  #closed: MessageError | undefined;

  constructor(
    {
      clock,
      random,
      traffic,
    }: { readonly clock: Clock; readonly random: Random; readonly traffic: TrafficBook },
    channels: Channels,
    events: OutboxEvents,
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#traffic = traffic;
    this.#channels = channels;
    this.#events = events;
    this.#deadlines = new Deadlines<PendingMessage>(clock, (pending, timeoutMs) =>
      this.#expire(pending, timeoutMs),
    );
  }

  send(to: string, body?: unknown, options?: TransferOptions): Promise<void> {
    const pending = new PendingMessage(to, false);
    this.#dispatch(pending, body, options?.transfer);
    return pending.promise as Promise<void>;
  }

  request<Answer>(to: string, body?: unknown, options?: RequestOptions): Promise<Answer> {
    const pending = new PendingMessage(to, true);
    if (options === undefined) {
      this.#deadlines.add(pending, DEFAULT_TIMEOUT_MS);
      this.#dispatch(pending, body, undefined);
    } else {
      this.#requestWith(pending, body, options);
    }
    return pending.promise as Promise<Answer>;
  }

  /** Where a target leads has come, or changed. `asked`: it answers `resolve`. */
  lead(name: string, route: Route, asked: boolean): void {
    const target = this.#targets.get(name) ?? new Target(name);
    this.#targets.set(name, target);
    const before = target.lanes;
    const lanes = this.#lanesOf(target, route);
    target.isSingle = route.single;
    target.lead(lanes, route.client);
    target.denied = this.#deniedOf(route);
    target.why = route.why;
    this.#plan(target, route);
    for (const [channel, text] of target.denied ?? []) channel.forbid(text);
    for (const { channel } of before)
      if (channel.isNew && !this.#leadsTo(channel)) this.#channels.forget(channel);
    if (asked) target.isAsking = false;
    else if (lanes.length === 0 && !target.plan) return;
    for (const pending of target.waiting.drain()) {
      if (pending.isSettled) continue;
      if (target.plan) {
        this.#route(target, target.plan, pending, pending.body, pending.transfer);
        continue;
      }
      const lane = target.choose();
      if (lane) this.#sendBy(lane, target, pending, pending.body, pending.transfer);
      else pending.reject(noEndpoint(target));
    }
  }

  #lanesOf(target: Target, { endpoints, traffic: policy }: Route): readonly Lane[] {
    const traffic = policy && this.#traffic.of(policy, "messages");
    target.traffic = traffic;
    const lanes = endpoints
      .filter(({ peer }) => !this.#channels.hasEnded(peer))
      .map(({ peer, address }) => new Lane(this.#channels.to(peer), traffic?.use(address)))
      .filter(({ channel }) => channel.takesMessages);
    traffic?.keep(lanes.map(({ endpoint }) => endpoint));
    return lanes;
  }

  /** There is nothing of that name (any more). */
  leadNowhere(name: string, error: WireError): void {
    const waiting = this.#targets.get(name)?.waiting.drain() ?? [];
    this.#targets.delete(name);
    for (const pending of waiting) pending.reject(fromWire(error));
  }

  /** Nothing more is to be sent by this channel. */
  leave(channel: Channel): void {
    for (const target of this.#targets.values()) target.leave(channel);
  }

  undelivered(pending: PendingMessage, error: MessageError): void {
    pending.owner = undefined;
    pending.left();
    const target = this.#targets.get(pending.to);
    if (target) target.lastFailure = error;
    if (target?.isSingle) pending.reject(error);
    else this.#dispatch(pending, pending.body, pending.transfer);
  }

  /** Whatever still waits fails, and so does whatever comes. */
  close(error: MessageError): void {
    this.#closed = error;
    for (const target of this.#targets.values()) {
      for (const pending of target.waiting.drain()) pending.reject(again(error, "no"));
    }
    this.#deadlines.clear();
  }

  #requestWith(pending: PendingMessage, body: unknown, options: RequestOptions): void {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal, transfer } = options;
    if (typeof timeoutMs !== "number" || !(timeoutMs >= 0)) {
      const text = `timeoutMs is ${String(timeoutMs)}: it must be a number of milliseconds, 0 or more`;
      pending.reject(new TypeError(text));
    } else if (signal?.aborted) {
      this.#abort(pending, signal);
    } else {
      if (signal) pending.listen(signal, () => this.#abort(pending, signal));
      this.#deadlines.add(pending, Math.ceil(timeoutMs));
      this.#dispatch(pending, body, transfer);
    }
  }

  /** Sends a message, or lets it wait at its target until the main thread has answered where that leads. */
  #dispatch(pending: PendingMessage, body: unknown, transfer: readonly Transferable[] | undefined): void {
    if (this.#closed) {
      pending.reject(again(this.#closed, "no"));
      return;
    }
    const target = this.#targets.get(pending.to);
    if (target?.plan) {
      this.#route(target, target.plan, pending, body, transfer);
      return;
    }
    const lane = target?.choose();
    if (target === undefined || lane === undefined) this.#wait(pending, body, transfer);
    else this.#sendBy(lane, target, pending, body, transfer);
  }

  #plan(target: Target, { plan }: Route): void {
    target.plan = plan;
    if (!plan) return;
    target.budget ??= new RetryBudget(plan.budget);
    target.budget.policy = plan.budget;
  }

  /** An HTTPRoute says where the message goes. What may be sent twice is copied, for the caller may change it meanwhile. */
  #route(
    { budget }: Target,
    plan: RoutePlan,
    pending: PendingMessage,
    body: unknown,
    transfer: readonly Transferable[] | undefined,
  ): void {
    const isSentTwice = plan.retry !== undefined || plan.mirrors.length > 0;
    if (isSentTwice && !snapshot(pending, body, transfer)) return;
    const kept = isSentTwice ? pending.body : body;
    const parts = {
      clock: this.#clock,
      random: this.#random,
      budget: budget ?? new RetryBudget(plan.budget),
      dispatch: (
        each: PendingMessage,
        of: unknown,
        moved: readonly Transferable[] | undefined,
        timeoutMs: number | undefined,
      ) => {
        if (timeoutMs !== undefined) this.#deadlines.add(each, timeoutMs);
        this.#dispatch(each, of, moved);
      },
    };
    new RoutedMessage(pending, plan, parts, kept, transfer).start();
  }

  #sendBy(
    { channel, use }: Lane,
    target: Target,
    pending: PendingMessage,
    body: unknown,
    transfer: readonly Transferable[] | undefined,
  ): void {
    const text = target.denied?.get(channel);
    if (text === undefined) {
      if (target.traffic?.hasRoom === false) {
        this.#waitForRoom(target.traffic, pending, body, transfer);
        return;
      }
      pending.goesBy(use);
      channel.send(pending, body, transfer);
      return;
    }
    pending.reject(new MessageError("Forbidden", text));
    const { peer } = channel;
    const now = this.#clock.elapsed();
    if (now - (this.#deniedAt.get(peer) ?? Number.NEGATIVE_INFINITY) < DENIED_TOLD_MS) return;
    setBounded(this.#deniedAt, peer, now, MOST_DENIED);
    this.#events.denied(peer);
  }

  /** More is under way to the Service than its limits allow. */
  #waitForRoom(
    traffic: ServiceTraffic,
    pending: PendingMessage,
    body: unknown,
    transfer: readonly Transferable[] | undefined,
  ): void {
    if (!snapshot(pending, body, transfer)) return;
    const leave = traffic.wait(() => {
      pending.owner = undefined;
      this.#dispatch(pending, pending.body, pending.transfer);
    });
    if (leave) {
      pending.owner = { abandon: leave, isUnposted: () => true };
      return;
    }
    const text = `${pending.to} has as much under way and waiting as its limits allow`;
    pending.reject(new MessageError("TooManyWaiting", text));
  }

  #deniedOf({ denied }: Route): ReadonlyMap<Channel, string> | undefined {
    return denied && new Map(denied.map(({ peer, text }) => [this.#channels.to(peer), text]));
  }

  #wait(pending: PendingMessage, body: unknown, transfer: readonly Transferable[] | undefined): void {
    let target = this.#targets.get(pending.to);
    if (target === undefined) {
      if (typeof pending.to !== "string") {
        const text = `the target is of type ${typeof pending.to}: it must be the name of a service, container or pod`;
        pending.reject(new TypeError(text));
        return;
      }
      target = new Target(pending.to);
      this.#targets.set(pending.to, target);
    }
    if (target.waiting.length >= MOST_WAITING) {
      const text = `${MOST_WAITING} messages wait for ${pending.to} already: await the promises of earlier ones`;
      pending.reject(new MessageError("TooManyWaiting", text));
      return;
    }
    if (!snapshot(pending, body, transfer)) return;
    target.waiting.push(pending);
    if (target.isAsking) return;
    target.isAsking = true;
    this.#events.resolve(pending.to);
  }

  #leadsTo(channel: Channel): boolean {
    for (const target of this.#targets.values()) if (target.leadsTo(channel)) return true;
    return false;
  }

  #expire(pending: PendingMessage, timeoutMs: number): void {
    const text = `no answer from ${pending.to} within ${timeoutMs} ms`;
    this.#giveUp(pending, handled => new MessageError("DeadlineExceeded", text, { handled }));
  }

  #abort(pending: PendingMessage, signal: AbortSignal): void {
    const text = `the request to ${pending.to} was aborted by its signal`;
    this.#giveUp(pending, handled => new MessageError("Aborted", text, { handled, cause: signal.reason }));
  }

  #giveUp(pending: PendingMessage, error: (handled: "no" | "maybe") => MessageError): void {
    const { owner } = pending;
    const isUnposted = owner === undefined || owner.isUnposted(pending);
    owner?.abandon(pending);
    pending.reject(error(isUnposted ? "no" : "maybe"));
  }
}

function noEndpoint(target: Target): MessageError {
  if (target.why !== undefined)
    return new MessageError("NoEndpoint", `${target.name} is not reached: ${target.why}`);
  const cause = target.lastFailure;
  const text = target.isSingle ? `${target.name} is not running` : `no pod of ${target.name} is ready`;
  return new MessageError("NoEndpoint", cause ? `${text}: ${cause.message}` : text, { cause });
}
