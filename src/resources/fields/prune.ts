/**
 * What goes from an applied object: what its manager said last time and no longer says, unless another manager owns it. The
 * steps are those of structured-merge-diff: take out all that was said last, put back what is owned, and put back what the
 * manager did not own though it was below something it did.
 */
import {
  fromStoredVersion,
  inStoredVersion,
  type KindDefinition,
  type KindVersion,
} from "../definition/index.ts";
import { draftOf, type JsonMap, jsonOf } from "../json.ts";
import type { KubernetesObject } from "../object.ts";
import { difference, type FieldSet, intersection, isEmpty, noFields, union } from "./field-set.ts";
import { fieldSetOf } from "./fields-of.ts";
import type { Manager, Managers } from "./managers.ts";
import { removeFields, withNamedParents } from "./removal.ts";

/** `merged` is in `version`, and so is what comes back. `managers` have the applier as it is after this apply. */
export function pruned(
  kind: KindDefinition,
  version: KindVersion,
  merged: JsonMap,
  managers: Managers,
  last: Manager | undefined,
): JsonMap {
  const lastVersion = kind.versions.find(each => each.apiVersion === last?.apiVersion);
  if (!last || isEmpty(last.fields) || !lastVersion) return merged;
  const converted = convert(kind, merged, version, lastVersion);
  const { schema } = lastVersion;
  const named = withNamedParents(schema, last.fields);
  const taken = removeFields(schema, converted, named);
  const kept = withOwned(kind, lastVersion, converted, taken, managers);
  const all = withNamedParents(schema, fieldSetOf(schema, converted));
  const left = withNamedParents(schema, fieldSetOf(schema, kept));
  const gone = intersection(difference(all, left), named);
  return convert(kind, removeFields(schema, converted, gone), lastVersion, version);
}

/** Puts back what a manager owns, the applier's new fields among it; the version in which was pruned comes first. */
function withOwned(
  kind: KindDefinition,
  version: KindVersion,
  merged: JsonMap,
  pruned: JsonMap,
  managers: Managers,
): JsonMap {
  const owned = new Map<string, FieldSet>([[version.apiVersion, noFields]]);
  for (const { apiVersion, fields } of managers.values())
    owned.set(apiVersion, union(owned.get(apiVersion) ?? noFields, fields));
  let [whole, result, at] = [merged, pruned, version];
  for (const [apiVersion, fields] of owned) {
    const next = kind.versions.find(each => each.apiVersion === apiVersion);
    if (!next) continue;
    [whole, result, at] = [convert(kind, whole, at, next), convert(kind, result, at, next), next];
    const { schema } = next;
    const all = withNamedParents(schema, fieldSetOf(schema, whole));
    const stays = union(
      withNamedParents(schema, fieldSetOf(schema, result)),
      withNamedParents(schema, fields),
    );
    result = removeFields(schema, whole, difference(all, stays));
  }
  return convert(kind, result, at, version);
}

function convert(kind: KindDefinition, pruned: JsonMap, from: KindVersion, to: KindVersion): JsonMap {
  if (from === to) return pruned;
  // A conversion expects what is never missing of a whole object.
  const object = from.schema.properties?.spec ? { ...pruned, spec: pruned.spec ?? {} } : pruned;
  const stored = inStoredVersion(kind, from, draftOf(object));
  return jsonOf(fromStoredVersion(kind, to, stored as KubernetesObject));
}
