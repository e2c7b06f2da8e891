/**
 * Versions of an object share the parts in which they say the same: so a version costs what it changed, and a comparison
 * ends where a part is shared.
 */
import { isSame } from "../resources/index.ts";

type Properties = Readonly<Record<string, unknown>>;

/** `next`, with each part of it that says the same as in `last` replaced by that very part: so versions share. */
export function sharing<T extends object>(last: T, next: T): T {
  if (next === last) return last;
  // Most writes replace one part and have the others from the last version: then there is nothing to exchange, and no copy.
  let shared: Record<string, unknown> | undefined;
  for (const [key, value] of Object.entries(next)) {
    // Only what is its own: `__proto__` would be found in any object.
    if (!Object.hasOwn(last, key)) continue;
    const before = (last as Properties)[key];
    if (value === before || !isSame(value, before)) continue;
    shared ??= { ...next } as Record<string, unknown>;
    shared[key] = before;
  }
  return (shared ?? next) as T;
}
