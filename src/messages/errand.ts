/**
 * One message on its way, as its sender remembers it: from the call until the promise is settled, which happens once.
 * There is one Errand per message and it does everything that closures would do otherwise, as a million of them are
 * made each second.
 */

import type { MessageError } from "../errors/index.ts";
import { Due } from "./deadlines.ts";
import type { Transferable } from "./port.ts";

/** Who is responsible for an errand at the moment, and has to forget it when it is settled early. */
export interface Carrier {
  abandon(errand: Errand): void;
  /** True if the message certainly has not reached the other thread. */
  isUnposted(errand: Errand): boolean;
}

export class Errand extends Due {
  readonly to: string;
  readonly expectsReply: boolean;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  /** Whoever has the errand now; undefined once it is settled. */
  carrier: Carrier | undefined = undefined;
  /** While it waits to be written: a snapshot of the body, and what of it is to be transferred. */
  body: unknown = undefined;
  transfer: readonly Transferable[] | undefined = undefined;
  /** Once it is written: its place on the channel, and how many messages were written there before. */
  slot = -1;
  sequence = 0;
  isSettled = false;
  #signal: AbortSignal | undefined = undefined;
  #onAbort: (() => void) | undefined = undefined;

  constructor(
    to: string,
    expectsReply: boolean,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    super();
    this.to = to;
    this.expectsReply = expectsReply;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  listen(signal: AbortSignal, onAbort: () => void): void {
    this.#signal = signal;
    this.#onAbort = onAbort;
    signal.addEventListener("abort", onAbort, { once: true });
  }

  resolve(value: unknown): void {
    if (this.#settle()) this.#resolve(value);
  }

  reject(error: MessageError | Error): void {
    if (this.#settle()) this.#reject(error);
  }

  /** False if it was settled before. */
  #settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.notDue();
    this.carrier = undefined;
    this.body = undefined;
    this.transfer = undefined;
    if (this.#signal !== undefined && this.#onAbort !== undefined) {
      this.#signal.removeEventListener("abort", this.#onAbort);
    }
    return true;
  }
}
