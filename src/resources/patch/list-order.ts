/**
 * The order of a list that was merged: the patch says how its own elements follow each other, the live list how the
 * rest does, and the two are interleaved. This is Kubernetes' rule, and the reason why new elements land in front.
 */
import type { Json } from "../json.ts";

/** What tells the elements of a list apart; undefined for an element that has no such thing. */
export type Identity = (item: Json) => Json | undefined;

/**
 * The merged elements in order. Those that `wanted` names stand as they stand there; the others as in `live`, each
 * before the first wanted one that came after it in `live`.
 */
export function inOrder(
  merged: readonly Json[],
  wanted: readonly Json[],
  live: readonly Json[],
  identity: Identity,
): Json[] {
  const inWanted = new Indexes(wanted, identity);
  const inLive = new Indexes(live, identity);
  const named = merged.filter(item => inWanted.of(item) >= 0);
  const others = merged.filter(item => inWanted.of(item) < 0);
  named.sort((a, b) => inWanted.of(a) - inWanted.of(b));
  others.sort((a, b) => inLive.of(a) - inLive.of(b));
  const result: Json[] = [];
  let next = 0;
  for (const item of named) {
    const index = inLive.of(item);
    for (let other = others[next]; other !== undefined; other = others[next]) {
      const otherIndex = inLive.of(other);
      if (otherIndex < 0 || otherIndex > index) break;
      result.push(other);
      next++;
    }
    result.push(item);
  }
  return [...result, ...others.slice(next)];
}

/** Where in a list the likes of an element stand; quick, so that long lists do not take the square of their length. */
export class Indexes {
  readonly #indexes = new Map<string, number[]>();
  readonly #identity: Identity;

  constructor(list: readonly Json[], identity: Identity) {
    this.#identity = identity;
    for (const [i, item] of list.entries()) {
      const indexes = this.all(item);
      if (indexes.length === 0) this.#indexes.set(this.#nameOf(item), [i]);
      else indexes.push(i);
    }
  }

  /** The first index, or -1. */
  of(item: Json): number {
    return this.all(item)[0] ?? -1;
  }

  all(item: Json): number[] {
    return this.#indexes.get(this.#nameOf(item)) ?? [];
  }

  #nameOf(item: Json): string {
    return JSON.stringify(this.#identity(item) ?? null);
  }
}
