/**
 * The line between two threads: one Port, made when the first message wants to pass, used by both in both directions.
 * Everything said on it is a frame in a batch (codec.ts), and there are seven kinds:
 *
 *     REQUEST slot round body     a message that wants an answer; the sender remembers it in that slot
 *     SEND body                   a message that does not
 *     ANSWER slot round value     the answer; FAIL slot round error: the answer is an error
 *     COUNTS taken read           so many more of your messages are in my inbox, so many more have been read
 *     DRAIN                       I was told to stop: send me no more messages (answers are welcome)
 *     LAST                        those were my last messages
 *
 * When to post. A message is posted at once when nothing is under way, so a lone one loses no time; otherwise when the
 * turn ends, all that were written in one batch. Answers likewise: at once
 * where few were asked together, else when the turn ends.
 *
 * Back-pressure. A sender may have so many messages unread at the receiver (window.ts); what is more waits here, and so does the
 * promise. The receiver counts what was read and says so now and then, cumulatively, so that nothing need be said twice.
 *
 * Stopping without loss. As HTTP/2's GOAWAY: DRAIN is answered by LAST, after the messages that were under way, and
 * only then is the receiver's inbox complete. What still waited here is sent to somebody else.
 */
import { fromWire, MessageError, type WireError } from "../errors/index.ts";
import type { Candidate } from "./balancing.ts";
import type { Carrier, Errand } from "./errand.ts";
import { Fifo } from "./fifo.ts";
import type { Inbox } from "./inbox.ts";
import { Incoming, type WayBack } from "./incoming.ts";
import type { PeerId } from "./introductions.ts";
import { nameOf, type Sender } from "./message.ts";
import type { Port, Transferable } from "./port.ts";
import { Reader } from "./reader.ts";
import { Slots } from "./slots.ts";
import { mustBeSerializable, notCloneable, snapshot } from "./snapshot.ts";
import { FEW, type Flushable, type Turn } from "./turn.ts";
import { WINDOW, Window } from "./window.ts";
import { Writer } from "./writer.ts";

/** How many more may wait for one receiver before further ones are rejected: the sender ignores its promises. */
export const MOST_WAITING = 1_048_576;
/** A batch is posted before the turn ends when it gets longer: 64 KB of text. */
const LONGEST_BATCH = 0x8000;

const REQUEST = 1;
const SEND = 2;
const ANSWER = 3;
const FAIL = 4;
const COUNTS = 5;
const DRAIN = 6;
const LAST = 7;

/** What a channel tells the peer that owns it. */
export interface ChannelEvents {
  /** The errand was never posted here, and never will be: it may go to somebody else, or fail with this error. */
  strayed(errand: Errand, error: MessageError): void;
  /** The other thread takes no more messages from us. */
  drained(channel: Channel): void;
  /** The other thread has sent its last message to us. */
  heardLast(): void;
  /** The port is closed: all that the other thread posted has arrived. `fail` is to follow, when it is known why. */
  closed(channel: Channel): void;
  /** The first message is here: somebody has to introduce us. */
  wanted(channel: Channel): void;
}

/**
 * - `new`: nobody has sent anything yet.
 * - `connecting`: the port has not come yet; messages wait.
 * - `open`
 * - `drained`: the other thread takes answers, but no more messages.
 * - `closed`
 */
type State = "new" | "connecting" | "open" | "drained" | "closed";

export class Channel implements Candidate, Carrier, Flushable, WayBack {
  readonly peer: PeerId;
  who: Sender = { cluster: true };
  readonly #turn: Turn;
  readonly #inbox: Inbox<Incoming>;
  readonly #events: ChannelEvents;
  #state: State = "new";
  #port: Port | undefined;
  /** True where nothing can be transferred: the other end is in another process. */
  #copies = false;
  readonly #writer = new Writer();
  readonly #reader = new Reader();
  #flushesAtEnd = false;

  // As a sender.
  readonly #slots = new Slots();
  /** The sends that have not been taken in, in their order. */
  readonly #untaken = new Fifo<Errand>();
  /** What could not be written yet, in its order. */
  readonly #waiting = new Fifo<Errand>();
  #inFlight = 0;
  readonly #window = new Window();
  /** Messages written, posted, and taken in over there: each at most the one before. */
  #written = 0;
  #posted = 0;
  #takenThere = 0;

  // As a receiver.
  #taken = 0;
  #takenSaid = 0;
  #read = 0;
  #readSaid = 0;
  #unanswered = 0;
  /** How many messages came together the last time. */
  #lastCrowd = 0;
  #draining = false;
  #hasHeardLast = false;

  constructor(peer: PeerId, turn: Turn, inbox: Inbox<Incoming>, events: ChannelEvents) {
    this.peer = peer;
    this.#turn = turn;
    this.#inbox = inbox;
    this.#events = events;
  }

  get outstanding(): number {
    return this.#inFlight + this.#waiting.length;
  }

  get takesMessages(): boolean {
    return this.#state !== "drained" && this.#state !== "closed";
  }

