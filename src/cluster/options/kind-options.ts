/**
 * What the description of a kind of one's own takes, its schema included: a word in it that is silently ignored would let
 * through what it was to refuse.
 */
import {
  callback,
  count,
  each,
  flag,
  having,
  list,
  must,
  name,
  needed,
  object,
  oneOf,
  options,
  type Rule,
  shaped,
  text,
} from "../../errors/index.ts";
import type { Schema } from "../../resources/index.ts";

const naming = (what: string, pattern: RegExp): Rule =>
  must(what, value => typeof value === "string" && pattern.test(value));
const pathOrFunction = must(
  "a JSON path or a function",
  value => typeof value === "function" || (typeof value === "string" && value !== ""),
);
const column = shaped({
  name: needed(name),
  type: oneOf("string", "integer", "number", "boolean", "date"),
  wide: flag,
  priority: count,
  format: text,
  description: text,
  cell: needed(pathOrFunction),
});
const inVersion = { schema: schemaOrFunction, columns: each(column), selectableFields: each(name) };
const versionName = naming("a version, such as v1", /^[a-z]([-a-z0-9]*[a-z0-9])?$/);
/** The description of a kind of one's own. */
export const kindDescription = shaped({
  kind: needed(naming("a name such as Widget", /^[A-Z][A-Za-z0-9]*$/)),
  group: needed(naming("a group, such as example.com", /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.|$))*$/)),
  plural: needed(naming("a name such as widgets", /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)),
  scope: needed(oneOf("Namespaced", "Cluster")),
  singular: name,
  shortNames: each(name),
  categories: each(name),
  nameRule: name,
  verbs: each(oneOf("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")),
  countsGenerations: flag,
  subresources: each(having({ name: needed(name) })),
  rules: object,
  answer: callback,
  createsOnUpdate: flag,
  createdAt: shaped({ kind: needed(name), subresource: needed(name) }),
  hasStatus: flag,
  scale: shaped({ specPath: needed(name), statusPath: needed(name), selectorPath: name }),
  version: versionName,
  ...inVersion,
  versions: each(
    shaped({
      version: needed(versionName),
      group: text,
      served: flag,
      deprecated: text,
      toStored: callback,
      fromStored: callback,
      ...inVersion,
    }),
  ),
});
/** A schema is looked into as deep as it is given; one that is a function is made later. */
function schemaOrFunction(value: unknown, path: string): readonly string[] {
  return typeof value === "function" ? [] : schemaRule(value, path, new Set());
}

function schemaRule(value: unknown, path: string, above: ReadonlySet<unknown>): readonly string[] {
  if (value === undefined || above.has(value)) return [];
  const within: Rule = (inner, at) => schemaRule(inner, at, new Set([...above, value]));
  const byName: Rule = (inner, at) => {
    const problems = object(inner, at);
    if (problems.length > 0 || typeof inner !== "object" || inner === null) return problems;
    return Object.entries(inner).flatMap(([key, each]) => within(each, `${at}.${key}`));
  };
  const bound = must("a number", each => typeof each === "number");
  const shape: Readonly<Record<keyof Schema, Rule>> = {
    type: oneOf("object", "array", "string", "integer", "number", "boolean"),
    properties: byName,
    additionalProperties: within,
    items: within,
    not: within,
    oneOf: each(within),
    anyOf: each(within),
    allOf: each(within),
    required: each(text),
    enum: each(text),
    toldAs: each(text),
    values: list,
    format: text,
    definition: text,
    pattern: text,
    minimum: bound,
    maximum: bound,
    multipleOf: bound,
    minLength: count,
    maxLength: count,
    minItems: count,
    maxItems: count,
    minProperties: count,
    maxProperties: count,
    default: () => [],
    rules: list,
    zero: () => [],
    listType: oneOf("map", "set", "atomic"),
    listMapKeys: each(text),
    patchStrategy: oneOf("merge", "replace"),
    patchMergeKey: text,
    emptyIsUnset: flag,
    emptyIsKept: flag,
    keepsUnset: flag,
    atomic: flag,
    retainKeys: flag,
    preserveUnknownFields: flag,
    nullable: flag,
    embeddedResource: flag,
    exclusiveMinimum: flag,
    exclusiveMaximum: flag,
    uniqueItems: flag,
  };
  return options(shape)(value, path);
}
