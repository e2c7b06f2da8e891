/** Things that are about pods with a certain label, found by the labels of a pod. Those about any pod are always found. */
import type { Labels } from "../resources/index.ts";

export class LabelIndex<T> {
  readonly #byLabel = new Map<string, Set<T>>();
  readonly #others = new Set<T>();

  /** `label`: as `key=value`; undefined where any pod may be meant. */
  add(label: string | undefined, item: T): void {
    if (label === undefined) this.#others.add(item);
    else {
      const items = this.#byLabel.get(label) ?? new Set<T>();
      this.#byLabel.set(label, items.add(item));
    }
  }

  delete(label: string | undefined, item: T): void {
    if (label === undefined) this.#others.delete(item);
    else {
      const items = this.#byLabel.get(label);
      items?.delete(item);
      if (items?.size === 0) this.#byLabel.delete(label);
    }
  }

  /** All that may be about a pod with these labels. */
  *about(labels: Labels | undefined): Iterable<T> {
    yield* this.#others;
    if (this.#byLabel.size === 0) return;
    for (const key in labels) {
      const items = this.#byLabel.get(`${key}=${labels[key]}`);
      if (items) yield* items;
    }
  }
}
