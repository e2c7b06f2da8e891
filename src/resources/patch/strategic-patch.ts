/**
 * Strategic merge patch: a merge patch that knows the kind. Lists whose elements have a key (containers by name) are
 * merged element by element, others are taken whole; which is which stands in the schema. Directives say the rest:
 * `$patch: replace|delete`, `$setElementOrder/list`, `$deleteFromPrimitiveList/list` and `$retainKeys`. It is what
 * `kubectl patch` and `kubectl edit` send for built-in kinds.
 */
import { ApiError } from "../../errors/index.ts";
import { isList, isMap, type Json, type JsonMap, valueAt } from "../json.ts";
import type { Schema } from "../schema/index.ts";
import { asJsonMap, describe, sharing } from "./json.ts";
import { type Identity, Indexes, inOrder } from "./list-order.ts";

const setElementOrder = "$setElementOrder/";
const deleteFromPrimitiveList = "$deleteFromPrimitiveList/";

/**
 * The object with the patch applied; the very same object where that changes nothing.
 * @throws ApiError BadRequest for a patch that is no JSON object; InternalError for a directive that is unknown or
 * misplaced and for an element without its key, because Kubernetes answers these with 500.
 */
export function applyStrategicPatch(object: JsonMap, patch: unknown, schema: Schema): JsonMap {
  const map = asJsonMap(patch, "a strategic merge patch");
  return sharing(object, mergedMap(object, map, schema, ""));
}

function mergedMap(original: JsonMap, patch: JsonMap, schema: Schema | undefined, path: string): JsonMap {
  const directive = valueAt(patch, "$patch");
  if (directive === "delete") return {};
  if (directive === "replace") return plainMap(patch);
  if (directive !== undefined)
    throw malformed(path, `$patch may be "replace" or "delete" here, not ${describe(directive)}`);

  const result: Record<string, Json | undefined> = { ...retained(original, patch, path) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined || isDirective(key)) continue;
    if (value === null) delete result[key];
    else result[key] = mergedValue(valueAt(result, key), value, fieldOf(schema, key), join(path, key));
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(deleteFromPrimitiveList)) {
      const field = key.slice(deleteFromPrimitiveList.length);
      const list = valueAt(result, field);
      const gone = new Indexes(listIn(value, join(path, key)), itself);
      const inPatch = valueAt(patch, field);
      // What the patch adds in the same breath stays: only the original's elements are taken out.
      const added = new Indexes(isList(inPatch) ? inPatch : [], itself);
      const isGone = (item: Json) => gone.of(item) >= 0 && added.of(item) < 0;
      if (isList(list)) result[field] = list.filter(item => !isGone(item));
    }
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(setElementOrder)) {
      const field = key.slice(setElementOrder.length);
      const list = valueAt(result, field);
      if (isList(list)) {
        const inPatch = valueAt(patch, field);
        const wanted = listIn(value, join(path, key));
        result[field] = reordered(
          list,
          wanted,
          valueAt(original, field),
          inPatch,
          fieldOf(schema, field),
          join(path, field),
        );
      }
    }
  }
  return result;
}

function mergedValue(
  original: Json | undefined,
  patch: Json,
  schema: Schema | undefined,
  path: string,
): Json {
  if (isMap(patch) && isMap(original) && schema?.patchStrategy !== "replace") {
    return mergedMap(original, patch, schema, path);
  }
  if (isList(patch) && isList(original) && schema?.patchStrategy === "merge") {
    const key = schema.patchMergeKey;
    return key === undefined
      ? mergedSet(original, patch)
      : mergedList(original, patch, schema.items, key, path);
  }
  return plain(patch);
}

function mergedSet(original: readonly Json[], patch: readonly Json[]): Json[] {
  const all = [...original, ...patch];
  const indexes = new Indexes(all, itself);
  return inOrder(
    all.filter((item, i) => indexes.of(item) === i),
    patch,
    original,
    itself,
  );
}

