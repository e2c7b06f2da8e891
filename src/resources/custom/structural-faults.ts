/**
 * Whether a schema is structural: every field and element has one type, said outside of allOf, anyOf, oneOf and not, which may
 * only restrict it further. Otherwise it could not be told what to prune and where to put defaults. After Kubernetes'
 * `apiserver/schema/validation.go`.
 */
import type { Cause } from "../../errors/index.ts";
import { forbidden, invalidValue, required } from "../faults.ts";
import { isSame } from "../sameness.ts";
import { patternFault } from "../schema/index.ts";
import { itemsOf, type JsonSchema, othersOf } from "./json-schema.ts";

type Level = "root" | "item" | "field";

const ofLevel: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

/** In the order of their texts. */
export function structuralFaultsOf(root: JsonSchema, path: string): Cause[] {
  const text = ({ field, message }: Cause) => `${field}: ${message}`;
  return [...invariants(root, "root", path), ...incompleteness(root, root, path, path)].sort((one, other) =>
    text(one) < text(other) ? -1 : 1,
  );
}

function invariants(schema: JsonSchema, level: Level, path: string): Cause[] {
  const { type = "", properties = {}, additionalProperties } = schema;
  const causes: Cause[] = [];
  const items = itemsOf(schema);
  const others = othersOf(schema);
  if (type === "array" && schema.items === undefined)
    causes.push(required(`${path}.items`, "must be specified"));
  if (items) causes.push(...invariants(items, "item", `${path}.items`));
  for (const [name, field] of Object.entries(properties))
    causes.push(...invariants(field, "field", `${path}.properties[${name}]`));
  if (additionalProperties !== undefined && level === "root")
    causes.push(forbidden(`${path}.additionalProperties`, "must not be used at the root"));
  if (others) causes.push(...invariants(others, "field", `${path}.additionalProperties`));
  causes.push(
    ...conflicts(schema, path),
    ...valueFaults(schema, path, level),
    ...typeFaults(schema, level, path),
  );
  causes.push(...metadataFaults(schema, level, path));
  const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
  const isOpen = schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (isEmbedded && !isOpen && Object.keys(properties).length === 0) {
    const rule =
      "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
    causes.push(required(`${path}.properties`, rule));
  }
  return causes;
}

function conflicts(schema: JsonSchema, path: string): Cause[] {
  if (!schema["x-kubernetes-int-or-string"]) return [];
  const names = ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] as const;
  return names
    .filter(name => schema[name])
    .map(name =>
      invalidValue(`${path}.${name}`, true, "must be false if x-kubernetes-int-or-string is true"),
    );
}

function typeFaults(schema: JsonSchema, level: Level, path: string): Cause[] {
  const { type = "" } = schema;
  const field = `${path}.type`;
  const causes: Cause[] = [];
  const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
  const isAnything = schema["x-kubernetes-int-or-string"] || schema["x-kubernetes-preserve-unknown-fields"];
  if (isEmbedded && type !== "object") {
    const rule = "must be object if x-kubernetes-embedded-resource is true";
    causes.push(type ? invalidValue(field, type, rule) : required(field, rule));
  } else if (type === "" && !isAnything) causes.push(required(field, ofLevel[level]));
  if (isEmbedded && schema.additionalProperties !== undefined) {
    const rule = "must not be used if x-kubernetes-embedded-resource is set";
    causes.push(forbidden(`${path}.additionalProperties`, rule));
  }
  if (level === "root" && type !== "" && type !== "object")
    causes.push(invalidValue(field, type, "must be object at the root"));
  return causes;
}

/** The schema of metadata is not a definition's to say, but for the names. */
function metadataFaults(schema: JsonSchema, level: Level, path: string): Cause[] {
  const { properties = {} } = schema;
  const isObject = level === "root" || schema["x-kubernetes-embedded-resource"] === true;
  if (!isObject) return [];
  const causes = ["kind", "apiVersion"].flatMap(name => {
    const field = properties[name];
    if (!field || field.type === "string") return [];
    return [invalidValue(`${path}.properties[${name}].type`, field.type ?? "", "must be string")];
  });
  const { metadata } = properties;
  if (!metadata) return causes;
  const at = `${path}.properties[metadata]`;
  if (metadata.type !== "object")
    causes.push(invalidValue(`${at}.type`, metadata.type ?? "", "must be object"));
  if (level !== "root") return causes;
  const { type: _1, default: _2, description: _3, properties: names = {}, ...more } = metadata;
  const isRestricted = Object.keys(names).every(name => name === "name" || name === "generateName");
  if (!isRestricted || Object.keys(more).length > 0)
    causes.push(
      forbidden(
        at,
        "must not specify anything other than name and generateName, but metadata is implicitly specified",
      ),
    );
  return causes;
}

