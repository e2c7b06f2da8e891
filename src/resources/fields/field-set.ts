/**
 * A set of fields: which parts of an object belong to one manager. It is the very tree that Kubernetes writes as `fieldsV1`:
 * each key is a step (path-element.ts), a step without further ones is a field of the set, and `.` says that a step with
 * further ones is a field of the set too. `{ "f:data": { ".": {}, "f:a": {} } }` holds `.data` and `.data.a`.
 *
 * Sets are never changed: what an operation leaves as it was is shared with what it was made of. Inside a set made here a field
 * without further steps is always the one `field`; `readFieldSet` makes such a set of one that comes from outside.
 */
import { canonicalElement, compareElements } from "./path-element.ts";

export interface FieldSet {
  readonly [element: string]: FieldSet;
}

/** No field at all. */
export const noFields: FieldSet = Object.freeze({});

/** A field of the set, without further ones below it. */
export const field: FieldSet = Object.freeze({});

const self = ".";

/** Where sets are built. */
export type Growing = Record<string, FieldSet>;

/** The set of one path. */
export function pathSet(...elements: readonly string[]): FieldSet {
  return elements.reduceRight((set: FieldSet, element) => ({ [element]: set }), field);
}

/** The same with the field that the set is below of; the part of a tree that stands for a map with all that it holds. */
export function withSelf(below: FieldSet | undefined): FieldSet {
  if (below === undefined || below === field || isEmpty(below)) return field;
  return isField(below) ? below : { [self]: field, ...below };
}

export function isEmpty(set: FieldSet): boolean {
  return set === noFields || (set !== field && firstElement(set) === undefined && set[self] === undefined);
}

/** Whether the part of a tree is a field of the set itself. */
function isField(node: FieldSet): boolean {
  return node === field || node[self] !== undefined;
}

/** The steps that lead on from here. */
export function elementsOf(node: FieldSet): string[] {
  if (node === field) return [];
  return Object.keys(node).filter(element => element !== self);
}

function firstElement(node: FieldSet): string | undefined {
  for (const element in node) if (element !== self) return element;
  return undefined;
}

/** What the set holds below a step; nothing where the step itself is all. */
export function below(set: FieldSet, element: string): FieldSet {
  const node = set[element];
  return node === undefined || node === field ? noFields : node;
}

/** Whether the set holds the field at the end of these steps. */
export function has(set: FieldSet, elements: readonly string[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of elements) {
    node = node[element];
    if (node === undefined) return false;
  }
  return elements.length > 0 && isField(node);
}

/** Whether the set holds the field behind one step. */
export function hasElement(set: FieldSet, element: string): boolean {
  const node = set[element];
  return node !== undefined && isField(node);
}

/** All that is in one or the other. */
export function union(one: FieldSet, other: FieldSet): FieldSet {
  if (one === other || isEmpty(other)) return one;
  if (isEmpty(one)) return other;
  if (one === field) return withSelf(other);
  if (other === field) return isField(one) ? one : withSelf(one);
  let result: Growing | undefined;
  if (isField(other) && !isField(one)) result = { [self]: field, ...one };
  for (const element of elementsOf(other)) {
    const added = other[element] as FieldSet;
    const before = one[element];
    const after = before === undefined ? added : union(before, added);
    if (after === before) continue;
    result ??= { ...one };
    result[element] = after;
  }
  return result ?? one;
}

/** All that is in both. */
export function intersection(one: FieldSet, other: FieldSet): FieldSet {
  return combined(one, other, { field: true, rest: false }, intersection);
}

/** All that is in `one` and not in `other`. A field that is in both goes, and what is below it stays. */
export function difference(one: FieldSet, other: FieldSet): FieldSet {
  return combined(one, other, { field: false, rest: true }, difference);
}

/** The same, but a field of `other` takes all that is below it along. */
export function recursiveDifference(one: FieldSet, other: FieldSet): FieldSet {
  if (isField(other)) return noFields;
  return combined(one, other, { field: false, rest: true }, recursiveDifference);
}

