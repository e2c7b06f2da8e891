/**
 * How a write is refused, word for word as Kubernetes says it: `pods "x" not found`, `replicasets.apps "x" already
 * exists`. Kubernetes names resources (plural, group) where it speaks of the request, and kinds where it speaks of the
 * object; clients know both.
 */
import { ApiError, type Cause, type Reason, type StatusDetails } from "../../errors/index.ts";
import type { KindDefinition } from "../../resources/index.ts";

/** What a refusal has to know of a kind. */
export type Named = Pick<KindDefinition, "kind" | "group" | "plural">;

export function notFound(kind: Named, name: string): ApiError {
  return about("NotFound", kind, name, "not found");
}

export function alreadyExists(kind: Named, name: string): ApiError {
  return about("AlreadyExists", kind, name, "already exists");
}

export function forbidden(kind: Named, name: string, why: string, causes?: Cause[]): ApiError {
  return about("Forbidden", kind, name, `is forbidden: ${why}`, causes);
}

/** Another writer was faster. */
export function outdated(kind: Named, name: string): ApiError {
  const advice = "please apply your changes to the latest version and try again";
  return conflict(
    qualified(kind.plural, kind.group),
    detailsOf(kind, name),
    `the object has been modified; ${advice}`,
  );
}

/** The update does not say which revision it replaces. Go prints the missing number so. */
export function withoutRevision(kind: Named, name: string): ApiError {
  const message = "Invalid value: 0x0: must be specified for an update";
  return invalid(kind, name, { reason: "FieldValueInvalid", message, field: "metadata.resourceVersion" });
}

/** The uid that came in is another object's, which had the name before. */
export function otherUid(
  kind: Named,
  name: string,
  namespace: string,
  given: string,
  found: string,
): ApiError {
  const key = [kind.plural, namespace, name].filter(Boolean).join("/");
  const difference = `Precondition failed: UID in precondition: ${given}, UID in object meta: ${found}`;
  const problem = `StorageError: invalid object, Code: 4, Key: /${key}, ResourceVersion: 0, AdditionalErrorMsg: `;
  return conflict(qualified(kind.plural, kind.group), detailsOf(kind, name), problem + difference);
}

/** A precondition of a deletion does not hold. */
export function preconditionFailed(kind: Named, name: string, problem: string): ApiError {
  const details = { name, ...(kind.group && { group: kind.group }), kind: kind.kind };
  return conflict(qualified(kind.kind, kind.group), details, problem);
}

function conflict(subject: string, details: StatusDetails, problem: string): ApiError {
  const name = JSON.stringify(details.name ?? "");
  return new ApiError("Conflict", `Operation cannot be fulfilled on ${subject} ${name}: ${problem}`, details);
}

/** The object breaks a rule of the registry's own; `kind` may be DeleteOptions. */
export function invalid(
  { kind, group }: Pick<Named, "kind" | "group">,
  name: string,
  cause: Cause,
): ApiError {
  const message = `${qualified(kind, group)} ${JSON.stringify(name)} is invalid: ${cause.field}: ${cause.message}`;
  const details = { ...(name && { name }), ...(group && { group }), kind, causes: [cause] };
  return new ApiError("Invalid", message, details);
}

function about(reason: Reason, kind: Named, name: string, what: string, causes?: Cause[]): ApiError {
  const subject = qualified(kind.plural, kind.group);
  const message = `${name ? `${subject} ${JSON.stringify(name)}` : subject} ${what}`;
  return new ApiError(reason, message, { ...detailsOf(kind, name), ...(causes && { causes }) });
}

function detailsOf({ plural, group }: Named, name: string): StatusDetails {
  return { ...(name && { name }), ...(group && { group }), kind: plural };
}

function qualified(name: string, group: string): string {
  return group ? `${name}.${group}` : name;
}

/** As Kubernetes says it of a verb that the resource does not have. */
export function notAllowed({ plural, group }: Named): ApiError {
  const message = "the server does not allow this method on the requested resource";
  return new ApiError("MethodNotAllowed", message, { ...(group && { group }), kind: plural });
}

/** As Kubernetes says it of a path that leads nowhere. */
export function noSuchPath(): ApiError {
  return new ApiError("NotFound", "the server could not find the requested resource");
}
