/** How often each pod was tried that has no node yet, and how long it is to wait before the next time: twice as long after each. */

export interface BackOffMs {
  readonly initial: number;
  readonly limit: number;
}

export class Tries {
  readonly #backOff: BackOffMs;
  /** By uid. */
  readonly #tries = new Map<string, { readonly count: number; readonly until: number }>();

  constructor(backOff: BackOffMs) {
    this.#backOff = backOff;
  }

  /** The pod was tried once more. Returns for how many milliseconds it is to wait now. */
  count(uid: string, now: number): number {
    const count = (this.#tries.get(uid)?.count ?? 0) + 1;
    const waitMs = Math.min(this.#backOff.limit, this.#backOff.initial * 2 ** (count - 1));
    this.#tries.set(uid, { count, until: now + waitMs });
    return waitMs;
  }

  has(uid: string): boolean {
    return this.#tries.has(uid);
  }

  /** In milliseconds, as `elapsed` of clocks; 0 where it was not tried. */
  waitsUntil(uid: string): number {
    return this.#tries.get(uid)?.until ?? 0;
  }

  forget(uid: string): void {
    this.#tries.delete(uid);
  }
}
