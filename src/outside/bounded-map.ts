/** A Map of so many entries at most: what was set longest ago is forgotten first, as in the caches of client-go. */

/**
 * Sets the value as the latest. Beyond `most` entries the oldest tenth goes at once: to find the oldest of a Map takes longer, the
 * more have been deleted one by one before it.
 */
export function setBounded<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  let tooMany = Math.ceil(most / 10);
  for (const oldest of map.keys()) {
    map.delete(oldest);
    tooMany -= 1;
    if (tooMany === 0) return;
  }
}
