/**
 * The half of a channel that sends messages: writes them, remembers them until they are answered or taken
 * in, and keeps those that have to wait.
 *
 * When messages are posted. At once when nothing is under way, so a lone one loses no time; otherwise when the
 * turn ends, all that were written in one batch.
 *
 * Back-pressure. A sender may have so many messages unread at the receiver (ports/window.ts); what is more waits here, and so
 * does its promise.
 */
import { fromWire, MessageError, type WireError } from "../../errors/index.ts";
import { Fifo } from "../../outside/index.ts";
import { BROKEN, REQUEST, SEND } from "../codec/index.ts";
import { type FlushScheduler, type Outgoing, type Transferable, Window } from "../ports/index.ts";
import type { Owner, PendingMessage } from "./pending-message.ts";
import { PendingRequests } from "./pending-requests.ts";
import { snapshot } from "./snapshot.ts";

/** How many more may wait for one receiver before further ones are rejected: the sender ignores its promises. */
export const MOST_WAITING = 1_048_576;

export class Sending implements Owner {
  readonly #outgoing: Outgoing;
  readonly #scheduler: FlushScheduler;
  readonly #requests = new PendingRequests();
  /** The sends that have not been taken in, in their order. */
  readonly #untaken = new Fifo<PendingMessage>();
  /** Those of them, by sequence, that could not be read over there. */
  readonly #lost = new Map<number, WireError>();
  /** What could not be written yet, in its order. */
  readonly #waiting = new Fifo<PendingMessage>();
  readonly #window = new Window();
  #inFlight = 0;
  /** Messages written, and taken in over there. */
  #written = 0;
  #takenThere = 0;

  constructor(outgoing: Outgoing, scheduler: FlushScheduler) {
    this.#outgoing = outgoing;
    this.#scheduler = scheduler;
  }

  get outstanding(): number {
    return this.#inFlight + this.#waiting.length;
  }

  /** A message may be written now: the receiver has room, and no other is before it. */
  get hasRoom(): boolean {
    return this.#waiting.length === 0 && this.#window.hasRoom;
  }

  /** Writes the message. Settles the message if that is impossible. */
  write(pending: PendingMessage, body: unknown, transfer: readonly Transferable[] | undefined): void {
    const outgoing = this.#outgoing;
    const { encoder } = outgoing;
    const isLone = this.#inFlight === 0 && this.#scheduler.isQuiet;
    const { length } = encoder;
    encoder.takeSize(); // That of answers, which were asked for.
    if (pending.expectsReply) {
      const slot = this.#requests.next;
      encoder.count(REQUEST);
      encoder.count(slot);
      encoder.count(this.#requests.round(slot));
    } else {
      encoder.count(SEND);
    }
    pending.batch = outgoing.batch;
    try {
      outgoing.value(length, body, transfer, "the body");
    } catch (error) {
      pending.reject(error as MessageError);
      return;
    }
    pending.owner = this;
    if (transfer !== undefined && outgoing.moves(transfer)) pending.hasMoved = true;
    pending.sequence = ++this.#written;
    pending.hasBeenWritten();
    if (pending.expectsReply) this.#requests.put(pending);
    else this.#untaken.push(pending);
    this.#window.sent(encoder.takeSize());
    this.#inFlight++;
    this.#scheduler.inFlight++;
    if (isLone) {
      outgoing.flush();
    } else {
      this.#scheduler.join();
      outgoing.flushAtEnd();
    }
  }

  /** Keeps a snapshot of the message until it can be written. False: it was rejected. */
  keep(pending: PendingMessage, body: unknown, transfer: readonly Transferable[] | undefined): boolean {
    if (this.#waiting.length >= MOST_WAITING) {
      const text = `${MOST_WAITING} messages wait for ${pending.to} already: await the promises of earlier ones`;
      pending.reject(new MessageError("TooManyWaiting", text));
      return false;
    }
    if (!snapshot(pending, body, transfer)) return false;
    pending.owner = this;
    this.#waiting.push(pending);
    return true;
  }

  /** Writes what waits, as far as there is room. */
  writeWaiting(): void {
    while (this.#waiting.length > 0 && this.#window.hasRoom) {
      const pending = this.#waiting.shift() as PendingMessage;
      if (!pending.isSettled) this.write(pending, pending.body, pending.transfer);
    }
  }

  /** Takes what waits, for another endpoint. */
  takeWaiting(): PendingMessage[] {
    return this.#waiting.drain().filter(pending => !pending.isSettled);
  }

  /** The message was settled without us: its deadline, or its signal. */
  abandon(pending: PendingMessage): void {
    if (pending.slot < 0) return;
    this.#requests.giveUp(pending);
    this.#left();
  }

  /** What has been written is posted, whatever becomes of its sender's patience meanwhile. */
  isUnposted(pending: PendingMessage): boolean {
    return pending.sequence === 0;
  }

  // What comes back about them.

  answered(slot: number, round: number, value: unknown): void {
    const pending = this.#take(slot, round);
    if (value === BROKEN) pending?.reject(unreadable());
    else pending?.resolve(value);
  }

  failed(slot: number, round: number, error: unknown): void {
    const pending = this.#take(slot, round);
    pending?.reject(error === BROKEN ? unreadable() : fromWire(error as WireError));
  }

  /** The message came back unread, with its body: undefined if it was given up. */
  returned(slot: number, round: number, body: unknown): PendingMessage | undefined {
    const pending = this.#take(slot, round);
    if (pending === undefined) return undefined;
    pending.slot = -1;
    pending.sequence = 0;
    pending.owner = undefined;
    pending.body = body;
    return pending;
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
      this.#left();
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
    const written = [...this.#requests.drain(), ...this.#untaken.drain()];
    this.#scheduler.inFlight -= this.#inFlight;
    this.#inFlight = 0;
    const { batch } = this.#outgoing;
    // The batch of now is not posted any more.
    for (const pending of written) pending.reject(error(pending.batch === batch ? "no" : "maybe"));
  }

  #take(slot: number, round: number): PendingMessage | undefined {
    const pending = this.#requests.take(slot, round);
    if (pending !== undefined) this.#left();
    return pending;
  }

  /** One message less is under way. */
  #left(): void {
    this.#inFlight--;
    this.#scheduler.inFlight--;
  }
}

function unreadable(): MessageError {
  const text = "the answer could not be built again in this thread: it is too large or too deep here";
  return new MessageError("NotCloneable", text, { handled: "maybe" });
}
