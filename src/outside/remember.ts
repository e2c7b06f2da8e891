/**
 * Remembers what a pure function makes of a text: compiled patterns, globs, paths, steps. The texts come from users, so not all are kept.
 * And where only the last matters: pods that come up in the same second share what they say of it.
 */
import { setBounded } from "./bounded-map.ts";

/**
 * `make`, called once for each text as long as its result is kept: for the `most` texts that came last. What `make` throws is not
 * remembered.
 */
export function remember<T extends string | object>(
  make: (text: string) => T,
  most = 1_000,
): (text: string) => T {
  const kept = new Map<string, T>();
  return text => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const made = make(text);
    setBounded(kept, text, made, most);
    return made;
  };
}

/** `make`, called anew only where it is asked of something else than the last time. */
export function rememberLast<Of, T>(make: (of: Of) => T): (of: Of) => T {
  let last: { readonly of: Of; readonly made: T } | undefined;
  return of => {
    if (last === undefined || !Object.is(last.of, of)) last = { of, made: make(of) };
    return last.made;
  };
}
