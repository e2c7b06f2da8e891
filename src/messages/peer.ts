/**
 * A thread's end of the data plane. The main thread has one too, and differs in nothing: a Peer knows where names lead
 * (Target), has a line to every thread that it talks to (Channel), and one inbox for what they send. It asks the main
 * thread only for introductions, on the control port; then the threads are among themselves.
 *
 * A message's way: `request` makes an Errand with a deadline, the Target chooses a Channel, the Channel writes it into
 * its batch. Where one of the three cannot go on (the name not resolved, the line not made, the inbox full) the errand
 * waits there, with a snapshot of its body, and goes on when that changes. Whatever happens, it is settled once: by the
 * answer, its deadline, its signal, the end of the other thread, or ours.
 */
import { fromWire, MessageError } from "../errors/index.ts";
import type { Clock, Random, Timer } from "../outside/index.ts";
import { Calls } from "./calls.ts";
import { Channel, type ChannelEvents, MOST_WAITING } from "./channel.ts";
import { Deadlines } from "./deadlines.ts";
import { Errand } from "./errand.ts";
import { Inbox } from "./inbox.ts";
import type { Incoming } from "./incoming.ts";
import type { Asked, Exit, PeerId, Route, Told } from "./introductions.ts";
import {
  type Message,
  type MessageApi,
  nameOf,
  type RequestOptions,
  type TransferOptions,
} from "./message.ts";
import type { Port, Transferable } from "./port.ts";
import { snapshot } from "./snapshot.ts";
import { Target } from "./target.ts";
import { Turn } from "./turn.ts";

const DEFAULT_TIMEOUT_MS = 30_000;
/** A line and the news of why it ended come by different ways: so long the one waits for the other. */
const REASON_PATIENCE_MS = 1_000;
/** So many of the threads that have ended are remembered, lest a route that is about to change leads to them. */
const MOST_ENDED = 1_000;

export interface PeerOptions {
  /** The line to the main thread's network (introductions.ts). The peer owns it from now on. */
  control: Port;
  clock: Clock;
  random: Random;
}

export class Peer {
  /** `send` and `request`, bound: they may be passed around. */
  readonly api: MessageApi;
  /** What others sent. Ends after `drain` when what had arrived is read, and after `close`. */
  readonly inbox: AsyncIterable<Message>;

  readonly #control: Port;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #calls: Calls;
  readonly #turn: Turn;
  readonly #deadlines: Deadlines<Errand>;
  readonly #incoming = new Inbox<Incoming>();
  readonly #targets = new Map<string, Target>();
  readonly #channels = new Map<PeerId, Channel>();
  /** Second ends of lines to ourselves. */
  readonly #selves = new Set<Channel>();
  /** Threads of which one of two has come, the end of the line or the news of it, and not yet the other. */
  readonly #ending = new Map<PeerId, Timer>();
  readonly #exits = new Map<PeerId, Exit>();
  readonly #ended = new Set<PeerId>();
  #isDraining = false;
  #hasMetAll = false;
  #closed: MessageError | undefined;

