/**
 * The annotation in which kubectl's client-side apply keeps what was applied. Server-side apply by the manager `kubectl` takes
 * over the fields in it, and keeps it up to date, so that both ways may be used in turn.
 */
import type { KindVersion } from "../definition/index.ts";
import { isMap, type Json, type JsonMap } from "../json.ts";
import { compare } from "./comparison.ts";
import { conformanceFault } from "./conformance.ts";
import { difference, type FieldSet } from "./field-set.ts";
import { fieldSetOf, presentIn } from "./fields-of.ts";
import { goJson } from "./go-json.ts";

const annotation = "kubectl.kubernetes.io/last-applied-configuration";
/** All annotations of an object together, in characters of keys and values. */
const sizeLimit = 256 * 1024;

/** What was applied and is still so; undefined where nothing was, or it cannot be read. */
export function fieldsOfLastApplied(
  { schema, apiVersion }: KindVersion,
  live: JsonMap,
): FieldSet | undefined {
  const text = annotationsOf(live)[annotation];
  const last = typeof text === "string" && text ? parsed(text) : undefined;
  if (!isMap(last) || last.apiVersion !== apiVersion || conformanceFault(schema, last)) return undefined;
  const { changed, removed } = compare(schema, last, live);
  return difference(difference(fieldSetOf(schema, last), changed), removed);
}

/** The object with what is applied in its annotation, where it has one. */
export function withLastApplied(object: JsonMap, config: JsonMap): JsonMap {
  const annotations = annotationsOf(object);
  if (!annotations[annotation]) return object;
  const text = `${goJson(withoutAnnotation(config))}\n`;
  const next: Record<string, Json | undefined> = { ...annotations, [annotation]: text };
  const size = presentIn(next).reduce((sum, [key, value]) => sum + key.length + String(value).length, 0);
  if (size > sizeLimit) delete next[annotation];
  return withAnnotations(object, next);
}

function withoutAnnotation(config: JsonMap): JsonMap {
  const { metadata } = config;
  if (!isMap(metadata) || !isMap(metadata.annotations)) return config;
  const { [annotation]: _, ...rest } = metadata.annotations;
  return withAnnotations(config, rest);
}

function withAnnotations(object: JsonMap, annotations: JsonMap): JsonMap {
  const metadata = isMap(object.metadata) ? object.metadata : {};
  return { ...object, metadata: { ...metadata, annotations } };
}

function annotationsOf({ metadata }: JsonMap): JsonMap {
  return isMap(metadata) && isMap(metadata.annotations) ? metadata.annotations : {};
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
