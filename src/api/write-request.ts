/** The options of a write, checked, as the registry takes them. */
import type { ApiError } from "../errors/index.ts";
import { invalid, type Request } from "../store/index.ts";
import type { Caller, Target, WriteOptions } from "./options.ts";

/** What Kubernetes calls the options of a write, where it refuses them. */
export type OptionsKind = "CreateOptions" | "UpdateOptions" | "PatchOptions" | "DeleteOptions";

const validations: readonly string[] = ["", "Ignore", "Strict", "Warn"];

/** Throws Invalid for an option that has no such value. */
export function requestOf(
  caller: Caller,
  target: Target,
  { dryRun, fieldManager, fieldValidation }: WriteOptions,
  kind: OptionsKind,
): Request {
  const { version = target.kind.versions[0], subresource } = target;
  if (dryRun !== undefined && dryRun !== "All") throw unsupported(kind, "dryRun", [dryRun], '"All"');
  if (fieldValidation !== undefined && !validations.includes(fieldValidation))
    throw unsupported(kind, "fieldValidation", fieldValidation, '"", "Ignore", "Strict", "Warn"');
  return {
    version,
    author: fieldManager ? { ...caller, manager: fieldManager } : caller,
    ...(dryRun && { dryRun: true }),
    ...(fieldValidation && { fieldValidation }),
    ...(subresource !== undefined && { subresource, parent: target.kind.name }),
    ...(caller.warn && { warn: (text: string) => caller.warn?.(text) }),
  };
}

function unsupported(kind: OptionsKind, field: string, given: unknown, supported: string): ApiError {
  return invalid({ kind, group: "meta.k8s.io" }, "", {
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${JSON.stringify(given)}: supported values: ${supported}`,
    field,
  });
}