/**
 * What is left of `one` when it is held against `other`. It stays a field itself where `other` is one, or where it is none
 * (`keeps.field`); below each step that both have is what `inner` leaves; a step that `other` does not have stays or goes
 * (`keeps.rest`).
 */
function combined(
  one: FieldSet,
  other: FieldSet,
  keeps: { readonly field: boolean; readonly rest: boolean },
  inner: (one: FieldSet, other: FieldSet) => FieldSet,
): FieldSet {
  const isOne = isField(one);
  const keepsSelf = isOne && isField(other) === keeps.field;
  if (one === field) return keepsSelf ? field : noFields;
  const result: Growing = {};
  if (keepsSelf) result[self] = field;
  let isWhole = keepsSelf === isOne;
  let isBare = true;
  for (const element in one) {
    if (element === self) continue;
    const node = one[element] as FieldSet;
    const counterpart = other[element];
    const left = counterpart === undefined ? (keeps.rest ? node : noFields) : inner(node, counterpart);
    if (left !== node) isWhole = false;
    if (isEmpty(left)) continue;
    result[element] = left;
    isBare = false;
  }
  if (isWhole) return one;
  if (!isBare) return result;
  return keepsSelf ? field : noFields;
}

/** Every field of the set, as the steps that lead to it, in Kubernetes' order: those that end here come first. */
export function pathsOf(set: FieldSet, before: readonly string[] = []): string[][] {
  const elements = elementsOf(set).sort(compareElements);
  const here = elements.filter(element => hasElement(set, element)).map(element => [...before, element]);
  const further = elements.flatMap(element => pathsOf(set[element] as FieldSet, [...before, element]));
  return [...here, ...further];
}

/** The set with its steps in Kubernetes' order, in which it is written; frozen, as all that is kept. */
export function ordered(set: FieldSet): FieldSet {
  if (set === field || set === noFields) return set;
  const result: Growing = {};
  if (set[self] !== undefined) result[self] = field;
  for (const element of elementsOf(set).sort(compareElements))
    result[element] = ordered(set[element] as FieldSet);
  return Object.freeze(result);
}

/**
 * The set with other steps to some elements of a list, which stands at the end of `path`. In Kubernetes' order where the set is;
 * what is not on the path is shared.
 */
export function renamedElements(
  set: FieldSet,
  path: readonly string[],
  elements: ReadonlyMap<string, string>,
): FieldSet {
  const [step, ...further] = path;
  if (step !== undefined) {
    const node = set[step];
    if (node === undefined || node === field) return set;
    return Object.freeze({ ...set, [step]: renamedElements(node, further, elements) });
  }
  const result: Growing = {};
  if (set[self] !== undefined) result[self] = field;
  const named = elementsOf(set).map(element => [elements.get(element) ?? element, element] as const);
  for (const [name, element] of named.sort(([one], [other]) => compareElements(one, other)))
    result[name] = set[element] as FieldSet;
  return Object.freeze(result);
}

/**
 * The set that was written as `fieldsV1`. What a step of an unknown type leads to is left out. Throws SyntaxError for
 * what is none.
 */
export function readFieldSet(fieldsV1: unknown): FieldSet {
  return readNode(fieldsV1, 0).below ?? noFields;
}

/** No object nests half as deep. */
const maxDepth = 200;

function readNode(value: unknown, depth: number): { isField: boolean; below: FieldSet | undefined } {
  if (typeof value !== "object" || value === null || Array.isArray(value) || depth > maxDepth)
    throw new SyntaxError("a set of fields is a map of maps");
  let below: Growing | undefined;
  let isOne = false;
  for (const [key, inner] of Object.entries(value)) {
    if (key === self) {
      isOne = true;
      continue;
    }
    const element = canonicalElement(key);
    if (element === undefined) continue;
    const read = readNode(inner, depth + 1);
    const node = read.isField ? withSelf(read.below) : read.below;
    if (node === undefined) continue;
    below ??= {};
    const before = below[element];
    below[element] = before ? union(before, node) : node;
  }
  return { isField: isOne || below === undefined, below };
}
