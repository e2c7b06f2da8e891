/**
 * Server-side apply: what a manager wants an object to be, field by field. What it says is laid over the object, what it
 * said last time and no longer says goes, and what another manager wants otherwise is a conflict, unless it is forced. An
 * object that is not there is made of what is said.
 */
import { ApiError } from "../../errors/index.ts";
import { fromStoredVersion, inStoredVersion } from "../definition/index.ts";
import { draftOf, isMap, type JsonMap, jsonOf } from "../json.ts";
import type { Draft, KubernetesObject } from "../object.ts";
import { isSame } from "../sameness.ts";
import { conflictError, conflictsBeyond, conflictsOf } from "./conflicts.ts";
import { conformanceFault } from "./conformance.ts";
import { emptyObject } from "./empty-object.ts";
import { difference, isEmpty, recursiveDifference } from "./field-set.ts";
import { fieldSetOf } from "./fields-of.ts";
import { fieldsOfLastApplied, withLastApplied } from "./last-applied.ts";
import { identityOf, type Managers, readManagers, writtenManagers } from "./managers.ts";
import { merge } from "./merge.ts";
import { pruned } from "./prune.ts";
import {
  Comparisons,
  type FieldsWrite,
  ignoredFields,
  releaseFields,
  systemFields,
  updatedFields,
  writerOf,
} from "./update.ts";

/** The one manager that stands for the users of client-side apply too, and takes over what they applied. */
const kubectl = "kubectl";
/** Who owns the fields of an object of which nobody managed anything before it was applied. */
const beforeFirstApply = "before-first-apply";

export interface Apply extends FieldsWrite {
  /** Takes what others own, instead of failing with Conflict. */
  readonly force?: boolean | undefined;
}

/**
 * The object after the apply, in the version of the write, with its managed fields: not decoded, completed or checked yet. `live`
 * is in the form in which the kind is kept. Throws BadRequest for what is no object of the kind, InternalError for one that does
 * not fit its schema (Kubernetes has no better reason), Conflict.
 */
export function applied(write: Apply, live: KubernetesObject | undefined, config: JsonMap): Draft {
  const { kind, version } = write;
  assertOfKind(write, config);
  assertConforms(write, config);
  const managers = managersBefore(write, live);
  const before = live ? jsonOf(fromStoredVersion(kind, version, live)) : emptyObject(kind, version);
  const bare = withoutManagedFields(before);
  const said = { apiVersion: version.apiVersion, kind: kind.kind };
  const merged = merge(version.schema, { ...bare, ...said }, config);

  const writer = writerOf(write, "Apply");
  const identity = identityOf(writer);
  const last = managers.get(identity);
  const fields = recursiveDifference(fieldSetOf(version.schema, config), ignoredFields(write));
  managers.set(identity, { ...writer, ...(last?.time && { time: last.time }), fields });
  const next = pruned(kind, version, merged, managers, last);

  const versions = new Comparisons(write, live, inStoredVersion(kind, version, draftOf(next)));
  refuseConflicts(write, managers, versions, identity, bare);
  releaseFields(managers, versions, identity);
  const isChanged = !isSame({ ...bare, ...said }, next);
  const own = difference(fields, systemFields);
  // Where an apply changes nothing, the manager owns the fields from now on and keeps the time of its last change, if any.
  const time = isChanged ? write.now : last?.time;
  if (isEmpty(own)) managers.delete(identity);
  else managers.set(identity, { ...writer, ...(time && { time }), fields: own });

  const object = write.manager === kubectl ? withLastApplied(next, config) : next;
  const metadata = { ...(isMap(object.metadata) ? object.metadata : {}) };
  return { ...draftOf(object), metadata: { ...metadata, managedFields: writtenManagers(managers) } };
}

function assertOfKind({ kind, version }: Apply, config: JsonMap): void {
  const { apiVersion = "", kind: name = "", metadata } = config;
  if (apiVersion !== version.apiVersion || name !== kind.kind) {
    const hint = ` (did you mean "apiVersion: ${version.apiVersion}, kind: ${kind.kind}"?)`;
    throw new ApiError("BadRequest", `invalid object type: ${typeText(apiVersion, name)}${hint}`);
  }
  if (isMap(metadata) && metadata.managedFields !== undefined && metadata.managedFields !== null)
    throw new ApiError("BadRequest", "metadata.managedFields must be nil");
}

function assertConforms({ version }: Apply, config: JsonMap): void {
  const fault = conformanceFault(version.schema, config);
  if (fault === undefined) return;
  const { name = "", namespace = "" } = isMap(config.metadata) ? config.metadata : {};
  const which = `${namespace}/${name}; ${typeText(config.apiVersion, config.kind)}`;
  throw new ApiError("InternalError", `failed to create typed patch object (${which}): ${fault}`);
}

/** `apps/v1, Kind=Deployment`, and `/v1, Kind=Pod`. */
function typeText(apiVersion: unknown, kind: unknown): string {
  const text = String(apiVersion ?? "");
  return `${text.includes("/") ? text : `/${text}`}, Kind=${String(kind ?? "")}`;
}

/** Of an object that had no managers, a manager `before-first-apply` owns all fields. */
function managersBefore(write: Apply, live: KubernetesObject | undefined): Managers {
  let managers: Managers;
  try {
    managers = readManagers(live?.metadata.managedFields);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new ApiError("InternalError", `failed to decode managed fields: ${cause.message}`, {}, { cause });
  }
  if (managers.size > 0 || !live) return managers;
  return readManagers(updatedFields({ ...write, manager: beforeFirstApply }, undefined, live, undefined));
}

/** kubectl may take what was last applied by its client-side apply and is still so. */
function refuseConflicts(
  { manager, force, version }: Apply,
  managers: Managers,
  versions: Comparisons,
  applier: string,
  live: JsonMap,
): void {
  if (force) return;
  const conflicts = conflictsOf(managers, versions, applier);
  if (conflicts.size === 0) return;
  const allowed = manager === kubectl ? fieldsOfLastApplied(version, live) : undefined;
  const left = allowed ? conflictsBeyond(conflicts, allowed) : conflicts;
  if (left.size > 0) throw conflictError(left);
}

function withoutManagedFields(object: JsonMap): JsonMap {
  const { metadata } = object;
  if (!isMap(metadata) || metadata.managedFields === undefined) return object;
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}
