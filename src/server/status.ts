/**
 * How an error, or the success of a deletion, is told to a client: as a Status, with the HTTP code that its reason stands for.
 */
import { ApiError, K4sError, messageOf, type RelayedRefusal, type StatusDetails } from "../errors/index.ts";
import {
  decoderFault,
  type KindDefinition,
  type KubernetesObject,
  UnreadableObject,
} from "../resources/index.ts";

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

/**
 * What went wrong inside is told as an InternalError, with its message. Clients compare what they are told, and print it: so
 * what is ours, the nearest name of a field, and what could not be read field by field, is left out.
 */
export function failureOf(error: unknown): Status & { readonly code: number } {
  const { reason, message, code } =
    error instanceof K4sError
      ? error
      : { reason: "InternalError", message: `Internal error occurred: ${messageOf(error)}`, code: 500 };
  if (error instanceof ApiError && error.relayed) return relayed(error, error.relayed);
  const details = error instanceof ApiError ? detailsOf(error) : undefined;
  if (error instanceof ApiError && isUnforeseenMistake(error)) return unforeseen(error);
  // What Kubernetes did not foresee and does not call an internal error has no reason.
  const isUnforeseen = reason === "InternalError" && !message.startsWith("Internal error occurred");
  return {
    ...failure,
    message: asKubernetesSays(error instanceof UnreadableObject ? unreadable(error) : message),
    ...(!isUnforeseen && { reason }),
    ...(details && { details }),
    code,
  };
}

/** What another program has refused is told as it told it. */
function relayed(
  { message, details }: ApiError,
  { code, reason }: RelayedRefusal,
): Status & { readonly code: number } {
  const hasDetails = Object.keys(details).length > 0;
  return { ...failure, message, ...(reason && { reason }), ...(hasDetails && { details }), code };
}

/** The first thing that does not fit, as Go's decoder tells it. */
function unreadable({ message, because, misfit }: UnreadableObject): string {
  const fault = misfit && decoderFault(misfit.schema, misfit.value);
  return fault === undefined ? message : because(fault);
}

/** Of a method that has no meaning at a path. */
export function methodNotAllowed(): ApiError {
  return new ApiError("MethodNotAllowed", "the server does not allow this method on the requested resource");
}

/** Mistakes of a writer that Kubernetes answers as if they were its own: 500, without a reason. */
function isUnforeseenMistake({ reason, details: { kind, causes = [] } }: ApiError): boolean {
  const isBinding = reason === "Invalid" && kind === "Binding";
  return isBinding || (reason === "BadRequest" && causes[0]?.field === "metadata.resourceVersion");
}

function unforeseen({ message, details: { causes = [] } }: ApiError): Status & { readonly code: number } {
  const texts = causes.map(({ field, message: text }) => `${field}: ${text}`);
  const isAboutObject = message.includes(" is invalid: ");
  return { ...failure, message: isAboutObject ? texts.join(", ") : message, code: 500 };
}

/** Without the nearest name, which Kubernetes does not tell. */
export function asKubernetesSays(text: string): string {
  return text.replaceAll(/ \(did you mean "[^"]*"\?\)/g, "");
}

/** Kubernetes names an object that cannot be read, but not the causes one by one. */
function detailsOf({ reason, details }: ApiError): StatusDetails | undefined {
  if (reason === "BadRequest" || Object.keys(details).length === 0) return undefined;
  const { group, ...rest } = details;
  const named = group ? details : rest;
  if (!details.causes) return named;
  const causes = details.causes.map(cause => ({ ...cause, message: asKubernetesSays(cause.message) }));
  return { ...named, causes };
}

const failure = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" } as const;

/** Of what is created at an object and not kept: a Binding, an Eviction. */
export const createdStatus: Status = {
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Success",
  code: 201,
};

/** Of an object that is gone. */
export function deletedStatus(
  { plural, group }: Pick<KindDefinition, "plural" | "group">,
  { metadata: { name, uid } }: KubernetesObject,
): Status {
  const details = { name, ...(group && { group }), kind: plural, uid };
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}
