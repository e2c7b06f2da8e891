/**
 * JSON values, which is what every object of Kubernetes is made of: their types, and the two ways between an object and its
 * JSON. Values are never written to, so they may be frozen and shared freely.
 */
import type { PodSpec } from "./generated/kubernetes.gen.ts";
import type { Draft } from "./object.ts";

export type Json = null | boolean | number | string | readonly Json[] | JsonMap;

/** A key whose value is `undefined` counts as absent: objects made in TypeScript have those. */
export interface JsonMap {
  readonly [key: string]: Json | undefined;
}

/** Whether a value is a map of fields: neither a list, nor null. */
export function isMap(value: Json | undefined): value is JsonMap;
export function isMap(value: unknown): value is Readonly<Record<string, unknown>>;
export function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * The value of JSON text as Go reads it: half a character (`"\\ud83d"` without its second half), which no text can keep, is
 * U+FFFD. Throws the SyntaxError of JSON.parse.
 */
export function parsedJson(text: string): unknown {
  const whole = halfEscape.test(text)
    ? text.replace(escapes, found => (loneEscape.test(found) ? "\\ufffd" : found))
    : text;
  return JSON.parse(whole);
}

const halfEscape = /\\u[dD][89a-fA-F]/;
/** A pair of halves, or any one escape: a backslash that is escaped itself escapes nothing. */
const escapes = /\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\./gs;
const loneEscape = /^\\u[dD][89a-fA-F]..$/s;

/** The value of a key of the map itself: `constructor` and the like are ordinary, absent keys. */
export function valueAt(map: JsonMap | undefined, key: string): Json | undefined {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}

/** The JSON that an object, or a part of one, is: the very same value, for code that treats all fields alike. */
export function jsonOf(object: Draft | PodSpec): JsonMap {
  // Each type of a kind allows JSON only, but none says so of all its fields at once.
  return object as unknown as JsonMap;
}

/** The same value as an object. Nothing is checked: the write that it is for decodes and checks it. */
export function draftOf(json: JsonMap): Draft {
  return json as unknown as Draft;
}
