/**
 * Tallies by selection: where the pods are that terms of affinity and spread constraints select. What was asked for once is kept up to date
 * pod by pod from then on, because the next pod of its workload asks for the same.
 */
import type { Pod } from "../resources/index.ts";
import { LabelIndex } from "./label-index.ts";
import type { PodSelection } from "./pod-selection.ts";
import { type Place, Tally } from "./tally.ts";

/**
 * How many selections are counted at the same time; those asked for longest ago are forgotten. A cluster has as many as it has
 * workloads that spread: fewer than this, or each of their pods would cost a count of all.
 */
const mostCounted = 20_000;

interface Counted {
  readonly selection: PodSelection;
  readonly tally: Tally;
}

/** A pod that counts, and where. */
interface Placed {
  readonly pod: Pod;
  readonly entry: Place;
}

export class Tallies {
  /** By the key of the selection, those asked for last at the end. */
  readonly #counted = new Map<string, Counted>();
  readonly #byLabel = new LabelIndex<Counted>();

  /** `placed`: all pods that count, should they have to be counted. */
  of(selection: PodSelection, placed: () => Iterable<Placed>): Tally {
    const known = this.#counted.get(selection.key);
    if (known) {
      // It is the last again that would be forgotten.
      this.#counted.delete(selection.key);
      this.#counted.set(selection.key, known);
      return known.tally;
    }
    if (this.#counted.size >= mostCounted) this.#forgetOldest();
    const tally = new Tally();
    for (const { pod, entry } of placed()) if (selection.matches(pod)) tally.add(entry, 1);
    const counted = { selection, tally };
    this.#counted.set(selection.key, counted);
    this.#byLabel.add(selection.label, counted);
    return tally;
  }

  /** A pod came (1) or went (-1). */
  count({ pod, entry }: Placed, amount: 1 | -1): void {
    if (this.#counted.size === 0) return;
    for (const { selection, tally } of this.#byLabel.about(pod.metadata.labels))
      if (selection.matches(pod)) tally.add(entry, amount);
  }

  /** A node came, went, or has other labels. */
  forgetDomains(): void {
    for (const { tally } of this.#counted.values()) tally.forgetDomains();
  }

  /** A namespace has other labels: what was selected by them is another. */
  forgetSelectionsByNamespace(): void {
    for (const counted of this.#counted.values())
      if (counted.selection.asksForNamespaces) this.#forget(counted);
  }

  #forgetOldest(): void {
    let tooMany = mostCounted / 10;
    for (const counted of this.#counted.values()) {
      this.#forget(counted);
      tooMany -= 1;
      if (tooMany <= 0) return;
    }
  }

  #forget(counted: Counted): void {
    this.#counted.delete(counted.selection.key);
    this.#byLabel.delete(counted.selection.label, counted);
  }
}
