/**
 * MutatingAdmissionWebhook and ValidatingAdmissionWebhook: writes are shown to programs outside, which may change or refuse
 * them. Those that change come one after the other, by the names of their configurations; those that only refuse are asked all
 * at once. A webhook that does not answer within its `timeoutSeconds` refuses the write, unless its failurePolicy is Ignore.
 */
import { ApiError, messageOf } from "../errors/index.ts";
import {
  applyJsonPatch,
  asJsonMap,
  type Draft,
  isSame,
  type JsonMap,
  type KindVersion,
  type MutatingWebhook,
  parsedJson,
} from "../resources/index.ts";
import { type AdmissionRequest, requestSeconds } from "../store/index.ts";
import { type AdmissionPlugin, isAboutAdmission, type StoreReader } from "./plugin.ts";
import { isSelected, versionInRules } from "./request-rules.ts";
import { failedCondition, valuesOf } from "./request-variables.ts";
import { changedAsShown, shownBeforeCreation } from "./shown-write.ts";
import { answerOf, type Concerned, failed, type Webhook } from "./webhook-review.ts";

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
    const answer = version && (await answerOf({ webhook, version }, object, request, reader));
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
  const response = await answerOf(concerned, object, shown, reader, shownBeforeCreation);
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
      const answer = await answerOf(each, object, request, reader);
      if (answer?.patch)
        failed(
          each.webhook,
          "received invalid webhook response: validating webhook may not return response.patch",
        );
    }),
  );
  for (const answer of answers) if (answer.status === "rejected") throw answer.reason;
}