const intOrString: readonly JsonSchema[] = [{ type: "integer" }, { type: "string" }];

/** What restricts a value: patterns, and the schemas that are combined with this one. */
function valueFaults(schema: JsonSchema, path: string, level: Level): Cause[] {
  const { anyOf = [], allOf = [], oneOf = [], not, pattern } = schema;
  const causes: Cause[] = [];
  // The one case in which a type may be said there.
  if (!isSame(anyOf, intOrString))
    causes.push(...anyOf.flatMap((each, i) => nestedFaults(each, `${path}.anyOf[${i}]`, level)));
  for (const [i, each] of allOf.entries()) {
    const { anyOf: first, ...rest } = each;
    const isException = i === 0 && isSame(first, intOrString);
    causes.push(...nestedFaults(isException ? rest : each, `${path}.allOf[${i}]`, level));
  }
  causes.push(...oneOf.flatMap((each, i) => nestedFaults(each, `${path}.oneOf[${i}]`, level)));
  if (not) causes.push(...nestedFaults(not, `${path}.not`, level));
  const wrong = pattern ? patternFault(pattern) : undefined;
  if (wrong !== undefined)
    causes.push(
      invalidValue(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${wrong}`),
    );
  return causes;
}

const notNested = [
  ["type", "must be empty to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
] as const;

function nestedFaults(schema: JsonSchema, path: string, level: Level): Cause[] {
  const { properties = {} } = schema;
  const items = itemsOf(schema);
  return [
    ...valueFaults(schema, path, level),
    ...(items ? nestedFaults(items, `${path}.items`, level) : []),
    ...Object.entries(properties).flatMap(([name, field]) =>
      nestedFaults(field, `${path}.properties[${name}]`, "field"),
    ),
    ...notNested
      .filter(([name]) => isSaid(schema[name]))
      .map(([name, rule]) => forbidden(`${path}.${name}`, rule)),
    ...(properties.metadata
      ? [forbidden(`${path}.properties[metadata]`, "must not be specified in a nested context")]
      : []),
  ];
}

function isSaid(value: unknown): boolean {
  return (
    value !== undefined && value !== "" && value !== false && !(Array.isArray(value) && value.length === 0)
  );
}

/** What a combined schema names that the schema itself does not: `path` there, `at` where it is named. */
function incompleteness(
  nested: JsonSchema,
  schema: JsonSchema | undefined,
  path: string,
  at: string,
): Cause[] {
  const { anyOf = [], allOf = [], oneOf = [], not } = nested;
  const combined: (readonly [JsonSchema, string])[] = [
    ...(not ? ([[not, `${at}.not`]] as const) : []),
    ...allOf.map((each, i) => [each, `${at}.allOf[${i}]`] as const),
    ...anyOf.map((each, i) => [each, `${at}.anyOf[${i}]`] as const),
    ...oneOf.map((each, i) => [each, `${at}.oneOf[${i}]`] as const),
  ];
  const causes = combined.flatMap(([each, place]) => fieldsMissing(each, schema, path, place));
  if (nested !== schema) return causes;
  // The same holds within each field of the schema itself.
  const items = itemsOf(nested);
  const others = othersOf(nested);
  return [
    ...causes,
    ...(items ? incompleteness(items, items, `${path}.items`, `${at}.items`) : []),
    ...(others
      ? incompleteness(others, others, `${path}.additionalProperties`, `${at}.additionalProperties`)
      : []),
    ...Object.entries(nested.properties ?? {}).flatMap(([name, field]) =>
      incompleteness(field, field, `${path}.properties[${name}]`, `${at}.properties[${name}]`),
    ),
  ];
}

function fieldsMissing(
  nested: JsonSchema,
  schema: JsonSchema | undefined,
  path: string,
  at: string,
): Cause[] {
  if (!schema) return [required(path, `because it is defined in ${at}`)];
  const items = itemsOf(nested);
  return [
    ...incompleteness(nested, schema, path, at),
    ...(items ? fieldsMissing(items, itemsOf(schema), `${path}.items`, `${at}.items`) : []),
    ...Object.entries(nested.properties ?? {}).flatMap(([name, field]) =>
      fieldsMissing(
        field,
        schema.properties?.[name],
        `${path}.properties[${name}]`,
        `${at}.properties[${name}]`,
      ),
    ),
  ];
}
