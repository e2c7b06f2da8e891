/** The options of a write, checked, as the registry takes them. */
import type { ApiError } from "../errors/index.ts";
import { invalid, type Request } from "../store/index.ts";
import type { Caller, Target, WriteOptions } from "./options.ts";

const validations: readonly string[] = ["", "Ignore", "Strict", "Warn"];

/** Throws Invalid for an option that has no such value. */
export function requestOf(
  caller: Caller,
  { kind, version = kind.versions[0], subresource }: Target,
  { dryRun, fieldManager, fieldValidation }: WriteOptions,
): Request {
  if (dryRun !== undefined && dryRun !== "All") throw unsupported("dryRun", [dryRun], '"All"');
  if (fieldValidation !== undefined && !validations.includes(fieldValidation))
    throw unsupported("fieldValidation", fieldValidation, '"", "Ignore", "Strict", "Warn"');
  return {
    version,
    author: fieldManager ? { ...caller, manager: fieldManager } : caller,
    ...(dryRun && { dryRun: true }),
    ...(fieldValidation && { fieldValidation }),
    ...(subresource !== undefined && { subresource, parent: kind.name }),
    ...(caller.warn && { warn: (text: string) => caller.warn?.(text) }),
  };
}

function unsupported(field: string, given: unknown, supported: string): ApiError {
  return invalid({ kind: "CreateOptions", group: "meta.k8s.io" }, "", {
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${JSON.stringify(given)}: supported values: ${supported}`,
    field,
  });
}
