/**
 * Elements of a list of which each is called by some of its fields (`x-kubernetes-list-type: map`), found by those: quickly, so
 * that two versions of a long list do not take the square of their length to compare.
 */
import { isMap } from "../json.ts";
import type { Schema } from "./schema.ts";

/** By which fields an element is told from the others; the element itself where it has no fields. */
export function keysOf(item: unknown, keys: readonly string[]): unknown {
  return isMap(item)
    ? Object.fromEntries(keys.filter(key => key in item).map(key => [key, item[key]]))
    : item;
}

/** The same text for values that are the same, as JSON has it. */
export function identityText(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? "";
}

/** What finds the element of an earlier list that a later one takes the place of; where it cannot be told, there is none. */
export function earlierElements(
  { listType, listMapKeys = [] }: Schema,
  old: unknown,
): (item: unknown) => unknown {
  if (listType !== "map" || !Array.isArray(old)) return () => undefined;
  const byKeys = new Map<string, unknown>();
  for (const each of old) {
    const text = identityText(keysOf(each, listMapKeys));
    if (!byKeys.has(text)) byKeys.set(text, each);
  }
  return item => byKeys.get(identityText(keysOf(item, listMapKeys)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isMap(value)) return value;
  return Object.keys(value)
    .sort()
    .map(key => [key, sorted(value[key])]);
}
