/** A Map of so many entries at most: what was set longest ago is forgotten first, as in the caches of client-go. */

/** Sets the value as the latest; beyond `most` entries, the oldest goes. */
export function setBounded<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
