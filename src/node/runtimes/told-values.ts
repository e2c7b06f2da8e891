/**
 * Values in what a container tells. It comes from foreign code, and `Number` and `String` throw on what has no value of its own: on an
 * object whose `valueOf` is none, for instance. Nobody would catch that here.
 */

/** NaN where it is no number. */
export function numberIn(told: unknown): number {
  return typeof told === "number" ? told : Number.NaN;
}

/** Of anything else, what kind of value it is. */
export function textIn(told: unknown): string {
  return typeof told === "string" ? told : `(${told === null ? "null" : typeof told})`;
}
