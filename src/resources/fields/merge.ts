/**
 * An object with another one laid over it, field by field: nothing goes, and where both say something, the one laid over it
 * wins. A list whose elements are told apart keeps those of both, in the order that structured-merge-diff gives them.
 */

import { isList, isMap, type Json, type JsonMap, valueAt } from "../json.ts";
import { sharing } from "../patch/index.ts";
import type { Schema } from "../schema/index.ts";
import { presentIn } from "./fields-of.ts";
import { elementOf, fieldSchema, isAtomic, itemSchema, shapeOf } from "./shape.ts";

/** Parts that stay the same are those of `live`: all of it where nothing changes. */
export function merge(schema: Schema, live: JsonMap, config: JsonMap): JsonMap {
  return sharing(live, (merged(schema, live, config) ?? {}) as JsonMap);
}

/** At least one side is there. Undefined where nothing is left of either. */
function merged(schema: Schema, live: Json | undefined, config: Json | undefined): Json | undefined {
  if (config === undefined) return live;
  const shape = shapeOf(schema, config);
  if (shape === "scalar" || isAtomic(schema, shape)) return config;
  if (shape === "list") {
    const [old, now] = [isList(live) ? live : [], isList(config) ? config : []];
    // What is empty on both sides is as the config says it: an empty list is not the same as null.
    return old.length === 0 && now.length === 0 ? config : nonEmpty(mergedItems(schema, old, now));
  }
  const [old, now] = [isMap(live) ? live : {}, isMap(config) ? config : {}];
  const names = new Set([...presentIn(old), ...presentIn(now)].map(([name]) => name));
  if (names.size === 0) return config;
  const result: Record<string, Json> = {};
  for (const name of names) {
    const inside = fieldSchema(schema, name);
    const value = inside ? merged(inside, valueAt(old, name), valueAt(now, name)) : valueAt(old, name);
    if (value !== undefined) result[name] = value;
  }
  return Object.keys(result).length > 0 ? result : undefined;
}

/** An item and the step by which it is told. */
interface Item {
  readonly element: string;
  readonly value: Json;
}

/**
 * The items of both lists, each once, those of `config` in its order. An item that only `live` has keeps its place before the
 * next one that both have in the same order.
 */
function mergedItems(list: Schema, live: readonly Json[], config: readonly Json[]): Json[] {
  const schema = itemSchema(list);
  const [left, right] = [told(list, live), told(list, config)];
  const inLeft = valuesOf(left);
  const inRight = valuesOf(right);
  const shared = right.filter(({ element }) => inLeft.has(element)).map(({ element }) => element);
  const result: Json[] = [];
  const taken = new Set<string>();
  const take = (value: Json | undefined, other: Json | undefined) => {
    const item = merged(schema, value, other);
    if (item !== undefined) result.push(item);
  };
  let next = shared.shift();
  for (let l = 0, r = 0; l < left.length || r < right.length; ) {
    const [old, now] = [left[l], right[r]];
    if (old && now) {
      if (old.element === now.element) {
        taken.add(old.element);
        take(inLeft.get(old.element), inRight.get(old.element));
        l += 1;
        r += 1;
        next = shared.shift();
        continue;
      }
      // In both lists, but not the one whose turn it is.
      if (inRight.has(old.element) && next !== undefined && next !== old.element) {
        l += 1;
        continue;
      }
    }
    if (old) {
      if (!inRight.has(old.element)) {
        take(old.value, undefined);
        l += 1;
        continue;
      }
      if (taken.has(old.element)) l += 1;
    }
    if (now) {
      taken.add(now.element);
      take(inLeft.get(now.element), inRight.get(now.element));
      r += 1;
      if (next === now.element) next = shared.shift();
    }
  }
  return result;
}

function told(list: Schema, items: readonly Json[]): Item[] {
  return items.flatMap(value => {
    const step = elementOf(list, value);
    return "element" in step ? [{ element: step.element, value }] : [];
  });
}

/** Items that are told by the same keys are not merged with: what comes for them replaces them. */
function valuesOf(items: readonly Item[]): Map<string, Json | undefined> {
  const values = new Map<string, Json | undefined>();
  for (const { element, value } of items) values.set(element, values.has(element) ? undefined : value);
  return values;
}

function nonEmpty(items: Json[]): Json[] | undefined {
  return items.length > 0 ? items : undefined;
}
