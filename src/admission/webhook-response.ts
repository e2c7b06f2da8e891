/**
 * What a webhook answers, once it is known to be an answer: the right review, to the right question, each field of its type. Go's
 * decoder refuses the others, too.
 */
import type { StatusDetails } from "../errors/index.ts";
import { parsedJson } from "../resources/index.ts";

/** What keeps a webhook from answering, without its name. */
export class WebhookFault extends Error {
  override readonly name = "WebhookFault";
}

/** What a webhook says of a write: `response` of an AdmissionReview. */
export interface WebhookResponse {
  readonly uid?: string;
  readonly allowed?: boolean;
  readonly status?: {
    readonly message?: string;
    readonly reason?: string;
    readonly code?: number;
    readonly details?: StatusDetails;
  };
  /** A JSON patch, as base64. */
  readonly patch?: string;
  readonly patchType?: string;
  readonly warnings?: readonly string[];
  /** What it notes for the audit log. */
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** Throws WebhookFault where the text is no answer to the review of this uid. */
export function responseOf(text: string, uid: string): WebhookResponse {
  const review = reviewOf(text);
  const invalid = (why: string) => new WebhookFault(`received invalid webhook response: ${why}`);
  const { response } = review;
  if (response === undefined) throw invalid("webhook response was absent");
  if (review.kind !== "AdmissionReview")
    throw invalid(
      `expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${review.apiVersion}, Kind=${review.kind}`,
    );
  if (response.uid !== uid)
    throw invalid(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? "")}`);
  if (response.patch && response.patchType === undefined)
    throw invalid("webhook returned response.patch but not response.patchType");
  if (!response.patch && response.patchType !== undefined)
    throw invalid("webhook returned response.patchType but not response.patch");
  return response;
}

interface Review {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly response?: WebhookResponse;
}

function reviewOf(text: string): Review {
  const unreadable = (why: string) =>
    new WebhookFault(`failed to call webhook: couldn't get version/kind; json parse error: ${why}`);
  let read: unknown;
  try {
    // To Go null is nothing that was said.
    read = withoutNulls(parsedJson(text));
  } catch (cause) {
    throw unreadable(String(cause));
  }
  const fault = faultOf(read, review, "");
  if (fault !== undefined) throw unreadable(fault);
  return read as Review;
}

function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value ?? undefined;
  if (Array.isArray(value)) return value.map(withoutNulls);
  const said = Object.entries(value).filter(([, own]) => own !== null);
  return Object.fromEntries(said.map(([key, own]) => [key, withoutNulls(own)]));
}

/** What a value may be: of a type, a list of such, or a map of fields; what a map does not name is left alone. */
type Shape = "string" | "number" | "boolean" | readonly [Shape] | { readonly [field: string]: Shape };

const review: Shape = {
  kind: "string",
  apiVersion: "string",
  response: {
    uid: "string",
    allowed: "boolean",
    patch: "string",
    patchType: "string",
    warnings: ["string"],
    status: {
      message: "string",
      reason: "string",
      code: "number",
      details: {
        name: "string",
        group: "string",
        kind: "string",
        uid: "string",
        retryAfterSeconds: "number",
        causes: [{ reason: "string", message: "string", field: "string" }],
      },
    },
  },
};

/** The first field that is not of its type. */
function faultOf(value: unknown, shape: Shape, path: string): string | undefined {
  if (typeof shape === "string") return typeof value === shape ? undefined : `${path} is no ${shape}`;
  if (Array.isArray(shape)) {
    const [each] = shape as readonly [Shape];
    if (!Array.isArray(value)) return `${path} is no list`;
    return firstOf(value.map((item, n) => faultOf(item, each, `${path}[${n}]`)));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return `${path || "it"} is no map`;
  const fields = Object.entries(shape).filter(([field]) => Object.hasOwn(value, field));
  return firstOf(
    fields.map(([field, own]) =>
      faultOf((value as Readonly<Record<string, unknown>>)[field], own, path ? `${path}.${field}` : field),
    ),
  );
}

function firstOf(faults: readonly (string | undefined)[]): string | undefined {
  return faults.find(fault => fault !== undefined);
}
