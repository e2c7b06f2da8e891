/** What is wrong with a list of a custom kind that is said to be a set or a map: its keys, and what its elements may be. */
import type { Cause } from "../../errors/index.ts";
import { forbidden, invalidValue, notSupported, required } from "../faults.ts";
import { itemsOf, type JsonSchema } from "./json-schema.ts";

export function listFaults(schema: JsonSchema, path: string): Cause[] {
  const causes: Cause[] = [];
  const listType = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const items = itemsOf(schema);
  if (listType === "set" && items) causes.push(...setItemFaults(items, `${path}.items`));
  if (listType !== undefined && !["atomic", "set", "map"].includes(listType))
    causes.push(notSupported(`${path}.x-kubernetes-list-type`, listType, ["atomic", "set", "map"]));
  if (keys.length > 0 && listType !== "map") {
    const rule = "must be map if x-kubernetes-list-map-keys is non-empty";
    const field = `${path}.x-kubernetes-list-type`;
    causes.push(listType === undefined ? required(field, rule) : invalidValue(field, listType, rule));
  }
  if (listType === "map") causes.push(...mapFaults(schema, keys, items, path));
  if ((listType === "map" || listType === "set") && items?.nullable)
    causes.push(
      forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`),
    );
  if (listType === "map" && items) causes.push(...keyFaults(keys, items, path));
  return causes;
}

function setItemFaults(items: JsonSchema, path: string): Cause[] {
  const rule = "must be atomic as item of a list with x-kubernetes-list-type=set";
  const { "x-kubernetes-list-type": listType, "x-kubernetes-map-type": mapType } = items;
  if (items.type === "array" && listType !== undefined && listType !== "atomic")
    return [invalidValue(`${path}.x-kubernetes-list-type`, listType, rule)];
  if (items.type === "object" && mapType !== "atomic")
    return [invalidValue(`${path}.x-kubernetes-map-type`, listType, rule)];
  return [];
}

function mapFaults(
  schema: JsonSchema,
  keys: readonly string[],
  items: JsonSchema | undefined,
  path: string,
): Cause[] {
  const causes: Cause[] = [];
  const field = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) causes.push(required(field, "must not be empty if x-kubernetes-list-type is map"));
  if (schema.items === undefined)
    causes.push(required(`${path}.items`, "must have a schema if x-kubernetes-list-type is map"));
  if (!items) return causes;
  if (items.type !== "object") {
    const rule = "must be object if parent array's x-kubernetes-list-type is map";
    return [...causes, invalidValue(`${path}.items.type`, items.type ?? "", rule)];
  }
  for (const [i, key] of keys.entries()) {
    const type = items.properties?.[key]?.type;
    if (!items.properties || !Object.hasOwn(items.properties, key))
      causes.push(invalidValue(field, keys, "entries must all be names of item properties"));
    else if (type === "array" || type === "object")
      causes.push(
        invalidValue(
          `${path}.items.properties[${key}].type`,
          items.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      );
    if (keys.indexOf(key) < i) causes.push(invalidValue(field, keys, "must not contain duplicate entries"));
  }
  return causes;
}

/** What tells the elements of a list apart must be there. */
function keyFaults(keys: readonly string[], items: JsonSchema, path: string): Cause[] {
  return keys.flatMap(key => {
    const field = items.properties?.[key];
    if (!field) return [];
    const at = `${path}.items.properties[${key}]`;
    const because = "this property is in x-kubernetes-list-map-keys, so it";
    return [
      ...(!items.required?.includes(key) && field.default === undefined
        ? [required(`${at}.default`, `${because} must have a default or be a required property`)]
        : []),
      ...(field.nullable ? [forbidden(`${at}.nullable`, `${because} cannot be nullable`)] : []),
    ];
  });
}
