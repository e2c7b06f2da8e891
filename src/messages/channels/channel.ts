/**
 * The connection of two threads: one port, made for the first message, used in both directions. A channel has an Outgoing,
 * which writes batches to the port, a half that sends (sending/) and a half that receives (receiving/). Here are its states,
 * and the reading of frames (codec/frames.ts), each of which goes to the half that it concerns.
 *
 * Stopping without loss. As HTTP/2's GOAWAY: DRAIN is answered by LAST, after the messages that were under way, and
 * only then is the receiver's inbox complete. What still waited here goes to another endpoint, and so does what comes back
 * unread.
 */
import { MessageError } from "../../errors/index.ts";
import {
  ANSWER,
  BROKEN,
  COUNTS,
  Decoder,
  DRAIN,
  FAIL,
  LAST,
  LOST,
  REQUEST,
  RETURN,
  SEND,
} from "../codec/index.ts";
import type { ControlMessage, PeerId } from "../introductions.ts";
import { nameOf, type Sender } from "../message.ts";
import { type FlushScheduler, Outgoing, type Transferable, UNREADABLE } from "../ports/index.ts";
import { type Inbox, type Incoming, Receiving, type Unanswered } from "../receiving/index.ts";
import { type PendingMessage, Sending } from "../sending/index.ts";

/** What a channel tells the peer that owns it. */
export interface ChannelEvents {
  /** The first message is here: the two threads have to be introduced. */
  wanted(channel: Channel): void;
  /** The message certainly was not handled here: it may go to another endpoint, or fail with this error. */
  undelivered(pending: PendingMessage, error: MessageError): void;
  /** The other thread takes no more messages from us. */
  drained(channel: Channel): void;
  /** The other thread has sent its last message to us. */
  heardLast(): void;
  /** The port is closed: all that the other thread posted has arrived. `end` is to follow, when it is known why. */
  closed(channel: Channel): void;
}

/**
 * - `new`: no message was sent yet.
 * - `connecting`: the port has not come yet; messages wait.
 * - `open`
 * - `drained`: the other thread takes answers, but no more messages.
 * - `closed`
 */
type State = "new" | "connecting" | "open" | "drained" | "closed";

export class Channel {
  readonly peer: PeerId;
  readonly #events: ChannelEvents;
  readonly #outgoing: Outgoing;
  readonly #sending: Sending;
  readonly #receiving: Receiving;
  readonly #decoder = new Decoder();
  #state: State = "new";

  constructor(
    peer: PeerId,
    scheduler: FlushScheduler,
    inbox: Inbox<Incoming>,
    unanswered: Unanswered,
    events: ChannelEvents,
  ) {
    this.peer = peer;
    this.#events = events;
    this.#outgoing = new Outgoing(scheduler, encoder => this.#receiving.addCounts(encoder));
    this.#sending = new Sending(this.#outgoing, scheduler);
    this.#receiving = new Receiving(this.#outgoing, inbox, unanswered);
  }

  get who(): Sender {
    return this.#receiving.who;
  }

  /** The other thread may be known without a port: when it has ended before there was one. */
  set who(who: Sender) {
    this.#receiving.who = who;
  }

  get outstanding(): number {
    return this.#sending.outstanding;
  }

  get takesMessages(): boolean {
    return this.#state !== "drained" && this.#state !== "closed";
  }

  get isNew(): boolean {
    return this.#state === "new";
  }

  /** Both ends have been introduced, and neither has closed the channel. */
  get isOpen(): boolean {
    return this.#outgoing.isOpen;
  }

  /** Nothing more will come into the inbox by this channel. */
  get hasHeardLast(): boolean {
    return this.#receiving.hasHeardLast;
  }

