/**
 * How an error, or the success of a deletion, is told to a client: as a Status, with the HTTP code that its reason stands for.
 */
import { ApiError, K4sError, type StatusDetails } from "../errors/index.ts";
import type { KindDefinition, KubernetesObject } from "../resources/index.ts";

export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** What went wrong inside is told as an InternalError, with its message. */
export function failureOf(error: unknown): Status & { readonly code: number } {
  const { reason, message, code } =
    error instanceof K4sError
      ? error
      : { reason: "InternalError", message: `Internal error occurred: ${textOf(error)}`, code: 500 };
  const details = error instanceof ApiError ? error.details : undefined;
  return { ...failure, message, reason, ...(details && { details }), code };
}

const failure = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" } as const;

/** Of an object that is gone. */
export function deletedStatus(
  { plural, group }: Pick<KindDefinition, "plural" | "group">,
  { metadata: { name, uid } }: KubernetesObject,
): Status {
  const details = { name, ...(group && { group }), kind: plural, uid };
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
