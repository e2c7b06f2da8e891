/**
 * JSON merge patch (RFC 7386): the patch looks like the object, `null` deletes, lists are taken whole. It is what
 * `cluster.patch` does unless it is told otherwise, and what `kubectl patch --type=merge` sends.
 */

import { isMap, type Json, type JsonMap, valueAt } from "../json.ts";
import { asJsonMap, sharing } from "./json.ts";

/**
 * The object with the patch applied; the very same object where that changes nothing.
 * @throws ApiError BadRequest for a patch that is no JSON object.
 */
export function applyMergePatch(object: JsonMap, patch: unknown): JsonMap {
  const map = asJsonMap(patch, "a merge patch");
  return sharing(object, mergedMap(object, map));
}

function merged(target: Json | undefined, patch: Json): Json {
  return isMap(patch) ? mergedMap(isMap(target) ? target : {}, patch) : patch;
}

function mergedMap(target: JsonMap, patch: JsonMap): JsonMap {
  const result: Record<string, Json | undefined> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete result[key];
    else result[key] = merged(valueAt(target, key), value);
  }
  return result;
}
