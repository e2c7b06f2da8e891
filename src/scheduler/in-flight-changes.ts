/**
 * What changes while a pod is being tried, as kube-scheduler's in-flight events: the pod stands in no group meanwhile that a change could
 * wake, so the changes are kept until the attempt is over, and looked at then.
 */
import type { Change } from "../store/index.ts";

/** So many are kept during one attempt; of more it is assumed, without asking the hints, that one may have helped. */
const mostKept = 1_000;

/** One pod is tried at a time. */
export class InFlightChanges {
  #changes: Change[] | undefined;
  #tried: string | undefined;
  #isOutdated = false;

  /** An attempt begins. */
  begin(uid: string): void {
    this.#tried = uid;
    this.#changes = [];
    this.#isOutdated = false;
  }

  end(): void {
    this.#changes = undefined;
  }

  /** Since the attempt began. */
  get kept(): readonly Change[] {
    return this.#changes ?? [];
  }

  /** Whether all were woken since then, or more changed than is kept. */
  get isOutdated(): boolean {
    return this.#isOutdated;
  }

  keep(change: Change): void {
    if (!this.#changes) return;
    if (this.#changes.length < mostKept) this.#changes.push(change);
    else this.#isOutdated = true;
  }

  /** A change of a pod itself is kept in any case, if it is the one that is tried. */
  keepOwn(uid: string, change: Change): void {
    if (uid === this.#tried) this.#changes?.push(change);
  }

  outdate(): void {
    this.#isOutdated = true;
  }
}
