/** A schema as it stands in a CustomResourceDefinition (`openAPIV3Schema`), for who checks the schema itself. */
import type { JSONSchemaProps } from "../generated/kubernetes.gen.ts";

/** The same with the types of what the generated one leaves open. */
export type JsonSchema = Omit<
  JSONSchemaProps,
  "items" | "additionalProperties" | "properties" | "allOf" | "anyOf" | "oneOf" | "not"
> & {
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly allOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
};

/** The one schema of all elements; undefined where there is none, or a list of them. */
export function itemsOf({ items }: JsonSchema): JsonSchema | undefined {
  return items === undefined || isList(items) ? undefined : items;
}

/** The schema of the fields that are not declared, where it says more than that they may be there. */
export function othersOf({ additionalProperties: others }: JsonSchema): JsonSchema | undefined {
  return typeof others === "object" ? others : undefined;
}

function isList(items: JsonSchema | readonly JsonSchema[]): items is readonly JsonSchema[] {
  return Array.isArray(items);
}

/** The schema that a simple path leads to (`.spec.color`, `.spec.parts['a b']`), or why it leads nowhere. */
export function schemaAt(root: JsonSchema | undefined, path: string): JsonSchema | string {
  let schema = root;
  let rest = path;
  while (rest !== "") {
    const step = /^\.([A-Za-z_][\w-]*)|^\['((?:[^'\\]|\\.)*)'\]/.exec(rest);
    if (!step)
      return rest.startsWith("[") ? "does not support array notation" : `expected [ or . but got: ${rest}`;
    const name = step[1] ?? step[2] ?? "";
    const next = schema?.properties?.[name] ?? (schema && othersOf(schema));
    if (!next) return "does not refer to a valid field";
    schema = next;
    rest = rest.slice(step[0].length);
  }
  return schema ?? "does not refer to a valid field";
}
