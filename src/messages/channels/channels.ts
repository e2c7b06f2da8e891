/**
 * The channels of one thread: one for each thread that it talks to, made when it is first needed, dropped when the other
 * has ended. That a thread has ended shows in two ways, which come in either order: its port closes, after its last
 * answers; and the main thread tells why. So the first waits a moment for the second.
 */
import { MessageError } from "../../errors/index.ts";
import type { Clock, Timer } from "../../outside/index.ts";
import type { ControlMessage, Exit, PeerId } from "../introductions.ts";
import { nameOf } from "../message.ts";
import { FlushScheduler } from "../ports/index.ts";
import type { Inbox, Incoming, Unanswered } from "../receiving/index.ts";
import type { PendingMessage } from "../sending/index.ts";
import { Channel, type ChannelEvents } from "./channel.ts";

/** A port's end and the news of why it ended come by different ways: so long the one waits for the other. */
const REASON_PATIENCE_MS = 1_000;
/** So many of the threads that have ended are remembered, because a route that is about to change may still lead to them. */
const MOST_ENDED = 1_000;

/** Of an Exit: the thread has not ended as far as anybody knows, but its process is cut off. */
const unreachable = "Unreachable";

/** What the channels tell the peer that owns them. */
export interface ChannelsEvents {
  /** A message wants to pass to a thread that we have not been introduced to. */
  wanted(peer: PeerId): void;
  /** Nothing more is to be sent by this channel. */
  left(channel: Channel): void;
  /** The message certainly was not handled: it may go to another endpoint, or fail with this error. */
  undelivered(pending: PendingMessage, error: MessageError): void;
  /** A thread will send us no more messages. */
  heardLast(): void;
}

export class Channels {
  readonly #clock: Clock;
  readonly #inbox: Inbox<Incoming>;
  readonly #unanswered: Unanswered;
  readonly #scheduler: FlushScheduler;
  readonly #events: ChannelsEvents;
  readonly #channels = new Map<PeerId, Channel>();
  /** Second ends of channels to ourselves. */
  readonly #selves = new Set<Channel>();
  /** Threads of which one of two has come, the end of the port or the news of it, and not yet the other. */
  readonly #ending = new Map<PeerId, Timer>();
  readonly #exits = new Map<PeerId, Exit>();
  readonly #ended = new Set<PeerId>();
  #isDraining = false;
  #isClosed = false;

  constructor(clock: Clock, inbox: Inbox<Incoming>, unanswered: Unanswered, events: ChannelsEvents) {
    this.#clock = clock;
    this.#inbox = inbox;
    this.#unanswered = unanswered;
    this.#scheduler = new FlushScheduler(clock);
    this.#events = events;
  }

  /** The channel to a thread. */
  to(peer: PeerId): Channel {
    const channel = this.#channels.get(peer) ?? this.#newChannel(peer);
    this.#channels.set(peer, channel);
    return channel;
  }

