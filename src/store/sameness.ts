/**
 * Whether two values say the same. A write that says what is there already writes nothing, so this is asked at each one:
 * what two versions share is the same without looking into it.
 */

/** Compares as JSON would: a property that is undefined counts as absent. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || one.length !== other.length) return false;
    return one.every((value, place) => isSame(value, other[place]));
  }
  return !Array.isArray(other) && holds(one, other) && holds(other, one, true);
}

type Properties = Readonly<Record<string, unknown>>;

/** Whether `other` has what `one` has; with `namesOnly`, whether it has a property for each of `one`. */
function holds(one: object, other: object, namesOnly = false): boolean {
  for (const key of Object.keys(one)) {
    const value = (one as Properties)[key];
    if (value === undefined) continue;
    const counterpart = Object.hasOwn(other, key) ? (other as Properties)[key] : undefined;
    if (namesOnly ? counterpart === undefined : !isSame(value, counterpart)) return false;
  }
  return true;
}

/** `next`, with each part of it that says the same as in `last` replaced by that very part: so versions share. */
export function sharing<T extends object>(last: T, next: T): T {
  if (next === last) return last;
  const shared = { ...next } as Record<string, unknown>;
  for (const [key, value] of Object.entries(next)) {
    // Only what is its own: `__proto__` would be found in any object.
    if (!Object.hasOwn(last, key)) continue;
    const before = (last as Properties)[key];
    if (value !== before && isSame(value, before)) shared[key] = before;
  }
  return shared as T;
}
