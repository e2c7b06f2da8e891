/**
 * Who manages the fields of an object after a write that is no apply: the writer owns what it added or changed, everybody else
 * loses that, and what is gone belongs to nobody.
 */
import {
  fromStoredVersion,
  hasSubresource,
  type KindDefinition,
  type KindVersion,
} from "../definition/index.ts";
import { type JsonMap, jsonOf } from "../json.ts";
import type { Draft, KubernetesObject, ObjectMeta } from "../object.ts";
import { type Comparison, compare, without } from "./comparison.ts";
import { emptyObject } from "./empty-object.ts";
import { difference, type FieldSet, isEmpty, noFields, pathSet, union } from "./field-set.ts";
import { knownComparison, knownOwn } from "./known-changes.ts";
import {
  identityOf,
  isReset,
  type Manager,
  type Managers,
  readManagers,
  secondsOf,
  sharedSet,
  writtenManagers,
} from "./managers.ts";
import { fieldElement } from "./path-element.ts";

/** A write as the fields see it. */
export interface FieldsWrite {
  readonly kind: KindDefinition;
  /** The version in which the writer speaks. */
  readonly version: KindVersion;
  readonly subresource?: string | undefined;
  /** The program that writes, `kubectl-edit`. */
  readonly manager: string;
  /** As objects hold times. */
  readonly now: string;
}

/** More managers by update than this become one, `ancient-changes`, the oldest first. */
const mostUpdaters = 10;

/**
 * The managed fields of `next`, which replaces `live`, or is new where there is none. `asked` is what the writer says of them:
 * it may change them, or reset them with an empty list or entry. An object of which nobody managed anything stays so.
 */
export function updatedFields(
  write: FieldsWrite,
  live: KubernetesObject | undefined,
  next: Draft,
  asked: ObjectMeta["managedFields"] = next.metadata.managedFields,
): ObjectMeta["managedFields"] {
  const versions = new Comparisons(write, live, next);
  const comparison = versions.in(write.version);
  const { changed, removed } = comparison;
  const before = live?.metadata.managedFields;
  if (asked === before && isEmpty(changed) && isEmpty(removed)) return before;
  const managers = startingFrom(write, live, asked);
  if (managers.size === 0 && live) return undefined;
  releaseFields(managers, versions);
  const own = ownFields(comparison);
  if (!isEmpty(own)) {
    const writer = writerOf(write, "Update");
    const identity = identityOf(writer);
    const fields = grown(managers.get(identity)?.fields ?? noFields, own);
    managers.set(identity, { time: write.now, fields, ...writer });
  }
  capUpdaters(managers);
  return writtenManagers(managers);
}

/** What a writer owns of what it changed. */
function ownFields(comparison: Comparison): FieldSet {
  return knownOwn(comparison, ({ changed }) => {
    const own = difference(changed, systemFields);
    return isEmpty(own) ? noFields : sharedSet(own);
  });
}

const lastGrown = new WeakMap<FieldSet, { readonly before: FieldSet; readonly after: FieldSet }>();

/** What a manager owns after a write, likewise. */
function grown(before: FieldSet, own: FieldSet): FieldSet {
  if (isEmpty(before)) return own;
  const last = lastGrown.get(own);
  if (last?.before === before) return last.after;
  const after = sharedSet(union(before, own));
  lastGrown.set(own, { before, after });
  return after;
}

/** Those that the writer says there are, or, where it says nothing or nonsense, those that there were. */
function startingFrom(
  { subresource }: FieldsWrite,
  live: KubernetesObject | undefined,
  asked: ObjectMeta["managedFields"],
): Managers {
  const before = live?.metadata.managedFields;
  if (subresource === undefined && asked !== before) {
    if (isReset(asked)) return new Map();
    const said = readOrNone(asked);
    if (said.size > 0) return said;
  }
  return readOrNone(before);
}

/** What cannot be read is as good as nothing: a write must not fail of it. */
function readOrNone(entries: ObjectMeta["managedFields"]): Managers {
  try {
    return readManagers(entries);
  } catch (error) {
    if (error instanceof SyntaxError) return new Map();
    throw error;
  }
}

/** Takes from every manager what has changed and what is gone. Who is left with nothing is none any more. */
export function releaseFields(managers: Managers, versions: Comparisons, except?: string): void {
  for (const [identity, manager] of managers) {
    if (identity === except) continue;
    const comparison = versions.named(manager.apiVersion);
    if (!comparison) {
      managers.delete(identity);
      continue;
    }
    const { changed, removed } = comparison;
    const fields = difference(difference(manager.fields, changed), removed);
    if (isEmpty(fields)) managers.delete(identity);
    else if (fields !== manager.fields) managers.set(identity, { ...manager, fields });
  }
}

