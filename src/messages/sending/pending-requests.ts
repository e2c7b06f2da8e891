/**
 * The requests of one channel that wait for their answers, each in a slot whose number travels with it. Slots are used
 * again: an answer frees its slot, and no second one can come. A request that was given up frees its slot too, but its
 * answer may still arrive: so the slot's round goes up by one, and what belongs to an earlier round is dropped. (A Map
 * by sequence number does the same at four times the cost.)
 */
import type { PendingMessage } from "./pending-message.ts";

export class PendingRequests {
  readonly #pending: (PendingMessage | undefined)[] = [];
  readonly #rounds: number[] = [];
  readonly #free: number[] = [];

  /** The slot that the next request will get. */
  get next(): number {
    return this.#free[this.#free.length - 1] ?? this.#pending.length;
  }

  round(slot: number): number {
    return this.#rounds[slot] ?? 0;
  }

  /** Puts a request into the `next` slot. */
  put(pending: PendingMessage): void {
    const slot = this.#free.pop() ?? this.#pending.length;
    this.#pending[slot] = pending;
    pending.slot = slot;
  }

  /** Takes the request whose answer has come; undefined if it was given up. */
  take(slot: number, round: number): PendingMessage | undefined {
    const pending = this.#pending[slot];
    if (pending === undefined || this.round(slot) !== round) return undefined;
    this.#pending[slot] = undefined;
    this.#free.push(slot);
    return pending;
  }

  giveUp({ slot }: PendingMessage): void {
    this.#pending[slot] = undefined;
    this.#free.push(slot);
    this.#rounds[slot] = this.round(slot) + 1;
  }

  /** Takes all that wait. */
  drain(): PendingMessage[] {
    return this.#pending.splice(0).filter(pending => pending !== undefined);
  }
}
