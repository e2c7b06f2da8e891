/**
 * Chance comes in from outside too: names, uids, balancing and jitter draw from a Random, so that a seed repeats a run.
 */
export interface Random {
  /** A number from 0 up to, not including, 1. */
  next(): number;
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number;
  /** A version 4 UUID. */
  uuid(): string;
  /** The end of a generated name, `length` characters of the alphabet that Kubernetes uses. */
  suffix(length?: number): string;
}

/** Consonants and digits without lookalikes: no word, rude or otherwise, comes out of it (k8s.io/apimachinery, rand). */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function randomFrom(next: () => number): Random {
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    suffix(length = 5) {
      let text = "";
      for (let i = 0; i < length; i++) text += alphabet[below(alphabet.length)];
      return text;
    },
    uuid() {
      // Joined at once: a string that grew by pieces would keep all of them, ten times as much as the uid.
      const parts: string[] = [];
      for (let i = 0; i < 16; i++) {
        let byte = below(256);
        if (i === 6) byte = (byte & 0x0f) | 0x40;
        if (i === 8) byte = (byte & 0x3f) | 0x80;
        if (i === 4 || i === 6 || i === 8 || i === 10) parts.push("-");
        parts.push(hex[byte] ?? "");
      }
      return parts.join("");
    },
  };
}

/** Chance as it comes. Nothing here guards a secret: tokens and keys are made with node:crypto. */
export const realRandom: Random = randomFrom(Math.random);

/** The same numbers for the same seed, on every machine (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return randomFrom(() => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  });
}

/** The chance of one thing by its name, which repeats itself as far as the name does (FNV-1a). */
export function namedRandom(name: string): Random {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return seededRandom(hash);
}
