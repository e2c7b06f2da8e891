/**
 * Whether two writes do the same to the fields of their objects, whatever the values: thousands of pods of one template are
 * created, and reported on, alike. Then what one of them changes need not be found out again. A walk over both at once, which
 * makes next to nothing; where it is not sure it says no.
 */
import { isList, isMap, type Json, type JsonMap } from "../json.ts";
import { isSame } from "../sameness.ts";
import type { Schema } from "../schema/index.ts";
import { fieldElement } from "./path-element.ts";
import { elementOf, fieldSchema, isAtomic, isSameElement, itemSchema, type Shape, shapeOf } from "./shape.ts";

/** A value before a write and after it; undefined where there is none. */
interface Change {
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** Elements of one list that are told by other keys in the second write: a pod's addresses. */
export interface Renaming {
  /** The steps to the list, as they are in the first write. */
  readonly path: readonly string[];
  /** The step to an element in the first write, and in the second. */
  readonly elements: ReadonlyMap<string, string>;
}

/** The fields of `other` are those of `one`, but for these elements, inner lists first; undefined where that is not sure. */
export function alikeness(schema: Schema, one: Change, other: Change): readonly Renaming[] | undefined {
  const walk = new Walk();
  return walk.alike(schema, one.before, one.after, other.before, other.after) ? walk.renamings : undefined;
}

/** Longer lists are compared: here each element is looked for among the others. */
const longest = 50;

class Walk {
  readonly renamings: Renaming[] = [];
  /** The way here: names of fields, and elements of lists in the first write. */
  readonly #path: (string | Element)[] = [];

  alike(
    schema: Schema,
    before: Json | undefined,
    after: Json | undefined,
    otherBefore: Json | undefined,
    otherAfter: Json | undefined,
  ): boolean {
    if (before === after || otherBefore === otherAfter) return before === after && otherBefore === otherAfter;
    if (!areSamePresence(before, otherBefore) || !areSamePresence(after, otherAfter)) return false;
    if (before === undefined) return this.#whole(schema, after, otherAfter);
    if (after === undefined) return this.#whole(schema, before, otherBefore);
    const shape = shapeOf(schema, after ?? before);
    const areOfOne =
      isOf(shape, schema, before) &&
      isOf(shape, schema, after) &&
      isOf(shape, schema, otherBefore) &&
      isOf(shape, schema, otherAfter);
    if (!areOfOne) return false;
    if (shape === "scalar" || isAtomic(schema, shape))
      return isSame(before, after) === isSame(otherBefore, otherAfter);
    if (shape === "list") return this.#items(schema, before, after, otherBefore, otherAfter);
    return (
      haveSameKeys(after, otherAfter) &&
      haveSameKeys(before, otherBefore) &&
      this.#fields(schema, before, after, otherBefore, otherAfter)
    );
  }

  /** Parts that are new, or gone, with all that is in them: their plain values are fields whatever they are. */
  #whole(schema: Schema, one: Json | undefined, other: Json | undefined): boolean {
    if (typeof one !== "object" || typeof other !== "object")
      return typeof one !== "object" && typeof other !== "object";
    if (one === null || other === null) return one === other;
    const shape = shapeOf(schema, one);
    if (!isOf(shape, schema, one) || !isOf(shape, schema, other)) return false;
    if (shape === "scalar" || isAtomic(schema, shape)) return true;
    if (shape === "list") return this.#items(schema, undefined, one, undefined, other);
    if (!haveSameKeys(one, other)) return false;
    for (const name of Object.keys(one)) {
      const [inner, otherInner] = [(one as JsonMap)[name], (other as JsonMap)[name]];
      // Most are plain in both, and need no look at their schema.
      if (typeof inner !== "object" && typeof otherInner !== "object") {
        if ((inner === undefined) !== (otherInner === undefined)) return false;
        continue;
      }
      if (!this.#field(schema, name, undefined, inner, undefined, otherInner)) return false;
    }
    return true;
  }

