/**
 * The half of a channel that sends messages: writes them onto the line, remembers them until they are answered or taken
 * in, and keeps those that have to wait.
 *
 * When messages are posted. At once when nothing is under way, so a lone one loses no time; otherwise when the
 * turn ends, all that were written in one batch.
 *
 * Back-pressure. A sender may have so many messages unread at the receiver (ports/window.ts); what is more waits here, and so
 * does its promise.
 */
import { fromWire, MessageError, type WireError } from "../../errors/index.ts";
import { BROKEN, REQUEST, SEND } from "../codec/index.ts";
import { Fifo } from "../fifo.ts";
import { type Line, type Transferable, type Turn, Window } from "../ports/index.ts";
import type { Carrier, Errand } from "./pending-message.ts";
import { Slots } from "./pending-requests.ts";
import { snapshot } from "./snapshot.ts";

/** How many more may wait for one receiver before further ones are rejected: the sender ignores its promises. */
export const MOST_WAITING = 1_048_576;

export class Sending implements Carrier {
  readonly #line: Line;
  readonly #turn: Turn;
  readonly #slots = new Slots();
  /** The sends that have not been taken in, in their order. */
  readonly #untaken = new Fifo<Errand>();
  /** Those of them, by sequence, that could not be read over there. */
  readonly #lost = new Map<number, WireError>();
  /** What could not be written yet, in its order. */
  readonly #waiting = new Fifo<Errand>();
  readonly #window = new Window();
  #inFlight = 0;
  /** Messages written, and taken in over there. */
  #written = 0;
  #takenThere = 0;

  constructor(line: Line, turn: Turn) {
    this.#line = line;
    this.#turn = turn;
  }

  get outstanding(): number {
    return this.#inFlight + this.#waiting.length;
  }

  /** A message may be written now: the receiver has room, and no other is before it. */
  get hasRoom(): boolean {
    return this.#waiting.length === 0 && this.#window.hasRoom;
  }

  /** Says the message on the line. Settles the errand if that is impossible. */
  write(errand: Errand, body: unknown, transfer: readonly Transferable[] | undefined): void {
    const line = this.#line;
    const { writer } = line;
    const isLone = this.#inFlight === 0 && this.#turn.isQuiet;
    const { length } = writer;
    writer.takeSize(); // That of answers, which were asked for.
    if (errand.expectsReply) {
      const slot = this.#slots.next;
      writer.count(REQUEST);
      writer.count(slot);
      writer.count(this.#slots.round(slot));
    } else {
      writer.count(SEND);
    }
    errand.batch = line.batch;
    try {
      line.value(length, body, transfer, "the body");
    } catch (error) {
      errand.reject(error as MessageError);
      return;
    }
    errand.carrier = this;
    if (transfer !== undefined && line.moves(transfer)) errand.hasMoved = true;
    errand.sequence = ++this.#written;
    errand.hasBeenWritten();
    if (errand.expectsReply) this.#slots.put(errand);
    else this.#untaken.push(errand);
    this.#window.sent(writer.takeSize());
    this.#inFlight++;
    this.#turn.inFlight++;
    if (isLone) {
      line.flush();
    } else {
      this.#turn.join();
      line.flushAtEnd();
    }
  }

  /** Keeps a snapshot of the message until it can be written. False: it was rejected. */
  keep(errand: Errand, body: unknown, transfer: readonly Transferable[] | undefined): boolean {
    if (this.#waiting.length >= MOST_WAITING) {
      const text = `${MOST_WAITING} messages wait for ${errand.to} already: await the promises of earlier ones`;
      errand.reject(new MessageError("TooManyWaiting", text));
      return false;
    }
    if (!snapshot(errand, body, transfer)) return false;
    errand.carrier = this;
    this.#waiting.push(errand);
    return true;
  }

  /** Writes what waits, as far as there is room. */
  writeWaiting(): void {
    while (this.#waiting.length > 0 && this.#window.hasRoom) {
      const errand = this.#waiting.shift() as Errand;
      if (!errand.isSettled) this.write(errand, errand.body, errand.transfer);
    }
  }

  /** Takes what waits, for somebody else. */
  takeWaiting(): Errand[] {
    return this.#waiting.drain().filter(errand => !errand.isSettled);
  }

  /** The errand was settled without us: its deadline, or its signal. */
  abandon(errand: Errand): void {
    if (errand.slot < 0) return;
    this.#slots.giveUp(errand);
    this.#landed();
  }

  isUnposted(errand: Errand): boolean {
    return errand.sequence === 0 || errand.batch === this.#line.batch;
  }

  // What is heard of them.

  answered(slot: number, round: number, value: unknown): void {
    const errand = this.#arrived(slot, round);
    if (value === BROKEN) errand?.reject(unreadable());
    else errand?.resolve(value);
  }

  failed(slot: number, round: number, error: unknown): void {
    const errand = this.#arrived(slot, round);
    errand?.reject(error === BROKEN ? unreadable() : fromWire(error as WireError));
  }

  /** The message came back unread, with its body: undefined if nobody waits for it any more. */
  returned(slot: number, round: number, body: unknown): Errand | undefined {
    const errand = this.#arrived(slot, round);
    if (errand === undefined) return undefined;
    errand.slot = -1;
    errand.sequence = 0;
    errand.carrier = undefined;
    errand.body = body;
    return errand;
  }

  lost(sequence: number, error: unknown): void {
    this.#lost.set(sequence, error as WireError);
  }

  counted(taken: number, read: number): void {
    this.#takenThere += taken;
    this.#window.read(read);
    for (let send = this.#untaken.first(); send !== undefined; send = this.#untaken.first()) {
      if (send.sequence > this.#takenThere) break;
      this.#untaken.shift();
      this.#landed();
      const error = this.#lost.size > 0 ? this.#lost.get(send.sequence) : undefined;
      if (error === undefined) {
        send.resolve(undefined);
      } else {
        this.#lost.delete(send.sequence);
        send.reject(fromWire(error));
      }
    }
    this.writeWaiting();
  }

  /** The end: whatever was written and has no answer yet gets this one. */
  end(error: (handled: "no" | "maybe") => MessageError): void {
    const written = [...this.#slots.drain(), ...this.#untaken.drain()];
    this.#turn.inFlight -= this.#inFlight;
    this.#inFlight = 0;
    for (const errand of written) errand.reject(error(this.isUnposted(errand) ? "no" : "maybe"));
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
}

function unreadable(): MessageError {
  const text = "the answer could not be built again in this thread: it is too large or too deep here";
  return new MessageError("NotCloneable", text, { handled: "maybe" });
}