  get isNew(): boolean {
    return this.#state === "new";
  }

  /** Both ends have been introduced, and neither has hung up. */
  get isOpen(): boolean {
    return this.#port !== undefined;
  }

  /** Nothing more will come into the inbox by this channel. */
  get hasHeardLast(): boolean {
    return this.#hasHeardLast;
  }

  /** The introduction: messages can pass from now on. */
  open(port: Port, who: Sender, copies: boolean): void {
    this.#port = port;
    this.#copies = copies;
    this.who = who;
    this.#state = "open";
    port.on("message", batch => this.#receive(batch));
    port.on("close", () => this.#ended());
    // What holds a thread alive is its control port; a line to another does not.
    port.unref();
    if (this.#draining) this.#writer.count(DRAIN);
    this.#writeWaiting();
    this.flush();
  }

  /** Takes a message to the other side, or keeps a snapshot of it until it can. Settles the errand if that is impossible. */
  carry(errand: Errand, body: unknown, transfer: readonly Transferable[] | undefined): void {
    errand.carrier = this;
    if (this.#state === "open" && this.#window.hasRoom && this.#waiting.length === 0) {
      this.#write(errand, body, transfer);
    } else if (this.#waiting.length >= MOST_WAITING) {
      const text = `${MOST_WAITING} messages wait for ${errand.to} already: await the promises of earlier ones`;
      errand.reject(new MessageError("TooManyWaiting", text));
    } else if (snapshot(errand, body, transfer)) {
      this.#waiting.push(errand);
      if (this.#state === "new") {
        this.#state = "connecting";
        this.#events.wanted(this);
      }
    }
  }

  /** The errand was settled without us: its deadline, or its signal. */
  abandon(errand: Errand): void {
    if (errand.slot < 0) return;
    this.#slots.giveUp(errand);
    this.#landed();
  }

  isUnposted(errand: Errand): boolean {
    return errand.sequence === 0 || errand.sequence > this.#posted;
  }

  wasRead(): void {
    this.#read++;
    if (this.#read - this.#readSaid >= WINDOW / 4 || this.#reader.wasHeavy) this.#flushAtEnd();
  }

  answer(slot: number, round: number, value: unknown, transfer: readonly Transferable[] | undefined): void {
    if (this.#port === undefined) return;
    const length = this.#writer.length;
    this.#writer.count(ANSWER);
    this.#writer.count(slot);
    this.#writer.count(round);
    this.#body(length, value, transfer, "the reply");
    this.#answered();
  }

  fail(slot: number, round: number, error: unknown): void {
    if (this.#port === undefined) return;
    const length = this.#writer.length;
    this.#writer.count(FAIL);
    this.#writer.count(slot);
    this.#writer.count(round);
    this.#body(length, error, undefined, "the error"); // Data made by toWire: always cloneable.
    this.#answered();
  }

  /** We were told to stop: asks the other side for its last messages. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    if (this.#port === undefined) return;
    this.#writer.count(DRAIN);
    this.flush();
  }

  /** Posts what was written, and how far we have read. */
  flush(): void {
    this.#flushesAtEnd = false;
    if (this.#port === undefined) return;
    if (this.#taken > this.#takenSaid || this.#read > this.#readSaid) {
      this.#writer.count(COUNTS);
      this.#writer.count(this.#taken - this.#takenSaid);
      this.#writer.count(this.#read - this.#readSaid);
      this.#takenSaid = this.#taken;
      this.#readSaid = this.#read;
    }
    if (this.#writer.length > 0) this.#post(undefined);
  }

  /** Posts what is written and hangs up. */
  close(): void {
    this.flush();
    this.#port?.close();
    this.#ended();
  }

  /** The end: whatever has no answer yet gets this one. */
  end(error: (handled: "no" | "maybe") => MessageError): void {
    this.#ended();
    const written = [...this.#slots.drain(), ...this.#untaken.drain()];
    this.#turn.inFlight -= this.#inFlight;
    this.#inFlight = 0;
    for (const errand of written) errand.reject(error(this.isUnposted(errand) ? "no" : "maybe"));
    this.#stray(error("no"));
  }

  #write(errand: Errand, body: unknown, transfer: readonly Transferable[] | undefined): void {
    const isLone = this.#inFlight === 0 && this.#turn.isQuiet;
    const length = this.#writer.length;
    this.#writer.takeWeight(); // That of answers, which were asked for.
    if (errand.expectsReply) {
      const slot = this.#slots.next;
      this.#writer.count(REQUEST);
      this.#writer.count(slot);
      this.#writer.count(this.#slots.round(slot));
    } else {
      this.#writer.count(SEND);
    }
    this.#written++;
    try {
      this.#body(length, body, transfer, "the body");
    } catch (error) {
      this.#written--;
      errand.reject(error as MessageError);
      return;
    }
    if (errand.expectsReply) this.#slots.put(errand);
    else this.#untaken.push(errand);
    errand.sequence = this.#written;
    this.#window.sent(this.#writer.takeWeight());
    this.#inFlight++;
    this.#turn.inFlight++;
    if (isLone) {
      this.flush();
    } else {
      this.#turn.join();
      this.#flushAtEnd();
    }
  }

  /**
   * Ends a frame with its value. A plain one is written into the batch. Any other must be cloned now, before its owner
   * changes it, so that the batch is posted at once. Throws NotCloneable, and takes the frame back: it began at `length`.
   */
  #body(length: number, value: unknown, transfer: readonly Transferable[] | undefined, what: string): void {
    const hasTransfers = transfer !== undefined && transfer.length > 0;
    let isExtra = false;
    try {
      if (!hasTransfers && this.#writer.write(value)) return;
      this.#writer.extra(value);
      isExtra = true;
      if (this.#copies) mustBeSerializable(value);
      this.#post(hasTransfers && !this.#copies ? transfer : undefined);
    } catch (cause) {
      this.#writer.takeBack(length, isExtra);
      throw notCloneable(what, cause);
    }
  }

  #post(transfer: readonly Transferable[] | undefined): void {
    this.#port?.postMessage(this.#writer.batch(), transfer);
    this.#writer.clear();
    this.#posted = this.#written;
  }

  #flushAtEnd(): void {
    if (this.#writer.length > LONGEST_BATCH) {
      this.flush();
    } else if (!this.#flushesAtEnd) {
      this.#flushesAtEnd = true;
      this.#turn.flushAtEnd(this);
    }
  }

  /** One answer less to give. Where few came together, the last is not kept waiting. */
  #answered(): void {
    this.#unanswered--;
    if (this.#unanswered === 0 && this.#lastCrowd <= FEW) this.flush();
    else this.#flushAtEnd();
  }

  #receive(batch: unknown): void {
    const reader = this.#reader;
    const takenBefore = this.#taken;
    let sends = 0;
    reader.open(batch);
    while (reader.hasMore) {
      const frame = reader.count();
      switch (frame) {
        case REQUEST: {
          const slot = reader.count();
          const round = reader.count();
          this.#taken++;
          this.#unanswered++;
          this.#inbox.take(new Incoming(this, reader.read(), slot, round));
          break;
        }
        case SEND:
          this.#taken++;
          sends++;
          this.#inbox.take(new Incoming(this, reader.read(), -1, 0));
          break;
        case ANSWER: {
          const errand = this.#arrived(reader.count(), reader.count());
          const value = reader.read();
          errand?.resolve(value);
          break;
        }
        case FAIL: {
          const errand = this.#arrived(reader.count(), reader.count());
          const error = reader.read() as WireError;
          errand?.reject(fromWire(error));
          break;
        }
        case COUNTS:
          this.#heardCounts(reader.count(), reader.count());
          break;
        case DRAIN:
          this.#finish();
          break;
        case LAST:
          this.#hasHeardLast = true;
          this.#events.heardLast();
          break;
        default:
          throw new Error(`a batch of messages holds the frame ${frame}, which there is not`);
      }
    }
    reader.close();
    // A batch of answers alone says nothing about the crowd.
    if (this.#taken > takenBefore) this.#lastCrowd = this.#taken - takenBefore;
    if (sends === 1 && this.#unanswered === 0) this.flush();
    else if (sends > 0) this.#flushAtEnd();
  }

  #arrived(slot: number, round: number): Errand | undefined {
    const errand = this.#slots.take(slot, round);
    if (errand !== undefined) this.#landed();
    return errand;
  }

  /** One message less is under way. */
  #landed(): void {
    this.#inFlight--;
    this.#turn.inFlight--;
  }

  #heardCounts(taken: number, read: number): void {
    this.#takenThere += taken;
    this.#window.read(read);
    for (let send = this.#untaken.first(); send !== undefined; send = this.#untaken.first()) {
      if (send.sequence > this.#takenThere) break;
      this.#untaken.shift();
      this.#landed();
      send.resolve(undefined);
    }
    this.#writeWaiting();
  }

  #writeWaiting(): void {
    while (this.#waiting.length > 0 && this.#window.hasRoom) {
      const errand = this.#waiting.shift() as Errand;
      if (!errand.isSettled) this.#write(errand, errand.body, errand.transfer);
    }
  }

  /** The other thread stops: it gets what has been written, then the marker that it waits for, and no more. */
  #finish(): void {
    if (this.#state !== "open") return;
    this.#state = "drained";
    this.#writer.count(LAST);
    this.flush();
    this.#events.drained(this);
    this.#stray(
      new MessageError("ContainerStopping", `${nameOf(this.who)} is stopping and takes no more messages`),
    );
  }

  #stray(error: MessageError): void {
    for (const errand of this.#waiting.drain()) if (!errand.isSettled) this.#events.strayed(errand, error);
  }

  #ended(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#port = undefined;
    this.#hasHeardLast = true;
    this.#events.closed(this);
  }
}
