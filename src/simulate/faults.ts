/**
 * What goes wrong all along, for a while: how often watch events are late, come twice or not at all, and how often the answer to a
 * write is. The steps of a play (steps/) turn these up, and each lasts until a time.
 */
import type { Clock, Random } from "../outside/index.ts";

/** Each with a rate, from 0 (never) to 1 (always). */
export type LastingFault =
  | "late event"
  | "repeated event"
  | "dropped event"
  | "late answer"
  | "lost answer"
  | "write sent twice"
  | "refused write"
  | "slow disk"
  | "slow watching client"
  | "broken watch of a client"
  | "lost packet"
  | "repeated packet"
  | "late packet"
  | "late request to etcd"
  | "lost request to etcd"
  | "lost answer of etcd"
  | "late watch of etcd"
  | "broken watch of etcd"
  | "silent watch of etcd";

export class Faults {
  readonly #clock: Pick<Clock, "now">;
  readonly #random: Random;
  readonly #lasting = new Map<LastingFault, { readonly rate: number; readonly until: number }>();
  /** How many there were, of each sort, those that steps did by themselves included. */
  readonly counts: Record<string, number> = {};

  constructor(clock: Pick<Clock, "now">, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  turnUp(fault: LastingFault, rate: number, forMs: number): void {
    this.#lasting.set(fault, { rate, until: this.#clock.now() + forMs });
  }

  /** Whether it happens now; it is counted then. */
  strikes(fault: LastingFault): boolean {
    const lasting = this.#lasting.get(fault);
    if (!lasting) return false;
    if (this.#clock.now() >= lasting.until) this.#lasting.delete(fault);
    else if (this.#random.next() < lasting.rate) {
      this.count(fault);
      return true;
    }
    return false;
  }

  count(fault: string): void {
    this.counts[fault] = (this.counts[fault] ?? 0) + 1;
  }

  /** A time up to this, in milliseconds. */
  delay(mostMs: number): number {
    return this.#random.below(mostMs) + 1;
  }

  end(): void {
    this.#lasting.clear();
  }
}
