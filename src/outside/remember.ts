/**
 * Remembers what a pure function makes of a text: compiled patterns, globs, paths. The texts come from users, so there is a
 * limit to how many are kept.
 */

/** As many texts as are kept at a time; then the oldest tenth goes, for it is the same few that are asked about over and over. */
const maxKept = 1000;

/** `make`, called once for each text as long as its result is kept. `make` must not throw, nor return undefined. */
export function remember<T extends object>(make: (text: string) => T): (text: string) => T {
  const kept = new Map<string, T>();
  return text => {
    const known = kept.get(text);
    if (known) return known;
    const made = make(text);
    if (kept.size >= maxKept)
      for (const oldest of [...kept.keys()].slice(0, maxKept / 10)) kept.delete(oldest);
    kept.set(text, made);
    return made;
  };
}
