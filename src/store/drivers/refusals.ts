/** Why a store refuses a write, as errors: one text for each promise of the port (store.ts) that the write would break. */
import { ApiError } from "../../errors/index.ts";
import type { ObjectKey } from "../store.ts";

export function alreadyExists(key: ObjectKey): ApiError {
  return new ApiError("AlreadyExists", `${nameOf(key)} already exists`, detailsOf(key));
}

export function notFound(key: ObjectKey): ApiError {
  return new ApiError("NotFound", `${nameOf(key)} not found`, detailsOf(key));
}

export function conflict(key: ObjectKey, given: string, last: string): ApiError {
  const problem = `the write builds on revision ${given}, the last one is ${last}`;
  const message = `${nameOf(key)} was changed meanwhile: ${problem}; read it again and retry`;
  return new ApiError("Conflict", message, detailsOf(key));
}

export function closed(key: ObjectKey): ApiError {
  return new ApiError("ServiceUnavailable", `${nameOf(key)} cannot be written: the store is closed`);
}

export function ledByAnother(): ApiError {
  return new ApiError("Conflict", "another control plane leads by now: nothing is written");
}

function detailsOf({ name, kind }: ObjectKey) {
  return { name, kind };
}

function nameOf({ kind, namespace, name }: ObjectKey): string {
  return namespace ? `${kind} "${name}" in namespace "${namespace}"` : `${kind} "${name}"`;
}