function mergedList(
  original: readonly Json[],
  patch: readonly Json[],
  items: Schema | undefined,
  key: string,
  path: string,
): Json[] {
  const byKey: Identity = item => (isMap(item) ? valueAt(item, key) : undefined);
  const indexes = new Indexes(original, byKey);
  const result: (Json | undefined)[] = [...original];
  const added = new Map<Json, number>();
  const named: Json[] = [];
  let replaces = false;
  for (const [i, element] of patch.entries()) {
    const where = `${path}[${i}]`;
    if (!isMap(element))
      throw malformed(where, `an element of this list must be an object, not ${describe(element)}`);
    const directive = valueAt(element, "$patch");
    if (directive === "replace") {
      replaces = true;
      continue;
    }
    const value = valueAt(element, key);
    if (value === undefined || value === null) {
      throw malformed(where, `has no "${key}", the key by which the elements of this list are merged`);
    }
    if (directive !== undefined && directive !== "delete") {
      throw malformed(where, `$patch may be "replace" or "delete", not ${describe(directive)}`);
    }
    if (directive === "delete") {
      for (const index of indexes.all(element)) result[index] = undefined;
      continue;
    }
    named.push(element);
    const index = added.get(value) ?? indexes.of(element);
    const old = result[index];
    if (isMap(old)) result[index] = mergedMap(old, element, items, where);
    else added.set(value, result.push(plain(element)) - 1);
  }
  if (replaces) return named.map(plain);
  return inOrder(
    result.filter(item => item !== undefined),
    named,
    original,
    byKey,
  );
}

/** The list in the order that `$setElementOrder` gives; what the order does not name stands where it stood. */
function reordered(
  list: readonly Json[],
  wanted: readonly Json[],
  original: Json | undefined,
  inPatch: Json | undefined,
  schema: Schema | undefined,
  path: string,
): Json[] {
  const key = schema?.patchMergeKey;
  const identity: Identity =
    key === undefined ? itself : item => (isMap(item) ? valueAt(item, key) : undefined);
  const indexes = new Indexes(wanted, identity);
  for (const item of isList(inPatch) ? inPatch : []) {
    const isInstruction = isMap(item) && valueAt(item, "$patch") !== undefined;
    if (!isInstruction && indexes.of(item) < 0) {
      throw malformed(
        path,
        `$setElementOrder does not name ${describe(identity(item))}, which the patch has`,
      );
    }
  }
  return inOrder(list, wanted, isList(original) ? original : [], identity);
}

/** The original without the keys that `$retainKeys`, where it is given, does not name. */
function retained(original: JsonMap, patch: JsonMap, path: string): JsonMap {
  const directive = valueAt(patch, "$retainKeys");
  if (directive === undefined) return original;
  const keep = listIn(directive, join(path, "$retainKeys"));
  for (const [key, value] of Object.entries(patch)) {
    if (value !== null && value !== undefined && !isDirective(key) && !keep.includes(key)) {
      throw malformed(path, `the patch has the field "${key}", which $retainKeys does not name`);
    }
  }
  return Object.fromEntries(Object.entries(original).filter(([key]) => keep.includes(key)));
}

/** A value that meets nothing to be merged with: without nulls and directives. */
function plain(value: Json): Json {
  if (isList(value)) return value.filter(item => !(isMap(item) && isMarked(item))).map(plain);
  return isMap(value) ? plainMap(value) : value;
}

/** True for elements that are only instructions: one to delete, or a lone `$patch: replace`. */
function isMarked(element: JsonMap): boolean {
  const directive = valueAt(element, "$patch");
  return directive === "delete" || (directive === "replace" && Object.keys(element).length === 1);
}

function plainMap(map: JsonMap): JsonMap {
  const entries = Object.entries(map).filter(([key, value]) => !isDirective(key) && value !== null);
  return Object.fromEntries(entries.map(([key, value]) => [key, value === undefined ? value : plain(value)]));
}

function isDirective(key: string): boolean {
  return (
    key === "$patch" ||
    key === "$retainKeys" ||
    key.startsWith(setElementOrder) ||
    key.startsWith(deleteFromPrimitiveList)
  );
}

/** The schema of a field: one that is named, or that of all a map's values. */
export function fieldOf(schema: Schema | undefined, key: string): Schema | undefined {
  const { properties, additionalProperties } = schema ?? {};
  return properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
}

function listIn(value: Json | undefined, path: string): readonly Json[] {
  if (isList(value)) return value;
  throw malformed(path, `must be a list, not ${describe(value)}`);
}

function itself(item: Json): Json {
  return item;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function malformed(path: string, problem: string): ApiError {
  return new ApiError(
    "InternalError",
    `the strategic merge patch cannot be applied: ${path || "at its top"}: ${problem}`,
  );
}
