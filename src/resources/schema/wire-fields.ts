/**
 * The numbers that the fields of a definition have in Kubernetes' protobuf, out of the generated table. What Go embeds is a
 * message of its own on the wire, though in JSON its fields stand beside the others.
 */
import { protobufAsJson } from "../generated/protobuf.gen.ts";
import type { Schema } from "./schema.ts";

/** By number: the name of the field, or the fields of an embedded message. */
export type WireFields = ReadonlyMap<number, string | WireFields>;

const known = new Map<string, WireFields>();
const none: WireFields = new Map();

/** Of a schema that Kubernetes publishes; none for any other. */
export function wireFields({ definition = "" }: Schema): WireFields {
  const found = known.get(definition);
  if (found) return found;
  const text = Object.hasOwn(protobufAsJson, definition) ? protobufAsJson[definition] : undefined;
  if (text === undefined) return none;
  const [, numbers] = JSON.parse(text) as [string, Readonly<Record<string, number | readonly number[]>>];
  const fields = new Map<number, string | WireFields>();
  for (const [name, path] of Object.entries(numbers))
    put(fields, typeof path === "number" ? [path] : path, name);
  known.set(definition, fields);
  return fields;
}

/** The name that Kubernetes' OpenAPI has for a definition (`io.k8s.api.core.v1.Pod`); undefined for what is not its own. */
export function publishedName(definition: string): string | undefined {
  const text = Object.hasOwn(protobufAsJson, definition) ? protobufAsJson[definition] : undefined;
  return text === undefined ? undefined : (JSON.parse(text) as [string])[0];
}

function put(
  fields: Map<number, string | WireFields>,
  [number, ...rest]: readonly number[],
  name: string,
): void {
  if (number === undefined) return;
  if (rest.length === 0) {
    fields.set(number, name);
    return;
  }
  const before = fields.get(number);
  const embedded = before instanceof Map ? before : new Map<number, string | WireFields>();
  put(embedded, rest, name);
  fields.set(number, embedded);
}