  all(): Channel[] {
    return [...this.#channels.values(), ...this.#selves];
  }

  /** True of a thread that is known to be gone, whatever a route says. */
  hasEnded(peer: PeerId): boolean {
    return this.#ended.has(peer);
  }

  /** All threads that we know have sent their last message. */
  get haveHeardLast(): boolean {
    return this.all().every(channel => !channel.isOpen || channel.hasHeardLast);
  }

  /** Lets go of a channel that was not used and to which no route leads any more. */
  forget(channel: Channel): void {
    this.#channels.delete(channel.peer);
  }

  /** Asks all threads for their last messages. */
  drain(): void {
    this.#isDraining = true;
    for (const channel of this.all()) channel.drain();
  }

  flush(): void {
    for (const channel of this.all()) channel.flush();
  }

  /** Posts what is written, and closes all channels; what has no answer gets this one. */
  close(error: (handled: "no" | "maybe") => MessageError): void {
    this.#isClosed = true;
    for (const channel of this.all()) {
      channel.close();
      channel.end(error);
    }
    for (const timer of this.#ending.values()) timer.cancel();
  }

  // Messages from the main thread.

  meet(introduction: ControlMessage & { type: "introduce" }): void {
    const { peer } = introduction;
    let channel = this.to(peer);
    if (channel.isOpen) {
      // Who sends to itself is introduced twice, once for each end.
      channel = this.#newChannel(peer);
      this.#selves.add(channel);
    }
    if (this.#isDraining) channel.drain();
    channel.open(introduction);
  }

  /** A thread has ended. Its last answers may still be on their way: they end with the closing of the port. */
  gone({ peer, who, exit }: ControlMessage & { type: "gone" }): void {
    const channel = this.#channels.get(peer);
    if (channel === undefined) return;
    channel.who = who;
    this.#events.left(channel);
    if (channel.isOpen) {
      this.#exits.set(peer, exit);
      this.#awaitTheOther(channel, exit);
    } else {
      this.#drop(peer, handled => exited(channel, exit, handled));
    }
  }

  /** A thread is being stopped, and gets no new channels. */
  refused({ peer, who }: ControlMessage & { type: "refused" }): void {
    // Both have asked for the other, and its question has led to a port: what was written there is answered there.
    if (this.#channels.get(peer)?.isOpen) return;
    const text = `${nameOf(who)} is stopping and takes no more messages`;
    this.#drop(peer, () => new MessageError("ContainerStopping", text));
  }

  /** NetworkPolicies deny it: what waits fails. The next message asks again, for policies change. */
  forbidden({ peer, text }: ControlMessage & { type: "forbidden" }): void {
    this.#channels.get(peer)?.forbid(text);
  }

  #newChannel(peer: PeerId): Channel {
    return new Channel(peer, this.#scheduler, this.#inbox, this.#unanswered, this.#channelEvents);
  }

  readonly #channelEvents: ChannelEvents = {
    wanted: channel => this.#events.wanted(channel.peer),
    heardLast: () => this.#events.heardLast(),
    drained: channel => this.#events.left(channel),
    undelivered: (pending, error) => this.#events.undelivered(pending, error),
    closed: channel => {
      this.#events.left(channel);
      this.#events.heardLast();
      if (this.#isClosed || this.#selves.delete(channel)) return;
      const exit = this.#exits.get(channel.peer);
      if (exit) this.#drop(channel.peer, handled => exited(channel, exit, handled));
      else this.#awaitTheOther(channel, undefined);
    },
  };

  #awaitTheOther(channel: Channel, exit: Exit | undefined): void {
    const timer = this.#clock.after(REASON_PATIENCE_MS, () =>
      this.#drop(channel.peer, handled => exited(channel, exit, handled)),
    );
    this.#ending.set(channel.peer, timer);
  }

  /** The channel is of no use any more: what is pending on it fails, and what was never posted finds another way. */
  #drop(peer: PeerId, error: (handled: "no" | "maybe") => MessageError): void {
    const channel = this.#channels.get(peer);
    this.#ending.get(peer)?.cancel();
    this.#ending.delete(peer);
    this.#exits.delete(peer);
    this.#remember(peer);
    if (channel === undefined) return;
    this.#channels.delete(peer);
    this.#events.left(channel);
    channel.end(error);
  }

  #remember(peer: PeerId): void {
    this.#ended.add(peer);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= MOST_ENDED) break;
      this.#ended.delete(oldest);
    }
  }
}

function exited(channel: Channel, exit: Exit | undefined, handled: "no" | "maybe"): MessageError {
  if (exit?.reason === unreachable)
    return new MessageError(unreachable, `${nameOf(channel.who)} cannot be reached: ${exit.message}`, {
      handled,
    });
  const reason = exit ? ` with code ${exit.exitCode}: ${exit.reason}` : "";
  const more = exit?.message ? ` (${exit.message})` : "";
  return new MessageError("ContainerExited", `${nameOf(channel.who)} exited${reason}${more}`, { handled });
}
