/** What the last few writes of a kind changed, for the next ones that do the same to another object. */
import type { JsonMap } from "../json.ts";
import type { Schema } from "../schema/index.ts";
import { alikeness, type Renaming } from "./alike.ts";
import type { Comparison } from "./comparison.ts";
import { type FieldSet, renamedElements } from "./field-set.ts";
import { sharedAsItIs } from "./managers.ts";

/** How many different ones are remembered for each schema: those of one kind are mostly written in a few ways. */
const limit = 8;

interface KnownChange {
  readonly subresource: string | undefined;
  readonly before: JsonMap;
  readonly after: JsonMap;
  readonly comparison: Comparison;
  /** The last one of it with elements of other names, by these: the pods of one owner are all its owner's. */
  renamed?: { readonly text: string; readonly comparison: Comparison };
}

const known = new WeakMap<Schema, KnownChange[]>();

/** The comparison of the two, out of an earlier one that is alike, or made by `compare`. */
export function knownComparison(
  schema: Schema,
  subresource: string | undefined,
  before: JsonMap,
  after: JsonMap,
  compare: () => Comparison,
): Comparison {
  const changes = known.get(schema) ?? [];
  known.set(schema, changes);
  for (const [index, change] of changes.entries()) {
    const renamings = change.subresource === subresource && alikeness(schema, change, { before, after });
    if (!renamings) continue;
    if (index > 0) changes.unshift(...changes.splice(index, 1));
    return renamings.length > 0 ? renamedChange(change, renamings) : change.comparison;
  }
  const comparison = compare();
  changes.unshift({ subresource, before, after, comparison });
  changes.length = Math.min(changes.length, limit);
  return comparison;
}

/** Which earlier comparison one was made of, for what is known of that. */
const origins = new WeakMap<
  Comparison,
  { readonly comparison: Comparison; readonly renamings: readonly Renaming[] }
>();

function renamedChange(change: KnownChange, renamings: readonly Renaming[]): Comparison {
  const text = renamings
    .map(({ path, elements }) => [...path, ...[...elements].flat()].join("\n"))
    .join("\n\n");
  if (change.renamed?.text !== text)
    change.renamed = { text, comparison: renamedComparison(change.comparison, renamings) };
  return change.renamed.comparison;
}

function renamedComparison(comparison: Comparison, renamings: readonly Renaming[]): Comparison {
  const { changed, removed } = comparison;
  const result = { changed: renamedSet(changed, renamings), removed: renamedSet(removed, renamings) };
  origins.set(result, { comparison, renamings });
  return result;
}

function renamedSet(set: FieldSet, renamings: readonly Renaming[]): FieldSet {
  return renamings.reduce((renamed, { path, elements }) => renamedElements(renamed, path, elements), set);
}

const own = new WeakMap<Comparison, FieldSet>();

/** What `find` says of a comparison, found once for all that are alike. It must not depend on the names of elements. */
export function knownOwn(comparison: Comparison, find: (comparison: Comparison) => FieldSet): FieldSet {
  const known = own.get(comparison);
  if (known) return known;
  const origin = origins.get(comparison);
  const found = origin
    ? sharedAsItIs(renamedSet(knownOwn(origin.comparison, find), origin.renamings))
    : find(comparison);
  own.set(comparison, found);
  return found;
}
