/**
 * MutatingAdmissionWebhook and ValidatingAdmissionWebhook: writes are shown to programs outside, which may change or refuse
 * them. Those that change come one after the other, by the names of their configurations; those that only refuse are asked all
 * at once. A webhook that does not answer within its `timeoutSeconds` refuses the write, unless its failurePolicy is Ignore.
 */
import { ApiError, messageOf, type Reason } from "../errors/index.ts";
import {
  applyJsonPatch,
  asJsonMap,
  type Draft,
  isSame,
  type JsonMap,
  type KindVersion,
  type MutatingWebhook,
  parsedJson,
  type ValidatingWebhook,
} from "../resources/index.ts";
import { type AdmissionRequest, requestSeconds } from "../store/index.ts";
import { type AdmissionPlugin, isAboutAdmission, type StoreReader } from "./plugin.ts";
import { isSelected, versionInRules } from "./request-rules.ts";
import { failedCondition, requestOf, valuesOf } from "./request-variables.ts";
import { changedAsShown, shownBeforeCreation, shownIn } from "./shown-write.ts";
import { WebhookFault, type WebhookResponse } from "./webhook-response.ts";

type Webhook = MutatingWebhook | ValidatingWebhook;

/** A webhook that is asked, and the version in which it is shown the write. */
interface Concerned {
  readonly webhook: Webhook;
  readonly version: KindVersion;
}

export const mutatingAdmissionWebhook: AdmissionPlugin = {
  name: "MutatingAdmissionWebhook",
  on: [{ operations: ["CREATE", "UPDATE", "DELETE", "CONNECT"], subresources: ["*"] }],
  timeoutSeconds: requestSeconds,
  mutate(object, request, reader) {
    const webhooks = webhooksOf("MutatingWebhookConfiguration", reader) as readonly MutatingWebhook[];
    if (webhooks.length === 0 || isAboutAdmission(request.kind)) return object;
    return mutated(webhooks, object, request, reader);
  },
  // A deletion and a connection are shown to these webhooks too, though there is nothing that they could change.
  validate(object, request, reader) {
    const { operation, kind } = request;
    if ((operation !== "DELETE" && operation !== "CONNECT") || isAboutAdmission(kind)) return undefined;
    const webhooks = webhooksOf("MutatingWebhookConfiguration", reader);
    return webhooks.length > 0 ? shownTo(webhooks, object, request, reader) : undefined;
  },
};

export const validatingAdmissionWebhook: AdmissionPlugin = {
  name: "ValidatingAdmissionWebhook",
  on: [{ operations: ["CREATE", "UPDATE", "DELETE", "CONNECT"], subresources: ["*"] }],
  timeoutSeconds: requestSeconds,
  validate(object, request, reader) {
    const webhooks = webhooksOf("ValidatingWebhookConfiguration", reader);
    if (webhooks.length === 0 || isAboutAdmission(request.kind)) return undefined;
    const concerned = webhooks.flatMap(webhook => {
      const version = versionFor(webhook, object, request, reader);
      return version ? [{ webhook, version }] : [];
    });
    return concerned.length > 0 ? validated(concerned, object, request, reader) : undefined;
  },
};

/** In the order in which they are called. */
function webhooksOf(
  kind: "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration",
  reader: StoreReader,
): readonly Webhook[] {
  const configurations = reader.list(kind);
  if (configurations.length === 0) return [];
  configurations.sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
  return configurations.flatMap(({ webhooks = [] }): readonly Webhook[] => webhooks);
}

/**
 * The version in which the webhook is shown the write; undefined where it is not concerned. Throws where a condition cannot be
 * told to hold.
 */
function versionFor(
  webhook: Webhook,
  object: Draft | undefined,
  request: AdmissionRequest,
  reader: StoreReader,
): KindVersion | undefined {
  const { name, rules, matchPolicy, matchConditions = [], failurePolicy = "Fail" } = webhook;
  const version = versionInRules(rules, request, matchPolicy);
  if (!version || !isSelected(webhook, object, request, reader)) return undefined;
  if (matchConditions.length === 0) return version;
  const failed = failedCondition(matchConditions, valuesOf(object, request, version, reader));
  if (failed?.error !== undefined && failurePolicy === "Fail")
    throw new ApiError(
      "Forbidden",
      `admission webhook ${JSON.stringify(name)} denied the request: ${failed.error}`,
    );
  return failed === undefined ? version : undefined;
}

