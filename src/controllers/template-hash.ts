/**
 * A short name for a template: labels carry it (`pod-template-hash`), and names end in it, so that what was made from one
 * template is told from what was made from another. Kubernetes hashes a print of its Go structs, which nothing else can make;
 * ours is a hash of the template's JSON, in the same alphabet and length.
 */

/** Consonants and digits without lookalikes, as in Kubernetes' generated names. */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";

/** Up to ten characters. Another `collisionCount` makes another hash of the same template. */
export function templateHash(template: unknown, collisionCount?: number): string {
  const text = canonical(template) + (collisionCount === undefined ? "" : String(collisionCount));
  return [...String(fnv32a(text))].map(digit => alphabet[digit.charCodeAt(0) % alphabet.length]).join("");
}

/** Whether two templates say the same. What is empty counts as left out: some clients write it down, others do not. */
export function isSameTemplate(one: object, other: object): boolean {
  return one === other || known(one) === known(other);
}

/** Objects that were read never change, and they are compared often. */
function known(template: object): string {
  const text = texts.get(template) ?? canonical(template);
  texts.set(template, text);
  return text;
}

const texts = new WeakMap<object, string>();

/** JSON with the keys of each map in order, and nothing in it that is empty: two templates that say the same are one text. */
function canonical(value: unknown): string {
  return JSON.stringify(filled(value)) ?? "";
}

function filled(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value ?? undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(part => filled(part) ?? {});
  const parts = Object.entries(value)
    .map(([key, part]) => [key, filled(part)] as const)
    .filter(([, part]) => part !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return parts.length === 0 ? undefined : Object.fromEntries(parts);
}

/** The FNV-1a hash of 32 bits. */
function fnv32a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