  #fields(
    schema: Schema,
    before: Json | undefined,
    after: Json | undefined,
    otherBefore: Json | undefined,
    otherAfter: Json | undefined,
  ): boolean {
    for (const name of Object.keys(mapOf(after))) {
      const [old, now] = [at(before, name), at(after, name)];
      const [otherOld, otherNow] = [at(otherBefore, name), at(otherAfter, name)];
      if (old === now && otherOld === otherNow) continue;
      if (!this.#field(schema, name, old, now, otherOld, otherNow)) return false;
    }
    for (const name of Object.keys(mapOf(before))) {
      if (at(after, name) !== undefined) continue;
      const [old, otherOld] = [at(before, name), at(otherBefore, name)];
      if (!this.#field(schema, name, old, undefined, otherOld, undefined)) return false;
    }
    return true;
  }

  /** One field; what the schema does not know is no field. */
  #field(
    schema: Schema,
    name: string,
    before: Json | undefined,
    after: Json | undefined,
    otherBefore: Json | undefined,
    otherAfter: Json | undefined,
  ): boolean {
    const inside = fieldSchema(schema, name);
    if (!inside) return true;
    this.#path.push(name);
    const isAlike = this.alike(inside, before, after, otherBefore, otherAfter);
    this.#path.pop();
    return isAlike;
  }

  /** Elements stand at the same places, and are there before and after in both, or in neither. */
  #items(
    list: Schema,
    before: Json | undefined,
    after: Json | undefined,
    otherBefore: Json | undefined,
    otherAfter: Json | undefined,
  ): boolean {
    const [old, now] = [itemsOf(before), itemsOf(after)];
    const [otherOld, otherNow] = [itemsOf(otherBefore), itemsOf(otherAfter)];
    if (old.length !== otherOld.length || now.length !== otherNow.length) return false;
    if (old.length > longest || now.length > longest) return false;
    if (!areDistinct(list, old, otherOld) || !areDistinct(list, now, otherNow)) return false;
    const gone = new Set(old.keys());
    for (const [i, item] of now.entries()) {
      const place = placeOf(list, old, item);
      if (placeOf(list, otherOld, otherNow[i]) !== place) return false;
      gone.delete(place);
      if (!this.#item(list, old[place], item, otherOld[place], otherNow[i])) return false;
    }
    for (const place of gone)
      if (!this.#item(list, old[place], undefined, otherOld[place], undefined)) return false;
    return this.#named(list, [...old, ...now], [...otherOld, ...otherNow]);
  }

  #item(
    list: Schema,
    before: Json | undefined,
    after: Json | undefined,
    otherBefore: Json | undefined,
    otherAfter: Json | undefined,
  ): boolean {
    this.#path.push({ list, item: after ?? before });
    const are = this.alike(itemSchema(list), before, after, otherBefore, otherAfter);
    this.#path.pop();
    return are;
  }

  /** Notes which elements are told by other keys. */
  #named(list: Schema, all: readonly Json[], others: readonly Json[]): boolean {
    let elements: Map<string, string> | undefined;
    for (const [i, item] of all.entries()) {
      const other = others[i];
      if (isSameElement(list, item, other)) continue;
      const [from, to] = [stepTo({ list, item }), stepTo({ list, item: other })];
      if (from === undefined || to === undefined) return false;
      elements ??= new Map();
      elements.set(from, to);
    }
    if (!elements) return true;
    const path = this.#path.map(stepTo).filter(step => step !== undefined);
    if (path.length === this.#path.length) this.renamings.push({ path, elements });
    return path.length === this.#path.length;
  }
}

interface Element {
  readonly list: Schema;
  readonly item: Json | undefined;
}

function stepTo(part: string | Element): string | undefined {
  if (typeof part === "string") return fieldElement(part);
  const step = elementOf(part.list, part.item ?? null);
  return "element" in step ? step.element : undefined;
}

function areSamePresence(one: Json | undefined, other: Json | undefined): boolean {
  return (one === undefined) === (other === undefined) && (one === null) === (other === null);
}

/** What is there is as its schema says. */
function isOf(shape: Shape, schema: Schema, value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (shape === "map") return isMap(value);
  if (shape === "list") return isList(value);
  return shapeOf(schema, value) === "scalar";
}

function itemsOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : none;
}

const none: readonly Json[] = [];

/** Whether no two elements of either list may be the same. */
function areDistinct(list: Schema, one: readonly Json[], other: readonly Json[]): boolean {
  return (
    one.every((item, i) => placeOf(list, one, item) === i) &&
    other.every((item, i) => placeOf(list, other, item) === i)
  );
}

/** -1 where it is not there, and for what says not all of its keys. */
function placeOf(list: Schema, items: readonly Json[], item: Json | undefined): number {
  return items.findIndex(each => isSameElement(list, each, item));
}

/** The same, in the same order: what is made alike has its keys in one order. */
function haveSameKeys(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  const [names, others] = [Object.keys(mapOf(one)), Object.keys(mapOf(other))];
  if (names.length !== others.length) return false;
  for (let i = 0; i < names.length; i++) if (names[i] !== others[i]) return false;
  return true;
}

/** What stands in the map itself: in JSON nothing is a function, as is what an object has by nature. */
function at(map: Json | undefined, name: string): Json | undefined {
  const value = isMap(map) ? map[name] : undefined;
  return typeof value === "function" ? undefined : value;
}

function mapOf(value: Json | undefined): JsonMap {
  return isMap(value) ? value : nothing;
}

const nothing: JsonMap = Object.freeze({});
