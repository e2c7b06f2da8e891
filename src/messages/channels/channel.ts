/**
 * What two threads have between them: one port, made when the first message wants to pass, used by both in both
 * directions. A channel has a Line to write on, a half that sends (sending/) and a half that receives (receiving/);
 * here is its life, and the ear, which hears each frame (codec/frames.ts) and gives it to the half that it concerns.
 *
 * Stopping without loss. As HTTP/2's GOAWAY: DRAIN is answered by LAST, after the messages that were under way, and
 * only then is the receiver's inbox complete. What still waited here is sent to somebody else, and so is what comes back
 * unread.
 */
import { MessageError } from "../../errors/index.ts";
import {
  ANSWER,
  BROKEN,
  COUNTS,
  DRAIN,
  FAIL,
  LAST,
  LOST,
  REQUEST,
  RETURN,
  Reader,
  SEND,
} from "../codec/index.ts";
import type { PeerId, Told } from "../introductions.ts";
import { nameOf, type Sender } from "../message.ts";
import { Line, type Transferable, type Turn } from "../ports/index.ts";
import { type Debts, type Inbox, type Incoming, Receiving } from "../receiving/index.ts";
import { type Errand, Sending } from "../sending/index.ts";

/** What a channel tells the peer that owns it. */
export interface ChannelEvents {
  /** The first message is here: somebody has to introduce us. */
  wanted(channel: Channel): void;
  /** The errand certainly was not handled here: it may go to somebody else, or fail with this error. */
  strayed(errand: Errand, error: MessageError): void;
  /** The other thread takes no more messages from us. */
  drained(channel: Channel): void;
  /** The other thread has sent its last message to us. */
  heardLast(): void;
  /** The port is closed: all that the other thread posted has arrived. `end` is to follow, when it is known why. */
  closed(channel: Channel): void;
}

/**
 * - `new`: nobody has sent anything yet.
 * - `connecting`: the port has not come yet; messages wait.
 * - `open`
 * - `drained`: the other thread takes answers, but no more messages.
 * - `closed`
 */
type State = "new" | "connecting" | "open" | "drained" | "closed";

export class Channel {
  readonly peer: PeerId;
  readonly #events: ChannelEvents;
  readonly #line: Line;
  readonly #sending: Sending;
  readonly #receiving: Receiving;
  readonly #reader = new Reader();
  #state: State = "new";

  constructor(peer: PeerId, turn: Turn, inbox: Inbox<Incoming>, debts: Debts, events: ChannelEvents) {
    this.peer = peer;
    this.#events = events;
    this.#line = new Line(turn, writer => this.#receiving.addCounts(writer));
    this.#sending = new Sending(this.#line, turn);
    this.#receiving = new Receiving(this.#line, inbox, debts);
  }

  get who(): Sender {
    return this.#receiving.who;
  }

  /** Who is there is known before the line is made when it never will be. */
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

  /** Both ends have been introduced, and neither has hung up. */
  get isOpen(): boolean {
    return this.#line.isOpen;
  }

  /** Nothing more will come into the inbox by this channel. */
  get hasHeardLast(): boolean {
    return this.#receiving.hasHeardLast;
  }

  /** The introduction: messages can pass from now on. */
  open({ port, who, copies, largest }: Told & { type: "introduce" }): void {
    this.#state = "open";
    this.#line.open(port, copies, largest);
    port.on("message", posted => this.#listen(posted));
    port.on("messageerror", () => this.#reader.keepAhead(BROKEN));
    port.on("close", () => this.#closed());
    // What holds a thread alive is its control port; a line to another does not.
    port.unref();
    this.#receiving.open(who);
    this.#sending.writeWaiting();
    this.#line.flush();
  }

  /** Takes a message to the other side, or keeps a snapshot of it until it can. Settles the errand if that is impossible. */
  carry(errand: Errand, body: unknown, transfer: readonly Transferable[] | undefined): void {
    if (this.#state === "open" && this.#sending.hasRoom) {
      this.#sending.write(errand, body, transfer);
    } else if (this.#sending.keep(errand, body, transfer) && this.#state === "new") {
      this.#state = "connecting";
      this.#events.wanted(this);
    }
  }

  /** We were told to stop: asks the other side for its last messages. */
  drain(): void {
    this.#receiving.drain();
  }

  /** Posts what was written, and how far we have read. */
  flush(): void {
    this.#line.flush();
  }

  /** Posts what is written and hangs up. */
  close(): void {
    this.#line.flush();
    this.#closed();
  }

  /** The end: whatever has no answer yet gets this one. */
  end(error: (handled: "no" | "maybe") => MessageError): void {
    this.#closed();
    this.#sending.end(error);
    this.#stray(error("no"));
  }

  /** Whoever speaks nonsense, as only a thread does that has broken its own tools, is spoken with no more. */
  #listen(posted: unknown): void {
    try {
      this.#hear(posted);
    } catch {
      this.#closed();
    }
  }

  #hear(posted: unknown): void {
    if (typeof posted !== "string" && (posted as readonly unknown[]).length === 1) {
      this.#reader.keepAhead((posted as readonly unknown[])[0]);
      return;
    }
    const reader = this.#reader;
    const sending = this.#sending;
    const receiving = this.#receiving;
    reader.open(posted);
    while (reader.hasMore) {
      const frame = reader.count();
      switch (frame) {
        case REQUEST:
          receiving.request(reader.count(), reader.count(), reader.read());
          break;
        case SEND:
          receiving.send(reader.read());
          break;
        case ANSWER:
          sending.answered(reader.count(), reader.count(), reader.read());
          break;
        case FAIL:
          sending.failed(reader.count(), reader.count(), reader.read());
          break;
        case RETURN: {
          const errand = sending.returned(reader.count(), reader.count(), reader.read());
          if (errand) this.#events.strayed(errand, this.#isStopping());
          break;
        }
        case LOST:
          sending.lost(reader.count(), reader.read());
          break;
        case COUNTS:
          sending.counted(reader.count(), reader.count());
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
    receiving.batchEnds(reader.size);
    reader.close();
  }

  /** The other thread stops: it gets what has been written, then the marker that it waits for, and no more. */
  #finish(): void {
    if (this.#state !== "open") return;
    this.#state = "drained";
    this.#line.writer.count(LAST);
    this.#line.flush();
    this.#events.drained(this);
    this.#stray(this.#isStopping());
  }

  #isStopping(): MessageError {
    const text = `${nameOf(this.who)} is stopping and takes no more messages`;
    return new MessageError("ContainerStopping", text);
  }

  #stray(error: MessageError): void {
    for (const errand of this.#sending.takeWaiting()) this.#events.strayed(errand, error);
  }

  #closed(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#line.close();
    this.#receiving.end();
    this.#events.closed(this);
  }
}
