/**
 * One webhook and one review: what it is shown, and what its answer, its refusal or its failure means for the write.
 * admission-webhooks.ts says which webhooks are shown a write, and in which order.
 */
import { ApiError, type Reason } from "../errors/index.ts";
import type { Draft, KindVersion, MutatingWebhook, ValidatingWebhook } from "../resources/index.ts";
import type { AdmissionRequest } from "../store/index.ts";
import type { StoreReader } from "./plugin.ts";
import { requestOf } from "./request-variables.ts";
import { type shownBeforeCreation, shownIn } from "./shown-write.ts";
import { WebhookFault, type WebhookResponse } from "./webhook-response.ts";

export type Webhook = MutatingWebhook | ValidatingWebhook;

/** A webhook that is asked, and the version in which it is shown the write. */
export interface Concerned {
  readonly webhook: Webhook;
  readonly version: KindVersion;
}

/** What of the object is shown. */
type View = typeof shownBeforeCreation;

/** Resolves to what a webhook allows; to undefined where it fails and that does not matter. Rejects with its refusal. */
export async function answerOf(
  { webhook, version }: Concerned,
  object: Draft | undefined,
  request: AdmissionRequest,
  reader: StoreReader,
  view: View = shown => shown,
): Promise<WebhookResponse | undefined> {
  const { name, sideEffects, clientConfig, timeoutSeconds = 10 } = webhook;
  if (request.dryRun && sideEffects !== "None" && sideEffects !== "NoneOnDryRun")
    throw new ApiError("BadRequest", `admission webhook ${JSON.stringify(name)} does not support dry run`);
  const { callWebhook } = await import("./webhook-call.ts");
  const review = reviewOf(object, request, version, reader, view);
  try {
    const response = await callWebhook(clientConfig, timeoutSeconds, review, reader);
    for (const warning of response.warnings ?? []) request.warn(warning);
    for (const [key, value] of Object.entries(response.auditAnnotations ?? {}))
      request.annotate?.(`${name}/${key}`, value);
    if (response.allowed === true) return response;
    throw denied(name, response);
  } catch (error) {
    if (!(error instanceof WebhookFault)) throw error;
    return failed(webhook, error.message);
  }
}

/** Throws, unless failures of the webhook are ignored. */
export function failed({ name, failurePolicy = "Fail" }: Webhook, why: string): undefined {
  if (failurePolicy === "Ignore") return undefined;
  throw new ApiError(
    "InternalError",
    `Internal error occurred: failed calling webhook ${JSON.stringify(name)}: ${why}`,
  );
}

/** The refusal as the webhook tells it: with its code, its reason and its details, whatever they are. */
function denied(name: string, { status = {} }: WebhookResponse): ApiError {
  const { message = "", reason = "", code = 0, details = {} } = status;
  const why = message || reason ? `: ${message || reason}` : " without explanation";
  const text = `admission webhook ${JSON.stringify(name)} denied the request${why}`;
  const nearest = reasons.find(each => each === reason) ?? byCode.get(code) ?? "BadRequest";
  return new ApiError(nearest, text, details, {
    relayed: { code: code < 400 || code > 999 ? 400 : code, reason },
  });
}

/** The reasons by which programs know what was refused. */
const reasons: readonly Reason[] = [
  ...(["BadRequest", "Unauthorized", "Forbidden", "NotFound", "AlreadyExists", "Conflict", "Gone"] as const),
  ...(["Invalid", "TooManyRequests", "InternalError", "ServiceUnavailable"] as const),
];
const byCode: ReadonlyMap<number, Reason> = new Map([
  [401, "Unauthorized"],
  [403, "Forbidden"],
  [404, "NotFound"],
  [409, "Conflict"],
  [422, "Invalid"],
  [429, "TooManyRequests"],
]);

function reviewOf(
  object: Draft | undefined,
  request: AdmissionRequest,
  version: KindVersion,
  { outside }: StoreReader,
  view: View,
) {
  const { old } = request;
  return {
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: {
      uid: outside?.uuid() ?? "",
      ...requestOf(request, version),
      object: view(shownIn(version, object, request), request),
      oldObject: shownIn(version, old, request),
    },
  };
}