  /** The introduction: messages can pass from now on. */
  open({ port, who, copies, largest }: ControlMessage & { type: "introduce" }): void {
    this.#state = "open";
    this.#outgoing.open(port, copies, largest);
    port.on("message", posted => this.#receive(posted));
    port.on("messageerror", () => this.#decoder.keepAhead(BROKEN));
    port.on("close", () => this.#closed());
    // A thread is held alive by its control port; not by a port to another thread.
    port.unref();
    this.#receiving.open(who);
    this.#sending.writeWaiting();
    this.#outgoing.flush();
  }

  /** Writes a message to the other side, or keeps a snapshot of it until it can. Settles the message if that is impossible. */
  send(pending: PendingMessage, body: unknown, transfer: readonly Transferable[] | undefined): void {
    if (this.#state === "open" && this.#sending.hasRoom) {
      this.#sending.write(pending, body, transfer);
    } else if (this.#sending.keep(pending, body, transfer) && this.#state === "new") {
      this.#state = "connecting";
      this.#events.wanted(this);
    }
  }

  /** This thread was told to stop: asks the other side for its last messages. */
  drain(): void {
    this.#receiving.drain();
  }

  /**
   * NetworkPolicies deny messages to the other side: those that wait fail with Forbidden. What has been written was allowed when it was
   * sent; it is answered. So are the messages of the other side.
   */
  forbid(text: string): void {
    if (this.#state === "connecting") this.#state = "new";
    for (const pending of this.#sending.takeWaiting()) {
      pending.owner = undefined;
      pending.reject(new MessageError("Forbidden", text));
    }
  }

  /** Posts what was written, and how far we have read. */
  flush(): void {
    this.#outgoing.flush();
  }

  /** Posts what is written and closes the port. */
  close(): void {
    this.#outgoing.flush();
    this.#closed();
  }

  /** The end: whatever has no answer yet gets this one. */
  end(error: (handled: "no" | "maybe") => MessageError): void {
    this.#closed();
    this.#sending.end(error);
    this.#giveUpWaiting(error("no"));
  }

  /** A batch that cannot be read comes from a thread that has broken its own built-ins: the channel is closed. */
  #receive(posted: unknown): void {
    try {
      this.#read(posted);
    } catch {
      this.#closed();
    }
  }

  #read(posted: unknown): void {
    if (posted === UNREADABLE) {
      this.#decoder.keepAhead(BROKEN);
      return;
    }
    if (typeof posted !== "string" && (posted as readonly unknown[]).length === 1) {
      this.#decoder.keepAhead((posted as readonly unknown[])[0]);
      return;
    }
    const decoder = this.#decoder;
    const sending = this.#sending;
    const receiving = this.#receiving;
    decoder.open(posted);
    while (decoder.hasMore) {
      const frame = decoder.count();
      switch (frame) {
        case REQUEST:
          receiving.request(decoder.count(), decoder.count(), decoder.read());
          break;
        case SEND:
          receiving.send(decoder.read());
          break;
        case ANSWER:
          sending.answered(decoder.count(), decoder.count(), decoder.read());
          break;
        case FAIL:
          sending.failed(decoder.count(), decoder.count(), decoder.read());
          break;
        case RETURN: {
          const pending = sending.returned(decoder.count(), decoder.count(), decoder.read());
          if (pending) this.#events.undelivered(pending, this.#isStopping());
          break;
        }
        case LOST:
          sending.lost(decoder.count(), decoder.read());
          break;
        case COUNTS:
          sending.counted(decoder.count(), decoder.count());
          break;
        case DRAIN:
          this.#finish();
          break;
        case LAST:
          receiving.hasHeardLast = true;
          this.#events.heardLast();
          break;
        default:
          throw new Error(`a batch of messages holds the frame ${frame}, which there is not`);
      }
    }
    receiving.batchEnds(decoder.size);
    decoder.close();
  }

  /** The other thread stops: it gets what has been written, then the marker that it waits for, and no more. */
  #finish(): void {
    if (this.#state !== "open") return;
    this.#state = "drained";
    this.#outgoing.encoder.count(LAST);
    this.#outgoing.flush();
    this.#events.drained(this);
    this.#giveUpWaiting(this.#isStopping());
  }

  #isStopping(): MessageError {
    const text = `${nameOf(this.who)} is stopping and takes no more messages`;
    return new MessageError("ContainerStopping", text);
  }

  #giveUpWaiting(error: MessageError): void {
    for (const pending of this.#sending.takeWaiting()) this.#events.undelivered(pending, error);
  }

  #closed(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#outgoing.close();
    this.#receiving.end();
    this.#events.closed(this);
  }
}
