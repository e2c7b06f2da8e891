/** An object without some of its fields, and a set with the objects around its fields. */
import { isList, isMap, type Json, type JsonMap } from "../json.ts";
import type { Schema } from "../schema/index.ts";
import {
  below,
  elementsOf,
  type FieldSet,
  field,
  type Growing,
  hasElement,
  isEmpty,
  withSelf,
} from "./field-set.ts";
import { presentIn } from "./fields-of.ts";
import { fieldElement, fieldNameOf } from "./path-element.ts";
import { elementOf, fieldSchema, isAtomic, isNamed, itemSchema, shapeOf } from "./shape.ts";

/** What a list or map loses all of goes itself, and so does what is taken whole, though one of its parts was meant. */
export function removeFields(schema: Schema, object: JsonMap, fields: FieldSet): JsonMap {
  return (removed(schema, object, fields) ?? {}) as JsonMap;
}

function removed(schema: Schema, value: Json, fields: FieldSet): Json | undefined {
  const shape = shapeOf(schema, value);
  if (shape === "scalar") return value;
  if (isAtomic(schema, shape)) return undefined;
  if (shape === "list") {
    if (!isList(value)) return undefined;
    const items = value.flatMap(item => {
      const step = elementOf(schema, item);
      if (!("element" in step)) return [item];
      return keptPart(itemSchema(schema), item, fields, step.element) ?? [];
    });
    return items.length > 0 ? items : undefined;
  }
  if (!isMap(value)) return undefined;
  const result: Record<string, Json> = {};
  for (const [name, inner] of presentIn(value)) {
    const kept = keptPart(fieldSchema(schema, name), inner, fields, fieldElement(name));
    if (kept) result[name] = kept[0];
  }
  return Object.keys(result).length > 0 ? result : undefined;
}

/** What is left of a part, in a list of one; undefined where it goes. Of a part that loses all a null is left. */
function keptPart(
  schema: Schema | undefined,
  value: Json,
  fields: FieldSet,
  element: string,
): readonly [Json] | undefined {
  if (hasElement(fields, element)) return undefined;
  const inside = below(fields, element);
  if (!schema || isEmpty(inside)) return [value];
  return [removed(schema, value, inside) ?? null];
}

/**
 * The set with every object that holds one of its fields and is named by the schema; the keys of maps and the elements of lists
 * are in it only where they were.
 */
export function withNamedParents(schema: Schema, set: FieldSet): FieldSet {
  if (set === field) return field;
  const result: Growing = {};
  for (const element of elementsOf(set)) {
    const name = fieldNameOf(element);
    const inside = name === undefined ? itemSchema(schema) : fieldSchema(schema, name);
    const isNamedField = name !== undefined && isNamed(schema, name);
    const node = set[element] as FieldSet;
    const deeper = inside && node !== field ? withNamedParents(inside, below(set, element)) : node;
    result[element] = isNamedField || hasElement(set, element) ? withSelf(deeper) : deeper;
  }
  return result;
}
