/**
 * Who manages the fields of what is written, kept up to date with every write but a deletion and what is created at a part of an
 * object (a Binding), as in Kubernetes. What is admitted and given out afterwards nobody manages.
 *
 * Of what a controller creates nothing is kept, until it is applied: then all that was there before is of one manager,
 * `before-first-apply`, as with objects that are older than managed fields. Ten thousand pods of a set need no managers.
 */
import {
  type Draft,
  isSame,
  type KindDefinition,
  type KubernetesObject,
  type ObjectMeta,
  updatedFields,
} from "../../resources/index.ts";
import type { Request } from "./verbs.ts";

type ManagedFields = ObjectMeta["managedFields"];

/**
 * The proposed version with its managed fields. `asked`: what the writer says of them, as it was handed in. An apply has decided
 * on them already.
 */
export function withManagers(
  kind: KindDefinition,
  { author, subresource, version = kind.versions[0], isApplied, isChecked }: Request,
  last: KubernetesObject | undefined,
  proposed: Draft,
  asked: ManagedFields,
  now: string,
): Draft {
  if (isApplied) return withManagedFields(proposed, asked);
  const isKept = last ? last.metadata.managedFields !== undefined : !isChecked;
  if (!isKept && asked === undefined) return proposed;
  const write = { kind, version, subresource, manager: author.manager, now };
  return withManagedFields(proposed, updatedFields(write, last, proposed, asked));
}

function withManagedFields(object: Draft, managedFields: ManagedFields): Draft {
  if (object.metadata.managedFields === managedFields) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: managedFields ? { ...Object.freeze(metadata), managedFields } : metadata };
}

/** Whether the two differ in nothing but in when their fields were written last: that is no reason to write. */
export function isSameButTimes(last: KubernetesObject, next: KubernetesObject): boolean {
  const [before, after] = [last.metadata.managedFields, next.metadata.managedFields];
  if (before === after || !isSame(before?.map(timeless), after?.map(timeless))) return false;
  return isSame(last, { ...next, metadata: { ...next.metadata, managedFields: before } });
}

function timeless(entry: unknown): unknown {
  return { ...(entry as object), time: undefined };
}
