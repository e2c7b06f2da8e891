/** What is wrong with a manifest, told at its place in the text, and all of it at once. */
import { ApiError } from "../errors/index.ts";
import { locate, type ManifestDocument } from "../resources/index.ts";

/** The error with every problem of the manifest, at its place; or, where only the store could know, with what it says. */
export function placed(error: unknown, document: () => ManifestDocument | undefined): unknown {
  let found: ManifestDocument | undefined;
  try {
    found = document();
  } catch (problems) {
    return problems;
  }
  if (!(error instanceof ApiError) || found === undefined) return error;
  const { source } = found;
  const { reason, message, details } = error;
  const causes = details.causes?.length ? details.causes : [{ field: fieldOf(reason), message }];
  const lines = causes.map(cause => {
    const { line, column } = locate(found, cause.field);
    return `${source.name}:${line}:${column} ${cause.field}: ${cause.message}`;
  });
  return new ApiError(reason, lines.join("\n"), details, { cause: error });
}

/** Several refusals as one; anything else is a fault of ours, and goes first. */
export function together(errors: readonly unknown[]): unknown {
  const [first] = errors;
  const refusals = errors.filter(error => error instanceof ApiError);
  if (errors.length === 1 || refusals.length < errors.length)
    return errors.find(error => !(error instanceof ApiError)) ?? first;
  const reasons = new Set(refusals.map(({ reason }) => reason));
  const [only = "Invalid"] = reasons;
  const mixed = reasons.has("BadRequest") ? "BadRequest" : "Invalid";
  const reason = reasons.size === 1 ? only : mixed;
  const text = [...new Set(refusals.map(({ message }) => message))].join("\n");
  const causes = refusals.flatMap(({ details }) => details.causes ?? []);
  return new ApiError(reason, text, causes.length > 0 ? { causes } : {}, { cause: first });
}

/** Which field an error without causes is about. */
function fieldOf(reason: ApiError["reason"]): string {
  if (reason === "NotFound") return "metadata.namespace";
  return reason === "Conflict" ? "metadata.resourceVersion" : "metadata.name";
}