/** What has changed between two objects, in each version that a manager of fields uses. */
export class Comparisons {
  readonly #kind: KindDefinition;
  readonly #write: Pick<FieldsWrite, "kind" | "version" | "subresource">;
  readonly #before: KubernetesObject | undefined;
  readonly #after: KubernetesObject;
  readonly #known = new Map<KindVersion, Comparison>();

  /** Both objects are in the form in which the kind is kept. */
  constructor(write: FieldsWrite, before: KubernetesObject | undefined, after: Draft) {
    this.#kind = write.kind;
    this.#write = write;
    this.#before = before;
    this.#after = after as KubernetesObject;
  }

  in(version: KindVersion): Comparison {
    let comparison = this.#known.get(version);
    if (!comparison) {
      const before = this.#before
        ? seenIn(this.#kind, version, this.#before)
        : emptyObject(this.#kind, version);
      const after = seenIn(this.#kind, version, this.#after);
      const { schema } = version;
      const { subresource } = this.#write;
      comparison = knownComparison(schema, subresource, before, after, () =>
        without(compare(schema, before, after), ignoredFields(this.#write)),
      );
      this.#known.set(version, comparison);
    }
    return comparison;
  }

  /** Undefined for a version in which the kind is no longer served. */
  named(apiVersion: string): Comparison | undefined {
    const version = this.#kind.versions.find(each => each.apiVersion === apiVersion);
    return version && this.in(version);
  }
}

/** An object that is kept, in another version, without its managed fields, which nobody manages. */
function seenIn(kind: KindDefinition, version: KindVersion, object: KubernetesObject): JsonMap {
  return jsonOf(fromStoredVersion(kind, version, object));
}

export function writerOf(
  { version: { apiVersion }, subresource, manager }: FieldsWrite,
  operation: Manager["operation"],
): Omit<Manager, "time" | "fields"> {
  return { name: manager || "unknown", operation, apiVersion, ...(subresource && { subresource }) };
}

/** Fields that are the system's, or that only say what the object is: nobody manages them. */
export const systemFields: FieldSet = [
  "name",
  "namespace",
  "creationTimestamp",
  "selfLink",
  "uid",
  "clusterName",
  "generation",
  "managedFields",
  "resourceVersion",
].reduce(
  (set, name) => union(set, pathSet(fieldElement("metadata"), fieldElement(name))),
  ["apiVersion", "kind", "metadata"].map(name => pathSet(fieldElement(name))).reduce(union),
);

/** What a write at this place leaves as it was, whatever it says: the status at the object itself, all else at the status. */
export function ignoredFields({
  kind,
  version,
  subresource,
}: Pick<FieldsWrite, "kind" | "version" | "subresource">) {
  const managedFields = pathSet(fieldElement("metadata"), fieldElement("managedFields"));
  if (subresource === undefined)
    return hasSubresource(kind, "status")
      ? union(managedFields, pathSet(fieldElement("status")))
      : managedFields;
  if (subresource !== "status") return managedFields;
  const others = Object.keys(version.schema.properties ?? {}).filter(
    name => !writtenWithStatus.includes(name),
  );
  return others.map(name => pathSet(fieldElement(name))).reduce(union, managedFields);
}

const writtenWithStatus: readonly string[] = ["apiVersion", "kind", "metadata", "status"];

/** Puts the oldest updaters of each version together, until there are few enough. */
function capUpdaters(managers: Managers): void {
  const updaters = [...managers].filter(([, { operation }]) => operation === "Update");
  let count = updaters.length;
  if (count <= mostUpdaters) return;
  updaters.sort(
    ([id, one], [otherId, other]) => secondsOf(one) - secondsOf(other) || (id < otherId ? -1 : 1),
  );
  const firstOf = new Map<string, string>();
  for (const [identity, manager] of updaters) {
    if (count <= mostUpdaters) return;
    const { apiVersion } = manager;
    const bucket: Omit<Manager, "fields" | "time"> = {
      name: "ancient-changes",
      operation: "Update",
      apiVersion,
    };
    const bucketId = identityOf(bucket);
    const first = firstOf.get(apiVersion);
    if (first === undefined) {
      firstOf.set(apiVersion, identity);
      continue;
    }
    const before = managers.get(bucketId) ?? managers.get(first);
    if (!managers.has(bucketId)) managers.delete(first);
    if (identity !== bucketId) managers.delete(identity);
    const fields = union(manager.fields, before?.fields ?? noFields);
    managers.set(bucketId, { ...bucket, ...(manager.time && { time: manager.time }), fields });
    count -= 1;
  }
}