  constructor({ control, clock, random }: PeerOptions) {
    this.#control = control;
    this.#clock = clock;
    this.#random = random;
    this.#calls = new Calls(control);
    this.#turn = new Turn(clock);
    this.#deadlines = new Deadlines<Errand>(clock, (errand, timeoutMs) => this.#expire(errand, timeoutMs));
    this.inbox = this.#incoming;
    this.api = {
      send: (to, body, options) => this.#send(to, body, options),
      request: <Answer>(to: string, body?: unknown, options?: RequestOptions) =>
        this.#request(to, body, options) as Promise<Answer>,
    };
    control.on("message", told => this.#heard(told as Told));
    control.on("close", () => this.close());
  }

  /** Told to stop: every sender is asked to send no more; the inbox ends when what had arrived is read. */
  drain(): void {
    if (this.#isDraining || this.#closed) return;
    this.#isDraining = true;
    this.#ask({ type: "draining" });
    for (const channel of this.#lines()) channel.drain();
    this.#endInboxIfComplete();
  }

  /** Posts what was sent and answered in this turn, without waiting for its end. */
  flush(): void {
    for (const channel of this.#lines()) channel.flush();
  }

  /**
   * The end: what was answered is posted, what was not read is refused, what is pending fails with `error` (ClusterStopping
   * where left out), and every line is closed. Safe to call twice.
   */
  close(error = new MessageError("ClusterStopping", "the cluster, or this part of it, is stopping")): void {
    if (this.#closed) return;
    this.#closed = error;
    const refusal = new MessageError("ContainerStopping", "the container ended before it read the message");
    for (const message of this.#incoming.abandon()) message.fail(refusal);
    for (const channel of this.#lines()) {
      channel.close();
      channel.end(handled => again(error, handled));
    }
    for (const target of this.#targets.values()) {
      for (const errand of target.waiting.drain()) errand.reject(again(error, "no"));
    }
    for (const timer of this.#ending.values()) timer.cancel();
    this.#deadlines.clear();
    this.#calls.close(error);
    this.#control.close();
  }

  /** Calls a function of the cluster by name: get, list, create, … Rejects with the error that it threw. */
  call(name: string, args: readonly unknown[]): Promise<unknown> {
    return this.#calls.call(name, args);
  }

  /** A stream of the cluster by name: watch. Leaving the loop, or the signal, ends it at the other side too. */
  subscribe(name: string, args: readonly unknown[], signal?: AbortSignal): AsyncIterableIterator<unknown> {
    return this.#calls.subscribe(name, args, signal);
  }

  /** Lets the thread end although the peer is open (`false`), or holds it alive while it is (`true`, as at first). */
  hold(alive: boolean): void {
    if (alive) this.#control.ref();
    else this.#control.unref();
  }

  // How messages leave.

  #send(to: string, body: unknown, options: TransferOptions | undefined): Promise<void> {
    const promise = new Promise<void>(capture);
    const errand = new Errand(to, false, resolvePromise, rejectPromise);
    this.#dispatch(errand, body, options?.transfer);
    return promise;
  }

  #request(to: string, body: unknown, options: RequestOptions | undefined): Promise<unknown> {
    const promise = new Promise<unknown>(capture);
    const errand = new Errand(to, true, resolvePromise, rejectPromise);
    if (options === undefined) {
      this.#deadlines.add(errand, DEFAULT_TIMEOUT_MS);
      this.#dispatch(errand, body, undefined);
    } else {
      const { timeoutMs = DEFAULT_TIMEOUT_MS, signal, transfer } = options;
      if (typeof timeoutMs !== "number" || !(timeoutMs >= 0)) {
        errand.reject(
          new TypeError(`timeoutMs is ${String(timeoutMs)}: it must be a number of milliseconds, 0 or more`),
        );
      } else if (signal?.aborted) {
        this.#abort(errand, signal);
      } else {
        if (signal) errand.listen(signal, () => this.#abort(errand, signal));
        this.#deadlines.add(errand, Math.ceil(timeoutMs));
        this.#dispatch(errand, body, transfer);
      }
    }
    return promise;
  }

  /** Brings an errand on its way, or lets it wait at its target until the main thread has said where that leads. */
  #dispatch(errand: Errand, body: unknown, transfer: readonly Transferable[] | undefined): void {
    if (this.#closed) {
      errand.reject(again(this.#closed, "no"));
      return;
    }
    const channel = this.#targets.get(errand.to)?.choose();
    if (channel === undefined) this.#wait(errand, body, transfer);
    else channel.carry(errand, body, transfer);
  }

  #wait(errand: Errand, body: unknown, transfer: readonly Transferable[] | undefined): void {
    let target = this.#targets.get(errand.to);
    if (target === undefined) {
      target = new Target(errand.to);
      this.#targets.set(errand.to, target);
    }
    if (target.waiting.length >= MOST_WAITING) {
      errand.reject(
        new MessageError("TooManyWaiting", `${MOST_WAITING} messages wait for ${errand.to} already`),
      );
      return;
    }
    if (!snapshot(errand, body, transfer)) return;
    target.waiting.push(errand);
    if (target.isAsking) return;
    target.isAsking = true;
    this.#ask({ type: "resolve", target: errand.to });
  }

  #expire(errand: Errand, timeoutMs: number): void {
    this.#giveUp(
      errand,
      handled =>
        new MessageError("DeadlineExceeded", `no answer from ${errand.to} within ${timeoutMs} ms`, {
          handled,
        }),
    );
  }

  #abort(errand: Errand, signal: AbortSignal): void {
    const text = `the request to ${errand.to} was aborted by its signal`;
    this.#giveUp(errand, handled => new MessageError("Aborted", text, { handled, cause: signal.reason }));
  }

  #giveUp(errand: Errand, error: (handled: "no" | "maybe") => MessageError): void {
    const { carrier } = errand;
    const isUnposted = carrier === undefined || carrier.isUnposted(errand);
    carrier?.abandon(errand);
    errand.reject(error(isUnposted ? "no" : "maybe"));
  }

  // What the main thread says.

  #ask(asked: Asked): void {
    this.#control.postMessage(asked);
  }

  #heard(told: Told): void {
    if (this.#closed || this.#calls.heard(told)) return;
    switch (told.type) {
      case "route":
        this.#lead(told.target, told.route, told.asked);
        break;
      case "no-route": {
        const waiting = this.#targets.get(told.target)?.waiting.drain() ?? [];
        this.#targets.delete(told.target);
        for (const errand of waiting) errand.reject(fromWire(told.error));
        break;
      }
      case "introduce":
        this.#meet(told);
        break;
      case "gone":
        this.#gone(told);
        break;
      case "refused": {
        const text = `${nameOf(told.who)} is stopping and takes no more messages`;
        this.#drop(told.peer, () => new MessageError("ContainerStopping", text));
        break;
      }
      case "introduced-to-all":
        this.#hasMetAll = true;
        this.#endInboxIfComplete();
        break;
      case "stopping":
        this.close(fromWire(told.error) as MessageError);
        break;
    }
  }

  /** The route of a target has come, or changed. */
  #lead(name: string, route: Route, asked: boolean): void {
    const target = this.#targets.get(name) ?? new Target(name);
    this.#targets.set(name, target);
    const before = target.lines;
    const lines = route.endpoints
      .filter(peer => !this.#ended.has(peer))
      .map(peer => this.#channel(peer))
      .filter(channel => channel.takesMessages);
    target.lead(route, lines, this.#random);
    for (const channel of before) if (channel.isNew) this.#forgetIfUnused(channel);
    if (asked) target.isAsking = false;
    else if (lines.length === 0) return;
    for (const errand of target.waiting.drain()) {
      if (errand.isSettled) continue;
      const channel = target.choose();
      if (channel) channel.carry(errand, errand.body, errand.transfer);
      else errand.reject(noEndpoint(target));
    }
  }

  #channel(peer: PeerId): Channel {
    const channel = this.#channels.get(peer) ?? this.#newChannel(peer);
    this.#channels.set(peer, channel);
    return channel;
  }

  #newChannel(peer: PeerId): Channel {
    return new Channel(peer, this.#turn, this.#incoming, this.#events);
  }

  #lines(): Channel[] {
    return [...this.#channels.values(), ...this.#selves];
  }

  #forgetIfUnused(channel: Channel): void {
    for (const target of this.#targets.values()) if (target.lines.includes(channel)) return;
    this.#channels.delete(channel.peer);
  }

  #meet({ peer, port, who, copies }: Told & { type: "introduce" }): void {
    let channel = this.#channel(peer);
    if (channel.isOpen) {
      // Who sends to itself is introduced twice, once for each end.
      channel = this.#newChannel(peer);
      this.#selves.add(channel);
    }
    if (this.#isDraining) channel.drain();
    channel.open(port, who, copies);
  }

  // How lines end.

  readonly #events: ChannelEvents = {
    wanted: channel => this.#ask({ type: "connect", peer: channel.peer }),
    heardLast: () => this.#endInboxIfComplete(),
    drained: channel => this.#leave(channel),
    strayed: (errand, error) => {
      errand.carrier = undefined;
      const target = this.#targets.get(errand.to);
      if (target) target.lastFailure = error;
      if (target?.isSingle) errand.reject(error);
      else this.#dispatch(errand, errand.body, errand.transfer);
    },
    closed: channel => {
      this.#leave(channel);
      this.#endInboxIfComplete();
      if (this.#closed || this.#selves.delete(channel)) return;
      const exit = this.#exits.get(channel.peer);
      if (exit) this.#drop(channel.peer, handled => exited(channel, exit, handled));
      else this.#awaitTheOther(channel, undefined);
    },
  };

  /** A thread has ended. Its last answers may still be on their way: they end with the closing of the line. */
  #gone({ peer, who, exit }: Told & { type: "gone" }): void {
    const channel = this.#channels.get(peer);
    if (channel === undefined) return;
    channel.who = who;
    this.#leave(channel);
    if (channel.isOpen) {
      this.#exits.set(peer, exit);
      this.#awaitTheOther(channel, exit);
    } else {
      this.#drop(peer, handled => exited(channel, exit, handled));
    }
  }

  #awaitTheOther(channel: Channel, exit: Exit | undefined): void {
    const timer = this.#clock.after(REASON_PATIENCE_MS, () =>
      this.#drop(channel.peer, handled => exited(channel, exit, handled)),
    );
    this.#ending.set(channel.peer, timer);
  }

  /** The line is of no use any more: what is pending on it fails, and what was never posted finds another way. */
  #drop(peer: PeerId, error: (handled: "no" | "maybe") => MessageError): void {
    const channel = this.#channels.get(peer);
    this.#ending.get(peer)?.cancel();
    this.#ending.delete(peer);
    this.#exits.delete(peer);
    this.#ended.add(peer);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= MOST_ENDED) break;
      this.#ended.delete(oldest);
    }
    if (channel === undefined) return;
    this.#channels.delete(peer);
    this.#leave(channel);
    channel.end(error);
  }

  #leave(channel: Channel): void {
    for (const target of this.#targets.values()) target.leave(channel);
  }

  /** After `drain`: nobody new can come, and everybody who is here has sent the last message. */
  #endInboxIfComplete(): void {
    if (!this.#isDraining || !this.#hasMetAll || this.#incoming.hasEnded) return;
    for (const channel of this.#lines()) if (channel.isOpen && !channel.hasHeardLast) return;
    this.#incoming.end();
  }
}

/** Takes the two functions of the promise that is being made: one closure for all promises instead of one for each. */
let resolvePromise: (value: unknown) => void;
let rejectPromise: (error: unknown) => void;
function capture(resolve: (value: never) => void, reject: (error: unknown) => void): void {
  resolvePromise = resolve as (value: unknown) => void;
  rejectPromise = reject;
}

function exited(channel: Channel, exit: Exit | undefined, handled: "no" | "maybe"): MessageError {
  const reason = exit ? ` with code ${exit.exitCode}: ${exit.reason}` : "";
  const more = exit?.message ? ` (${exit.message})` : "";
  return new MessageError("ContainerExited", `${nameOf(channel.who)} exited${reason}${more}`, { handled });
}

function noEndpoint(target: Target): MessageError {
  const cause = target.lastFailure;
  const text = target.isSingle ? `${target.name} is not running` : `no pod of ${target.name} is ready`;
  return new MessageError("NoEndpoint", cause ? `${text}: ${cause.message}` : text, { cause });
}

/** The same error once more, for another message. */
function again(error: MessageError, handled: "no" | "maybe"): MessageError {
  return new MessageError(error.reason, error.message, { cause: error.cause, handled });
}
