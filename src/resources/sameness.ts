/**
 * Whether two values say the same, as JSON would: the one deep comparison of this project. A write that says what is there
 * already writes nothing, so this is asked at each write: parts that two versions share are the same without a look inside.
 */

/** Compares as JSON would: a property that is undefined counts as absent. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || one.length !== other.length) return false;
    return one.every((value, index) => isSame(value, other[index]));
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
