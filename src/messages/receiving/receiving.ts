/**
 * The half of a channel that receives messages: puts them into the inbox, tells the sender how far it has come, and takes
 * the answers back.
 *
 * When answers are posted. At once where few were asked together, else when the turn ends. The sender's messages are
 * counted, not acknowledged one by one: how many have been taken in, and how many read, travels with whatever is posted
 * next, so that nothing need be said twice.
 */
import { MessageError, toWire, type WireError } from "../../errors/index.ts";
import { ANSWER, BROKEN, COUNTS, DRAIN, FAIL, LOST, RETURN, type Writer } from "../codec/index.ts";
import type { Sender } from "../message.ts";
import { FEW, HEAVY_WINDOW, type Line, type Transferable, WINDOW } from "../ports/index.ts";
import type { Inbox } from "./inbox.ts";
import { Incoming, type WayBack } from "./incoming.ts";
import type { Debts } from "./unanswered.ts";

export class Receiving implements WayBack {
  who: Sender = { cluster: true };
  /** Nothing more will come into the inbox from there. */
  hasHeardLast = false;
  readonly #line: Line;
  readonly #inbox: Inbox<Incoming>;
  readonly #debts: Debts;
  /** Messages taken in, and read; and how many of them the sender has been told of. */
  #taken = 0;
  #takenSaid = 0;
  #read = 0;
  #readSaid = 0;
  /** Requests in the inbox or read, without an answer; and those of them that have been read. */
  #unanswered = 0;
  #owed = 0;
  /** How many messages came together the last time. */
  #lastCrowd = 0;
  #crowd = 0;
  #sends = 0;
  /** So many bytes of large bodies came since there was nothing to read: the sender counts them too. */
  #size = 0;
  #isDraining = false;

  constructor(line: Line, inbox: Inbox<Incoming>, debts: Debts) {
    this.#line = line;
    this.#inbox = inbox;
    this.#debts = debts;
  }

  // What comes.

  request(slot: number, round: number, body: unknown): void {
    this.#taken++;
    this.#crowd++;
    this.#unanswered++;
    if (body !== BROKEN) {
      this.#inbox.take(new Incoming(this, body, slot, round));
    } else {
      this.wasRead(true);
      this.fail(slot, round, toWire(unreadable()));
    }
  }

  send(body: unknown): void {
    this.#taken++;
    this.#crowd++;
    this.#sends++;
    if (body !== BROKEN) {
      this.#inbox.take(new Incoming(this, body, -1, 0));
    } else {
      this.#read++;
      const { writer } = this.#line;
      const length = writer.length;
      writer.count(LOST);
      writer.count(this.#taken);
      this.#line.value(length, toWire(unreadable()), undefined, "the error");
    }
  }

  /** All of a batch has come. */
  batchEnds(size: number): void {
    this.#size += size;
    if (this.#isHeavy && this.#read > this.#readSaid) this.#line.flushAtEnd();
    // A batch of answers alone says nothing about the crowd.
    if (this.#crowd > 0) this.#lastCrowd = this.#crowd;
    if (this.#sends === 1 && this.#unanswered === 0) this.#line.flush();
    else if (this.#sends > 0) this.#line.flushAtEnd();
    this.#crowd = 0;
    this.#sends = 0;
  }

  // What goes back.

  wasRead(expectsReply: boolean): void {
    this.#read++;
    if (expectsReply) {
      this.#owed++;
      this.#debts.owe();
    }
    if (this.#read - this.#readSaid >= WINDOW / 4 || this.#isHeavy) this.#line.flushAtEnd();
  }

  answer(slot: number, round: number, value: unknown, transfer: readonly Transferable[] | undefined): void {
    if (!this.#line.isOpen) return;
    // What is transferred is posted at once: the counts go with it, or they would need a post of their own.
    if (transfer !== undefined) this.addCounts(this.#line.writer);
    this.#line.value(this.#frame(ANSWER, slot, round), value, transfer, "the reply");
    this.#owed--;
    this.#debts.paid(1);
    this.#answered();
  }

  fail(slot: number, round: number, error: WireError): void {
    if (!this.#line.isOpen) return;
    // What toWire makes can always be cloned.
    this.#line.value(this.#frame(FAIL, slot, round), error, undefined, "the error");
    this.#owed--;
    this.#debts.paid(1);
    this.#answered();
  }

  giveBack(slot: number, round: number, body: unknown): void {
    if (!this.#line.isOpen) return;
    try {
      this.#line.value(this.#frame(RETURN, slot, round), body, undefined, "the body");
    } catch (cause) {
      // Something came by transfer that cannot be copied.
      const text = "the container ended before it read the message";
      const refusal = new MessageError("ContainerStopping", text, { cause });
      this.#line.value(this.#frame(FAIL, slot, round), toWire(refusal), undefined, "the error");
    }
    this.#answered();
  }

  /** We were told to stop: asks the other side for its last messages. */
  drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    if (this.#line.isOpen) this.#sayDrain();
  }

  /** The line has been made. */
  open(who: Sender): void {
    this.who = who;
    if (this.#isDraining) this.#sayDrain();
  }

  /** Says how far we have come, if that is news: it travels with every batch. */
  addCounts(writer: Writer): void {
    if (this.#taken === this.#takenSaid && this.#read === this.#readSaid) return;
    writer.count(COUNTS);
    writer.count(this.#taken - this.#takenSaid);
    writer.count(this.#read - this.#readSaid);
    this.#takenSaid = this.#taken;
    this.#readSaid = this.#read;
    if (this.#read === this.#taken) this.#size = 0;
  }

  /** Nothing more comes, and nobody hears our answers. */
  end(): void {
    this.hasHeardLast = true;
    this.#debts.paid(this.#owed);
    this.#owed = 0;
  }

  /** With so much unread every reading is news, for the sender may wait for room. */
  get #isHeavy(): boolean {
    return this.#size > HEAVY_WINDOW / 4;
  }

  #sayDrain(): void {
    this.#line.writer.count(DRAIN);
    this.#line.flush();
  }

  /** Begins a frame about a request; gives back where. */
  #frame(kind: number, slot: number, round: number): number {
    const { writer } = this.#line;
    const { length } = writer;
    writer.count(kind);
    writer.count(slot);
    writer.count(round);
    return length;
  }

  /** One answer less to give. Where few came together, the last is not kept waiting. */
  #answered(): void {
    this.#unanswered--;
    if (this.#unanswered === 0 && this.#lastCrowd <= FEW) this.#line.flush();
    else this.#line.flushAtEnd();
  }
}

function unreadable(): MessageError {
  const text = "the body could not be built again in the receiving thread: it is too large or too deep there";
  return new MessageError("NotCloneable", text);
}
