/** Which fields an object has: those that an applier names, and all that are in a part that is new. */
import { isList, isMap, type Json, type JsonMap } from "../json.ts";
import type { Schema } from "../schema/index.ts";
import { type FieldSet, field, type Growing, noFields, withSelf } from "./field-set.ts";
import { fieldElement } from "./path-element.ts";
import { elementOf, fieldSchema, isAtomic, isNamed, itemSchema, shapeOf } from "./shape.ts";

/**
 * The fields that an applied object says: its plain values, what is taken whole, each element of a list, each key of a map, and
 * what is empty. An object inside is no field itself: to name one of its fields is not to own the others.
 */
export function fieldSetOf(schema: Schema, object: JsonMap): FieldSet {
  return said(schema, object) ?? noFields;
}

function said(schema: Schema, value: Json): FieldSet | undefined {
  const shape = shapeOf(schema, value);
  if (shape === "scalar" || isAtomic(schema, shape)) return field;
  const set: Growing = {};
  if (shape === "list") {
    if (!isList(value)) return undefined;
    for (const [element, items] of itemsByElement(schema, value)) {
      const [item] = items;
      // Elements that are told by the same keys are one field, which nobody looks into.
      set[element] =
        item === undefined || items.length > 1 ? field : withSelf(said(itemSchema(schema), item));
    }
  } else {
    if (!isMap(value)) return undefined;
    for (const [name, inner] of presentIn(value)) {
      const inside = fieldSchema(schema, name);
      if (!inside) continue;
      const below = said(inside, inner);
      const isOne = inner === null || isEmptyMap(inner) || !isNamed(schema, name);
      const node = isOne ? withSelf(below) : below;
      if (node !== undefined) set[fieldElement(name)] = node;
    }
  }
  return Object.keys(set).length > 0 ? set : undefined;
}

/** Every field of a part that is new, or gone: the part itself, each object and list inside, down to the plain values. */
export function allFieldsOf(schema: Schema, value: Json): FieldSet {
  const shape = shapeOf(schema, value);
  if (shape === "scalar" || isAtomic(schema, shape)) return field;
  return withSelf(fieldsInside(schema, value));
}

/** The same without the part itself; undefined where it is empty. */
export function fieldsInside(schema: Schema, value: Json): FieldSet | undefined {
  let set: Growing | undefined;
  if (isList(value)) {
    for (const [element, items] of itemsByElement(schema, value)) {
      const [item] = items;
      set ??= {};
      set[element] = item === undefined || items.length > 1 ? field : allFieldsOf(itemSchema(schema), item);
    }
  } else if (isMap(value)) {
    for (const name of Object.keys(value)) {
      const inner = value[name];
      const inside = fieldSchema(schema, name);
      if (!inside || inner === undefined) continue;
      set ??= {};
      set[fieldElement(name)] = allFieldsOf(inside, inner);
    }
  }
  return set;
}

/** The items of a list that is a set or told by keys, by the step to them; what cannot be told is left out. */
export function itemsByElement(list: Schema, items: readonly Json[]): Map<string, readonly Json[]> {
  const found = new Map<string, Json[]>();
  for (const item of items) {
    const step = elementOf(list, item);
    if (!("element" in step)) continue;
    const before = found.get(step.element);
    if (before) before.push(item);
    else found.set(step.element, [item]);
  }
  return found;
}

/** The keys that have a value: objects made in TypeScript have some that are undefined. */
export function presentIn(map: JsonMap): [string, Json][] {
  return Object.entries(map).filter((entry): entry is [string, Json] => entry[1] !== undefined);
}

function isEmptyMap(value: Json): boolean {
  return isMap(value) && presentIn(value).length === 0;
}
