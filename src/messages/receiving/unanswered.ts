/**
 * The answers that this thread owes: requests that were read and not answered yet, counted over all its channels, and who
 * waits until there are none.
 */
export class Debts {
  #owed = 0;
  readonly #patient: (() => void)[] = [];

  owe(): void {
    this.#owed++;
  }

  /** So many were paid, or need not be paid any more. */
  paid(count: number): void {
    this.#owed -= count;
    if (this.#owed === 0 && this.#patient.length > 0)
      for (const release of this.#patient.splice(0)) release();
  }

  /** Resolves when nothing is owed. */
  settled(): Promise<void> {
    if (this.#owed === 0) return Promise.resolve();
    return new Promise(resolve => this.#patient.push(resolve));
  }
}
