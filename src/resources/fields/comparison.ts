/**
 * What a write does to the fields of an object: which it adds or gives another value, and which it removes. Parts that both
 * versions share are not looked into, so the cost is that of the change.
 */
import { isList, isMap, type Json, type JsonMap, valueAt } from "../json.ts";
import { isSame } from "../sameness.ts";
import type { Schema } from "../schema/index.ts";
import {
  type FieldSet,
  field,
  type Growing,
  isEmpty,
  noFields,
  recursiveDifference,
  union,
} from "./field-set.ts";
import { allFieldsOf, fieldsInside, itemsByElement } from "./fields-of.ts";
import { fieldElement } from "./path-element.ts";
import { fieldSchema, isAtomic, itemSchema, type Shape, shapeOf } from "./shape.ts";

export interface Comparison {
  /** Added, or of another value. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/** Both are objects of the schema. */
export function compare(schema: Schema, before: JsonMap, after: JsonMap): Comparison {
  const { changed = noFields, removed = noFields } = differing(schema, before, after) ?? {};
  return { changed, removed };
}

/** The same without some fields and all that is below them. */
export function without(comparison: Comparison, fields: FieldSet): Comparison {
  if (isEmpty(fields)) return comparison;
  const { changed, removed } = comparison;
  return { changed: recursiveDifference(changed, fields), removed: recursiveDifference(removed, fields) };
}

type Parts = { readonly changed?: FieldSet | undefined; readonly removed?: FieldSet | undefined };

function differing(schema: Schema, before: Json, after: Json): Parts | undefined {
  if (before === after) return undefined;
  const shape = shapeOf(schema, after);
  const was = shapeOf(schema, before);
  if (shape === was) return differingAs(shape, schema, before, after);
  // Only of what is deduced: what was there goes, as the thing it was, and something else comes.
  const parts = [differingAs(was, schema, before, after), differingAs(shape, schema, before, after)];
  return parts.reduce(together, undefined);
}

function differingAs(shape: Shape, schema: Schema, before: Json, after: Json): Parts | undefined {
  if (shape === "scalar" || isAtomic(schema, shape))
    return isSame(before, after) ? undefined : { changed: field };
  const holds = shape === "list" ? isList : isMap;
  const [old, now] = [before, after].map(value => (holds(value) ? value : null));
  const [isOld, isNow] = [old, now].map(value => value !== null && value !== undefined && hasAny(value));
  // What is empty on both sides is compared as one value: an empty list is not the same as null.
  if (!isOld && !isNow) return isSame(before, after) ? undefined : { changed: field };
  if (!isOld) return { changed: fieldsInside(schema, now ?? null) };
  if (!isNow) return { removed: fieldsInside(schema, old ?? null) };
  if (isList(old) && isList(now)) return differingItems(schema, old, now);
  return isMap(old) && isMap(now) ? differingFields(schema, old, now) : undefined;
}

function differingFields(schema: Schema, before: JsonMap, after: JsonMap): Parts | undefined {
  const found = new Found();
  for (const name of Object.keys(after)) {
    const now = after[name];
    const old = valueAt(before, name);
    if (now === undefined || now === old) continue;
    const inside = fieldSchema(schema, name);
    if (!inside) continue;
    const parts = old === undefined ? { changed: allFieldsOf(inside, now) } : differing(inside, old, now);
    found.add(fieldElement(name), parts);
  }
  for (const name of Object.keys(before)) {
    const old = before[name];
    const inside =
      old === undefined || valueAt(after, name) !== undefined ? undefined : fieldSchema(schema, name);
    if (old !== undefined && inside) found.add(fieldElement(name), { removed: allFieldsOf(inside, old) });
  }
  return found.parts;
}

function differingItems(list: Schema, before: readonly Json[], after: readonly Json[]): Parts | undefined {
  const schema = itemSchema(list);
  const [old, now] = [itemsByElement(list, before), itemsByElement(list, after)];
  const found = new Found();
  for (const element of new Set([...old.keys(), ...now.keys()])) {
    const parts = differingAt(schema, old.get(element) ?? none, now.get(element) ?? none);
    found.add(element, parts);
  }
  return found.parts;
}

const none: readonly Json[] = [];

/** Items told by the same keys. Several of them, which no schema allows but an update may write, count as one value. */
function differingAt(schema: Schema, old: readonly Json[], now: readonly Json[]): Parts | undefined {
  const [was, is] = [old[0], now[0]];
  if (old.length > 1 && now.length > 1) return isSame(old, now) ? undefined : { changed: field };
  if (old.length > 1)
    return { removed: field, changed: is === undefined ? undefined : allFieldsOf(schema, is) };
  if (now.length > 1)
    return { changed: field, removed: was === undefined ? undefined : allFieldsOf(schema, was) };
  if (was === undefined) return is === undefined ? undefined : { changed: allFieldsOf(schema, is) };
  return is === undefined ? { removed: allFieldsOf(schema, was) } : differing(schema, was, is);
}

/** What was found at the steps that lead on from one place. */
class Found {
  #changed: Growing | undefined;
  #removed: Growing | undefined;

  add(element: string, parts: Parts | undefined): void {
    if (parts?.changed) {
      this.#changed ??= {};
      this.#changed[element] = parts.changed;
    }
    if (parts?.removed) {
      this.#removed ??= {};
      this.#removed[element] = parts.removed;
    }
  }

  get parts(): Parts | undefined {
    if (!this.#changed && !this.#removed) return undefined;
    return { changed: this.#changed, removed: this.#removed };
  }
}

function together(one: Parts | undefined, other: Parts | undefined): Parts | undefined {
  if (!one || !other) return one ?? other;
  return { changed: both(one.changed, other.changed), removed: both(one.removed, other.removed) };
}

function both(one: FieldSet | undefined, other: FieldSet | undefined): FieldSet | undefined {
  return one && other ? union(one, other) : (one ?? other);
}

function hasAny(value: Json): boolean {
  if (Array.isArray(value)) return value.length > 0;
  for (const name in value as JsonMap) if ((value as JsonMap)[name] !== undefined) return true;
  return false;
}
