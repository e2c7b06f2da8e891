/**
 * The last changes, in a ring: a new one takes the place of the oldest. Watchers that come back after a while are told
 * from here what they missed; `why` and the timeline read it. Versions share their unchanged parts, so a change costs
 * little more than what it changed.
 */
import { ApiError } from "../errors/index.ts";
import type { Change, ObjectKey } from "./store.ts";

/** How many changes are kept unless said otherwise. */
const defaultHistoryLimit = 10_000;

export class History {
  readonly #limit: number;
  /** The change of revision r stands at r % limit. */
  readonly #ring: Change[] = [];
  /** The revision of the oldest change that is kept; one more than the last where none is. */
  #first: number;
  #last: number;

  /** `revision`: the last one that was given before this history begins. */
  constructor(limit = defaultHistoryLimit, revision = 0) {
    this.#limit = Math.max(1, limit);
    this.#first = revision + 1;
    this.#last = revision;
  }

  /** Revisions come without a gap: each is one more than the last. */
  add(change: Change): void {
    this.#last = change.revision;
    this.#ring[change.revision % this.#limit] = change;
    if (this.#last - this.#first >= this.#limit) this.#first++;
  }

  at(revision: number): Change | undefined {
    return revision >= this.#first && revision <= this.#last ? this.#ring[revision % this.#limit] : undefined;
  }

  /** Fails with Expired unless every change after `revision` is still there. */
  assertReachesBackTo(revision: number): void {
    if (revision > this.#last) {
      throw new ApiError(
        "Expired",
        `Too large resource version: ${revision}, current: ${this.#last}. Nothing is known of it: list again.`,
      );
    }
    if (revision < this.#first - 1) {
      throw new ApiError("Expired", `too old resource version: ${revision} (${this.#first - 1})`);
    }
  }

  /** Those that are kept, after a revision; oldest first. */
  after(revision: number): Change[] {
    const changes: Change[] = [];
    for (let next = Math.max(revision + 1, this.#first); next <= this.#last; next++) {
      const change = this.at(next);
      if (change) changes.push(change);
    }
    return changes;
  }

  /** Those that are kept of one object, and of others before it that had its name; oldest first. */
  of({ kind, namespace, name }: ObjectKey): Change[] {
    return this.after(0).filter(
      ({ key }) => key.name === name && key.kind === kind && key.namespace === namespace,
    );
  }
}
