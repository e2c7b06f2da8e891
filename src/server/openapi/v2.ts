/**
 * OpenAPI v2, in the one form in which clients take it: gnostic's protobuf. It is what clients fall back to; nobody reads its
 * paths, so there are none.
 */
import { dump } from "js-yaml";
import { type OpenApiSchema, SchemaWriter } from "./schemas.ts";
import type { OpenApiParts } from "./v3.ts";

/** The media type that clients ask for, and its answer must have. */
export const openApiV2Type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/** The document as JSON has it. */
export function openApiV2Document({ kinds, describe, publishedName }: OpenApiParts): OpenApiSchema {
  const writer = new SchemaWriter({ version: "v2", describe, publishedName });
  for (const kind of kinds.all) {
    for (const version of kind.versions) if (version.served) writer.addKind(kind.kind, version);
  }
  const info = { title: "Kubernetes", version: "v1.35.2" };
  return { swagger: "2.0", info, paths: {}, definitions: Object.fromEntries(writer.definitions) };
}

/** The same as protobuf: gnostic's message Document. */
export function openApiV2Bytes(parts: OpenApiParts): Buffer {
  const { info, definitions } = openApiV2Document(parts) as {
    info: { title: string; version: string };
    definitions: Readonly<Record<string, OpenApiSchema>>;
  };
  return Buffer.concat([
    text(1, "2.0"),
    message(2, [text(1, info.title), text(2, info.version)]),
    message(8, []),
    message(9, named(definitions)),
  ]);
}

// --- gnostic's messages, by the numbers of their fields.

function named(schemas: Readonly<Record<string, OpenApiSchema>>): Buffer[] {
  return Object.entries(schemas).map(([name, schema]) =>
    message(1, [text(1, name), message(2, schemaFields(schema))]),
  );
}

function schemaFields(schema: OpenApiSchema): Buffer[] {
  const { $ref, format, description, default: value, required, type, properties } = schema;
  const { items, additionalProperties, enum: values } = schema;
  return [
    ...optional($ref, each => text(1, String(each))),
    ...optional(format, each => text(2, String(each))),
    ...optional(description, each => text(4, String(each))),
    ...optional(value, each => message(5, any(each))),
    ...((required as string[] | undefined) ?? []).map(each => text(19, each)),
    ...((values as unknown[] | undefined) ?? []).map(each => message(20, any(each))),
    ...optional(additionalProperties, each => message(21, [message(1, schemaFields(each as OpenApiSchema))])),
    ...optional(type, each => message(22, [text(1, String(each))])),
    ...optional(items, each => message(23, [message(1, schemaFields(each as OpenApiSchema))])),
    ...optional(properties, each => message(25, named(each as Record<string, OpenApiSchema>))),
    ...Object.entries(schema)
      .filter(([name]) => name.startsWith("x-"))
      .map(([name, each]) => message(31, [text(1, name), message(2, any(each))])),
  ];
}

function any(value: unknown): Buffer[] {
  return [text(2, dump(value))];
}

function optional(value: unknown, write: (value: unknown) => Buffer): Buffer[] {
  return value === undefined ? [] : [write(value)];
}

// --- Protobuf's wire format.

function text(number: number, value: string): Buffer {
  return message(number, [Buffer.from(value)]);
}

function message(number: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([varint(number * 8 + 2), varint(body.length), body]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.from([...bytes, rest]);
}
