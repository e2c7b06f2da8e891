/**
 * The numbers that the fields of a definition have in Kubernetes' protobuf, out of the generated table. What Go embeds is a
 * message of its own on the wire, though in JSON its fields stand beside the others.
 */
import { protobufAsJson } from "../generated/protobuf.gen.ts";
import type { Schema } from "./schema.ts";

/** By number: the name of the field, or the fields of an embedded message. */
export type WireFields = ReadonlyMap<number, string | WireFields>;

/** What a definition is on the wire. */
export interface WireFormat {
  readonly fields: WireFields;
  /** Fields whose zero says something; any other is there because Go writes whatever is no pointer. */
  readonly pointers: ReadonlySet<string>;
}

const known = new Map<string, WireFormat>();
const none: WireFormat = { fields: new Map(), pointers: new Set() };

type Row = [
  published: string,
  numbers: Readonly<Record<string, number | readonly number[]>>,
  pointers?: string[],
];

/** Of a schema that Kubernetes publishes; nothing for any other. */
export function wireFormat({ definition = "" }: Schema): WireFormat {
  const found = known.get(definition);
  if (found) return found;
  const text = Object.hasOwn(protobufAsJson, definition) ? protobufAsJson[definition] : undefined;
  if (text === undefined) return none;
  const [, numbers, pointers] = JSON.parse(text) as Row;
  const fields = new Map<number, string | WireFields>();
  for (const [name, path] of Object.entries(numbers))
    put(fields, typeof path === "number" ? [path] : path, name);
  const format = { fields, pointers: new Set(pointers) };
  known.set(definition, format);
  return format;
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
