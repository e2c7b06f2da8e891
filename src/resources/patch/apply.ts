/**
 * Apply, as `kubectl apply` does it on the client: three objects meet. The manifest says what is wanted, the annotation
 * `last-applied-configuration` what was wanted last time, the live object what is. What the manifest names it gets; what
 * only last time's named goes; all else (defaults, status, what others set) stays. Lists merge by the keys of their
 * elements, in the manifest's order.
 */
import { ApiError } from "../../errors/index.ts";
import { isList, isMap, type Json, type JsonMap, valueAt } from "../json.ts";
import type { Schema } from "../schema/index.ts";
import { asJsonMap, sharing } from "./json.ts";
import { type Identity, Indexes, inOrder } from "./list-order.ts";
import { fieldOf } from "./strategic-patch.ts";

export const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * The object that applying the manifest leaves behind, with the annotation brought up to date; the very same `live`
 * where nothing changes. The status is never applied: on an object that is there it stays as it is.
 * @param manifest full form, not the short one
 * @param live undefined where there is no such object yet
 * @throws ApiError BadRequest for a manifest that is not JSON, or an annotation that is not.
 */
export function applyManifest(manifest: unknown, live: JsonMap | undefined, schema: Schema): JsonMap {
  const wanted = withoutLastApplied(asJsonMap(manifest, "the manifest"));
  const noted = withLastApplied(wanted);
  if (live === undefined) return noted;
  const result = merged(lastAppliedOf(live), noted, live, schema) as JsonMap;
  const status = valueAt(live, "status");
  const { status: _, ...rest } = result;
  return sharing(live, status === undefined ? rest : { ...rest, status });
}

/** What was applied last, as the live object's annotation tells it; undefined where nothing ever was. */
function lastAppliedOf(live: JsonMap): JsonMap | undefined {
  const text = valueAt(annotationsOf(live), lastAppliedAnnotation);
  if (typeof text !== "string" || text === "") return undefined;
  const { kind, metadata } = live;
  const what = `the annotation ${lastAppliedAnnotation} of ${kind} ${isMap(metadata) ? metadata.name : ""}`;
  try {
    return asJsonMap(JSON.parse(text), what);
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    const message = `${what} is not JSON, so what was applied before cannot be told: remove the annotation, then apply again`;
    throw new ApiError("BadRequest", message, {}, { cause });
  }
}

/** The annotation's text, to the letter as kubectl writes it: keys in order, an empty map of annotations, a line's end. */
export function lastAppliedText(manifest: JsonMap): string {
  const { metadata } = withoutLastApplied(manifest);
  const annotations = annotationsOf(withoutLastApplied(manifest)) ?? {};
  const noted = { ...manifest, metadata: { ...(isMap(metadata) ? metadata : {}), annotations } };
  return `${JSON.stringify(inKeyOrder(noted))}\n`;
}

function withLastApplied(manifest: JsonMap): JsonMap {
  const annotations = { ...annotationsOf(manifest), [lastAppliedAnnotation]: lastAppliedText(manifest) };
  const { metadata } = manifest;
  return { ...manifest, metadata: { ...(isMap(metadata) ? metadata : {}), annotations } };
}

/** A manifest that was got from a cluster brings the annotation along: it is not part of what is wanted. */
function withoutLastApplied(manifest: JsonMap): JsonMap {
  const annotations = annotationsOf(manifest);
  if (valueAt(annotations, lastAppliedAnnotation) === undefined) return manifest;
  const { [lastAppliedAnnotation]: _, ...others } = annotations ?? {};
  const { metadata } = manifest;
  return { ...manifest, metadata: { ...(isMap(metadata) ? metadata : {}), annotations: others } };
}

function annotationsOf(object: JsonMap): JsonMap | undefined {
  const { metadata } = object;
  const annotations = isMap(metadata) ? valueAt(metadata, "annotations") : undefined;
  return isMap(annotations) ? annotations : undefined;
}

/** One value of the three objects. `undefined` stands for "not there", and comes back where the value is to go. */
function merged(
  last: Json | undefined,
  wanted: Json,
  live: Json | undefined,
  schema: Schema | undefined,
): Json {
  if (isMap(wanted)) {
    const isWhole = schema?.atomic || schema?.patchStrategy === "replace";
    return mergedMap(isMap(last) ? last : {}, wanted, isMap(live) && !isWhole ? live : {}, schema);
  }
  if (isList(wanted)) return mergedList(isList(last) ? last : [], wanted, isList(live) ? live : [], schema);
  return wanted;
}

function mergedMap(last: JsonMap, wanted: JsonMap, live: JsonMap, schema: Schema | undefined): JsonMap {
  const result: Record<string, Json> = {};
  for (const [key, value] of Object.entries(live)) {
    const isDropped = schema?.retainKeys
      ? valueAt(wanted, key) === undefined
      : valueAt(last, key) !== undefined;
    if (value !== undefined && !isDropped) result[key] = value;
  }
  for (const [key, value] of Object.entries(wanted)) {
    if (value === undefined) continue;
    // null asks for a field to be absent, also one that another writer set.
    if (value === null) delete result[key];
    else result[key] = merged(valueAt(last, key), value, valueAt(live, key), fieldOf(schema, key));
  }
  return result;
}

function mergedList(
  last: readonly Json[],
  wanted: readonly Json[],
  live: readonly Json[],
  schema: Schema | undefined,
): Json[] {
  const elements = schema?.retainKeys ? { ...schema.items, retainKeys: true } : schema?.items;
  const identity = identityIn(schema);
  // A list that names a thing twice cannot be merged by name; it is taken as the manifest has it.
  const isMergeable = [wanted, live].every(list => isKeyed(list, identity));
  if (identity === undefined || !isMergeable)
    return wanted.map(item => merged(undefined, item, undefined, elements));
  const inWanted = new Indexes(wanted, identity);
  const inLast = new Indexes(last, identity);
  const inLive = new Indexes(live, identity);
  const result = wanted.map(item => merged(last[inLast.of(item)], item, live[inLive.of(item)], elements));
  for (const item of live) {
    const isOthers = inWanted.of(item) < 0 && inLast.of(item) < 0;
    if (isOthers) result.push(item);
  }
  return inOrder(result, wanted, live, identity);
}

/** By what the elements of a list are told apart; undefined for a list that is taken whole. */
function identityIn(schema: Schema | undefined): Identity | undefined {
  if (schema?.patchStrategy === "replace") return undefined;
  if (schema?.listType === "set" || (schema?.patchStrategy === "merge" && !schema.patchMergeKey))
    return item => item;
  const keys =
    schema?.listMapKeys ?? (schema?.patchMergeKey === undefined ? undefined : [schema.patchMergeKey]);
  if (keys === undefined || keys.length === 0) return undefined;
  return item => {
    if (!isMap(item)) return undefined;
    // A key that has a default may be left out: the port's protocol is TCP.
    const name = keys.map(
      key => valueAt(item, key) ?? (fieldOf(schema?.items, key)?.default as Json) ?? null,
    );
    return name.every(part => part === null) ? undefined : name;
  };
}

/** True where every element has a name and no two have the same. */
function isKeyed(list: readonly Json[], identity: Identity | undefined): boolean {
  if (identity === undefined) return false;
  const indexes = new Indexes(list, identity);
  return list.every(
    (item, i) => identity(item) !== undefined && indexes.all(item).length === 1 && indexes.of(item) === i,
  );
}

function inKeyOrder(value: Json | undefined): Json | undefined {
  if (isList(value)) return value.map(item => inKeyOrder(item) ?? null);
  if (!isMap(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, inKeyOrder(item)]));
}