async function mutated(
  webhooks: readonly MutatingWebhook[],
  object: Draft,
  request: AdmissionRequest,
  reader: StoreReader,
): Promise<Draft> {
  let draft = object;
  const change = async (webhook: MutatingWebhook, round: number) => {
    const version = versionFor(webhook, draft, request, reader);
    if (!version) return false;
    const before = draft;
    draft = await mutatedBy({ webhook, version }, draft, request, reader);
    const place = `round_${round}_index_${webhooks.indexOf(webhook)}`;
    const note = { configuration: configurationOf(webhook, reader), webhook: webhook.name };
    request.annotate?.(
      `mutation.webhook.admission.k8s.io/${place}`,
      JSON.stringify({ ...note, mutated: draft !== before }),
    );
    return true;
  };
  /** Those that want to see what others changed after them. */
  const curious = new Map<MutatingWebhook, Draft>();
  for (const webhook of webhooks) {
    const isAsked = await change(webhook, 0);
    if (isAsked && webhook.reinvocationPolicy === "IfNeeded") curious.set(webhook, draft);
  }
  for (const [webhook, seen] of curious) if (!isSame(seen, draft)) await change(webhook, 1);
  return draft;
}

function configurationOf(webhook: MutatingWebhook, reader: StoreReader): string {
  const configurations = reader.list("MutatingWebhookConfiguration");
  return configurations.find(({ webhooks = [] }) => webhooks.includes(webhook))?.metadata.name ?? "";
}

async function shownTo(
  webhooks: readonly Webhook[],
  object: Draft | undefined,
  request: AdmissionRequest,
  reader: StoreReader,
): Promise<void> {
  for (const webhook of webhooks) {
    const version = versionFor(webhook, object, request, reader);
    const answer = version && (await asked({ webhook, version }, object, request, reader));
    if (!answer?.patch) continue;
    const why = `admission webhook ${JSON.stringify(webhook.name)} attempted to modify the object, which is not supported for this operation`;
    throw new ApiError("InternalError", `Internal error occurred: ${why}`);
  }
}

async function mutatedBy(
  concerned: Concerned,
  object: Draft,
  request: AdmissionRequest,
  reader: StoreReader,
): Promise<Draft> {
  const { webhook, version } = concerned;
  const shown = request.isNameDrawn ? { ...request, name: "" } : request;
  const response = await asked(concerned, object, shown, reader, shownBeforeCreation);
  if (!response?.patch) return object;
  const { patch, patchType } = response;
  if (patchType !== "JSONPatch")
    return failed(webhook, `unsupported patch type ${JSON.stringify(patchType)}`) ?? object;
  const change = (shown: JsonMap) =>
    asJsonMap(
      applyJsonPatch(shown, parsedJson(Buffer.from(patch, "base64").toString())),
      "the patched object",
    );
  try {
    return changedAsShown(version, object, request, change);
  } catch (cause) {
    // The mistake is the webhook's; whether its failures are ignored is not asked, for it has answered.
    throw new ApiError("InternalError", `Internal error occurred: ${messageOf(cause)}`, {}, { cause });
  }
}

async function validated(
  concerned: readonly Concerned[],
  object: Draft | undefined,
  request: AdmissionRequest,
  reader: StoreReader,
): Promise<void> {
  const answers = await Promise.allSettled(
    concerned.map(async each => {
      const answer = await asked(each, object, request, reader);
      if (answer?.patch)
        failed(
          each.webhook,
          "received invalid webhook response: validating webhook may not return response.patch",
        );
    }),
  );
  for (const answer of answers) if (answer.status === "rejected") throw answer.reason;
}

/** What of the object is shown. */
type View = typeof shownBeforeCreation;

/** Resolves to what a webhook allows; to undefined where it fails and that does not matter. Rejects with its refusal. */
async function asked(
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
function failed({ name, failurePolicy = "Fail" }: Webhook, why: string): undefined {
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
