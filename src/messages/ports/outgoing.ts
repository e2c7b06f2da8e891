/**
 * The outgoing side of a port: frames are written into a batch, and the batch is posted at once, or with everything else
 * that is written in this turn of the event loop.
 *
 * A value that is not plain (codec/format.ts) has to be cloned now, before its owner changes it. So it is posted now, *ahead*
 * of the batch that refers to it, alone in an array; batches are text, or arrays that begin with text. Alone, because
 * a value that can be cloned here may still be impossible to build over there (too deep for a smaller stack, too large for
 * its heap): then the port reports a `messageerror` instead of it, and the other end knows which one is missing, while
 * every other message arrives. An ArrayBuffer that is handed over can always be received, and spares the second post.
 */
import { Encoder, withOwnBytes } from "../codec/index.ts";
import { measured, mustBeSerializable, notCloneable } from "./cloneable.ts";
import type { Flushable, FlushScheduler } from "./flush-scheduler.ts";
import type { Port, Transferable } from "./port.ts";

/** A batch is posted before the turn ends when it gets longer: 64 KB of text. */
const LONGEST_BATCH = 0x8000;

export class Outgoing implements Flushable {
  readonly encoder = new Encoder();
  /** The number of the batch that is being written; those before it have been posted. */
  batch = 1;
  readonly #scheduler: FlushScheduler;
  /** Writes what goes with each batch, if there is anything. */
  readonly #addLast: (encoder: Encoder) => void;
  #port: Port | undefined;
  /** True where nothing can be transferred: the other end is in another process. */
  #copies = false;
  #largest = 0;
  #flushesAtEnd = false;

  constructor(scheduler: FlushScheduler, addLast: (encoder: Encoder) => void) {
    this.#scheduler = scheduler;
    this.#addLast = addLast;
  }

  /** Both ends have been introduced, and neither has closed the port. */
  get isOpen(): boolean {
    return this.#port !== undefined;
  }

  /** @param largest how many bytes of heap one value may take over there */
  open(port: Port, copies: boolean, largest: number): void {
    this.#port = port;
    this.#copies = copies;
    this.#largest = largest;
  }

  /** True where what is to be transferred leaves its owner with the message. */
  moves(transfer: readonly Transferable[] | undefined): transfer is readonly Transferable[] {
    return transfer !== undefined && transfer.length > 0 && !this.#copies;
  }

  /** Posts what was written, when the turn ends. */
  flushAtEnd(): void {
    if (this.encoder.length > LONGEST_BATCH) {
      this.flush();
    } else if (!this.#flushesAtEnd) {
      this.#flushesAtEnd = true;
      this.#scheduler.flushAtEnd(this);
    }
  }

  /** Posts what was written. */
  flush(): void {
    this.#flushesAtEnd = false;
    if (this.#port === undefined) return;
    this.#addLast(this.encoder);
    if (this.encoder.length > 0) this.#post(undefined);
  }

  /** Closes the port. What is written after that is dropped. */
  close(): void {
    this.#port?.close();
    this.#port = undefined;
  }

  /**
   * Ends a frame, which began at `length`, with its value. Throws NotCloneable or MessageTooLarge, and takes the frame
   * back, where `what` cannot be cloned or is too large for the other end.
   */
  value(length: number, value: unknown, transfer: readonly Transferable[] | undefined, what: string): void {
    const hasTransfers = transfer !== undefined && transfer.length > 0;
    let isBeside = false;
    try {
      if (!hasTransfers && this.encoder.write(value)) return;
      const moved = this.moves(transfer) ? transfer : undefined;
      if (moved !== undefined && value instanceof ArrayBuffer) {
        isBeside = true;
        this.encoder.extra(value);
        this.#post(moved);
      } else {
        const size = measured(what, value, this.#largest);
        const own = size.hasPooled ? withOwnBytes(value, moved) : value;
        if (this.#copies) mustBeSerializable(own);
        this.#port?.postMessage([own], moved);
        this.encoder.ahead(size.total);
      }
    } catch (cause) {
      this.encoder.takeBack(length, isBeside);
      throw notCloneable(what, cause);
    }
  }

  #post(transfer: readonly Transferable[] | undefined): void {
    this.#port?.postMessage(this.encoder.batch(), transfer);
    this.encoder.clear();
    this.batch++;
  }
}
