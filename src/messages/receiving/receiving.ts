/**
 * The half of a channel that receives messages: puts them into the inbox, tells the sender how far it has come, and takes
 * the answers back.
 *
 * When answers are posted. At once where few were asked together, else when the turn of the event loop ends. The sender's
 * messages are counted, not acknowledged one by one: how many have been taken in, and how many read, goes with the next
 * batch.
 */
import { MessageError, toWire, type WireError } from "../../errors/index.ts";
import { ANSWER, BROKEN, COUNTS, DRAIN, type Encoder, FAIL, LOST, RETURN } from "../codec/index.ts";
import type { Sender } from "../message.ts";
import { FEW, LARGE_WINDOW, type Outgoing, type Transferable, WINDOW } from "../ports/index.ts";
import type { Inbox } from "./inbox.ts";
import { Incoming, type ReplyPath } from "./incoming.ts";
import type { Unanswered } from "./unanswered.ts";

export class Receiving implements ReplyPath {
  who: Sender = { cluster: true };
  /** Nothing more will come into the inbox from there. */
  hasHeardLast = false;
  readonly #outgoing: Outgoing;
  readonly #inbox: Inbox<Incoming>;
  readonly #unanswered: Unanswered;
  /** Messages taken in, and read; and how many of them were reported to the sender. */
  #taken = 0;
  #takenReported = 0;
  #read = 0;
  #readReported = 0;
  /** Requests in the inbox or read, without an answer; and those of them that have been read. */
  #open = 0;
  #readUnanswered = 0;
  /** How many messages came together the last time. */
  #lastBurst = 0;
  #burst = 0;
  #sends = 0;
  /** So many bytes of large bodies came since there was nothing to read: the sender counts them too. */
  #size = 0;
  #isDraining = false;

  constructor(outgoing: Outgoing, inbox: Inbox<Incoming>, unanswered: Unanswered) {
    this.#outgoing = outgoing;
    this.#inbox = inbox;
    this.#unanswered = unanswered;
  }

  // What comes.

  request(slot: number, round: number, body: unknown): void {
    this.#taken++;
    this.#burst++;
    this.#open++;
    if (body !== BROKEN) {
      this.#inbox.take(new Incoming(this, body, slot, round));
    } else {
      this.wasRead(true);
      this.fail(slot, round, toWire(unreadable()));
    }
  }

  send(body: unknown): void {
    this.#taken++;
    this.#burst++;
    this.#sends++;
    if (body !== BROKEN) {
      this.#inbox.take(new Incoming(this, body, -1, 0));
    } else {
      this.#read++;
      const { encoder } = this.#outgoing;
      const length = encoder.length;
      encoder.count(LOST);
      encoder.count(this.#taken);
      this.#outgoing.value(length, toWire(unreadable()), undefined, "the error");
    }
  }

  /** All of a batch has come. */
  batchEnds(size: number): void {
    this.#size += size;
    if (this.#isFilled && this.#read > this.#readReported) this.#outgoing.flushAtEnd();
    // A batch of answers alone tells nothing about the burst.
    if (this.#burst > 0) this.#lastBurst = this.#burst;
    if (this.#sends === 1 && this.#open === 0) this.#outgoing.flush();
    else if (this.#sends > 0) this.#outgoing.flushAtEnd();
    this.#burst = 0;
    this.#sends = 0;
  }

  // What goes back.

  wasRead(expectsReply: boolean): void {
    this.#read++;
    if (expectsReply) {
      this.#readUnanswered++;
      this.#unanswered.add();
    }
    if (this.#read - this.#readReported >= WINDOW / 4 || this.#isFilled) this.#outgoing.flushAtEnd();
  }

  answer(slot: number, round: number, value: unknown, transfer: readonly Transferable[] | undefined): void {
    if (!this.#outgoing.isOpen) return;
    // What is transferred is posted at once: the counts go with it, or they would need a post of their own.
    if (transfer !== undefined) this.addCounts(this.#outgoing.encoder);
    this.#outgoing.value(this.#frame(ANSWER, slot, round), value, transfer, "the reply");
    this.#readUnanswered--;
    this.#unanswered.remove(1);
    this.#answered();
  }

  fail(slot: number, round: number, error: WireError): void {
    if (!this.#outgoing.isOpen) return;
    // What toWire makes can always be cloned.
    this.#outgoing.value(this.#frame(FAIL, slot, round), error, undefined, "the error");
    this.#readUnanswered--;
    this.#unanswered.remove(1);
    this.#answered();
  }

  giveBack(slot: number, round: number, body: unknown): void {
    if (!this.#outgoing.isOpen) return;
    try {
      this.#outgoing.value(this.#frame(RETURN, slot, round), body, undefined, "the body");
    } catch (cause) {
      // Something came by transfer that cannot be copied.
      const text = "the container ended before it read the message";
      const refusal = new MessageError("ContainerStopping", text, { cause });
      this.#outgoing.value(this.#frame(FAIL, slot, round), toWire(refusal), undefined, "the error");
    }
    this.#answered();
  }

  /** This thread was told to stop: asks the other side for its last messages. */
  drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    if (this.#outgoing.isOpen) this.#writeDrain();
  }

  /** The port is there. */
  open(who: Sender): void {
    this.who = who;
    if (this.#isDraining) this.#writeDrain();
  }

  /** Writes how many messages were taken in and read since the last time, if there are any: it goes with every batch. */
  addCounts(encoder: Encoder): void {
    if (this.#taken === this.#takenReported && this.#read === this.#readReported) return;
    encoder.count(COUNTS);
    encoder.count(this.#taken - this.#takenReported);
    encoder.count(this.#read - this.#readReported);
    this.#takenReported = this.#taken;
    this.#readReported = this.#read;
    if (this.#read === this.#taken) this.#size = 0;
  }

  /** Nothing more comes, and no answer can be posted. */
  end(): void {
    this.hasHeardLast = true;
    this.#unanswered.remove(this.#readUnanswered);
    this.#readUnanswered = 0;
  }

  /** With so much unread every reading is news, for the sender may wait for room. */
  get #isFilled(): boolean {
    return this.#size > LARGE_WINDOW / 4;
  }

  #writeDrain(): void {
    this.#outgoing.encoder.count(DRAIN);
    this.#outgoing.flush();
  }

  /** Begins a frame about a request; gives back where. */
  #frame(kind: number, slot: number, round: number): number {
    const { encoder } = this.#outgoing;
    const { length } = encoder;
    encoder.count(kind);
    encoder.count(slot);
    encoder.count(round);
    return length;
  }

  /** One answer less to give. Where few came together, the last is not kept waiting. */
  #answered(): void {
    this.#open--;
    if (this.#open === 0 && this.#lastBurst <= FEW) this.#outgoing.flush();
    else this.#outgoing.flushAtEnd();
  }
}

function unreadable(): MessageError {
  const text = "the body could not be built again in the receiving thread: it is too large or too deep there";
  return new MessageError("NotCloneable", text);
}
