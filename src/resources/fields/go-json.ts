/** JSON in the form in which Go writes it: keys in the order of their bytes, and escaped what HTML would take for markup. */
import { isMap, type Json } from "../json.ts";

export function goJson(value: Json): string {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    isMap(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => compareTexts(one, other)))
      : inner,
  );
  return escapedForHtml(text);
}

export function escapedForHtml(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** By code point, as the bytes of UTF-8 are ordered; JavaScript's own order differs beyond the basic plane alone. */
export function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  if (hasSurrogate.test(one) || hasSurrogate.test(other))
    return Buffer.compare(Buffer.from(one), Buffer.from(other));
  return one < other ? -1 : 1;
}

const hasSurrogate = /[\ud800-\udfff]/;
