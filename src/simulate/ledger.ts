/**
 * What users have asked for and were told, of ConfigMaps that nobody else writes: each write carries a value that is used once. Also the
 * requests that have not ended.
 */
export interface Acknowledged {
  readonly name: string;
  /** Undefined: it was deleted. */
  readonly value: string | undefined;
  /** The resourceVersion that was given for it, and the uid. */
  readonly resourceVersion: string;
  readonly uid: string;
}

/** The key in the ConfigMap's data. */
export const valueKey = "value";
export const ledgerNames = ["ledger-0", "ledger-1", "ledger-2", "ledger-3"] as const;

export class Ledger {
  readonly #attempted = new Set<string>();
  /** Every one, in the order in which they were told. */
  readonly acknowledged: Acknowledged[] = [];
  readonly #open = new Map<symbol, { readonly what: string; readonly since: number; readonly of: object }>();

  attempt(value: string): void {
    this.#attempted.add(value);
  }

  wasAttempted(value: string): boolean {
    return this.#attempted.has(value);
  }

  acknowledge(acknowledged: Acknowledged): void {
    this.acknowledged.push(acknowledged);
  }

  /** Of requests to processes that run. */
  get open(): readonly { readonly what: string; readonly since: number }[] {
    return [...this.#open.values()];
  }

  /**
   * @param of the process that is asked
   * @returns says that it has ended
   */
  begin(what: string, since: number, of: object): () => void {
    const id = Symbol(what);
    this.#open.set(id, { what, since, of });
    return () => void this.#open.delete(id);
  }

  /** The process has ended, and its connections with it. */
  disconnect(of: object): void {
    for (const [id, request] of this.#open) if (request.of === of) this.#open.delete(id);
  }
}
