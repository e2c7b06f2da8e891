/**
 * What is read from the store is frozen, all the way down. Freezing stops where something is frozen already: a write that
 * shares the parts it did not change with the object before it pays for the changed parts only. So code that freezes an
 * object by hand must have frozen what is inside first.
 */

/** Freezes `value` and everything in it, and returns it. */
export function deepFreeze<T>(value: T): T {
  if (isOpen(value)) freezeInside(value);
  return value;
}

/**
 * A frozen copy of what others hold and may still change: a user's object, a parsed manifest. What is frozen already is
 * shared, not copied. Properties that are undefined are left out, as they are in JSON.
 */
export function frozenCopy<T>(value: T): T {
  if (!isOpen(value)) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy)) as T;
  const copy: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined) continue;
    // A key of this name would be taken for the prototype if it were assigned.
    if (key === "__proto__") Object.defineProperty(copy, key, { value: frozenCopy(inner), enumerable: true });
    else copy[key] = frozenCopy(inner);
  }
  return Object.freeze(copy) as T;
}

function freezeInside(value: object): void {
  // First the outside: a circle would come back here, find it frozen, and stop.
  Object.freeze(value);
  if (Array.isArray(value)) {
    for (const inner of value) if (isOpen(inner)) freezeInside(inner);
  } else {
    for (const inner of Object.values(value)) if (isOpen(inner)) freezeInside(inner);
  }
}

function isOpen(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Object.isFrozen(value);
}
