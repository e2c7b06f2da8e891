/** The options of a write, checked, as the registry takes them. */
import type { ApiError, Cause } from "../errors/index.ts";
import { invalidValue } from "../resources/index.ts";
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
  if (fieldManager)
    for (const cause of managerFaults(fieldManager)) throw invalid(optionsOf(kind), "", cause);
  return {
    version,
    author: fieldManager ? { ...caller, manager: fieldManager } : caller,
    ...(dryRun && { dryRun: true }),
    ...(fieldValidation && { fieldValidation }),
    options: {
      ...(fieldManager && { fieldManager }),
      // A client that says nothing of it is warned.
      ...(fieldValidation && fieldValidation !== "Warn" && { fieldValidation }),
    },
    ...(subresource !== undefined && { subresource, parent: target.kind.name }),
    ...(caller.warn && { warn: (text: string) => caller.warn?.(text) }),
    ...(caller.annotate && { annotate: caller.annotate }),
  };
}

/** As Kubernetes' `ValidateFieldManager` has it: the name stands in every object that is written under it. */
function managerFaults(manager: string): Cause[] {
  const field = "fieldManager";
  const bytes = Buffer.byteLength(manager);
  if (bytes > longestManager) {
    const message = `Too long: may not be more than ${longestManager} bytes`;
    return [{ reason: "FieldValueTooLong", message, field }];
  }
  const at = manager.search(/[^ \p{L}\p{M}\p{N}\p{P}\p{S}]/u);
  if (at < 0) return [];
  const code = (manager.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const position = Buffer.byteLength(manager.slice(0, at));
  return [invalidValue(field, manager, `invalid character U+${code} (at position ${position})`)];
}

const longestManager = 128;

function optionsOf(kind: OptionsKind) {
  return { kind, group: "meta.k8s.io" };
}

function unsupported(kind: OptionsKind, field: string, given: unknown, supported: string): ApiError {
  return invalid(optionsOf(kind), "", {
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${JSON.stringify(given)}: supported values: ${supported}`,
    field,
  });
}
