/**
 * What is created at a part of an object, and is no object of its own: it changes the object (a Binding), asks for its deletion
 * (an Eviction), or is only answered (a TokenRequest).
 */
import { timestamp } from "../../outside/index.ts";
import type { Draft, KindDefinition, KubernetesObject, Subresource } from "../../resources/index.ts";
import { deepFreeze, frozenCopy } from "../freeze.ts";
import type { ObjectKey } from "../store.ts";
import { askingFor } from "./admission.ts";
import type { DeleteOptions } from "./asked-write.ts";
import { keyOf } from "./key-of.ts";
import type { WriteParts } from "./parts.ts";
import { requestSeconds } from "./pending-answers.ts";
import { noSuchPath, notFound } from "./refusals.ts";
import { removed } from "./removal.ts";
import { replaced } from "./replacement.ts";
import type { Request, Written } from "./verbs.ts";

/** Fails with NotFound where there is no such object, or no such part of it. */
export async function createdAt(
  parts: WriteParts,
  kind: KindDefinition,
  part: Subresource | undefined,
  given: Draft,
  request: Request,
): Promise<Written> {
  const body = bodyOf(parts, part, given, request);
  const key = keyOf(kind, body);
  const { create, deletion, answer } = part ?? {};
  if (create) {
    const now = timestamp(parts.clock.now());
    const next = (last: KubernetesObject) => create(last, body, now);
    return replaced(parts, kind, key, { ...request, isChecked: true }, next);
  }
  if (!deletion && !answer) throw noSuchPath();
  const object = await admittedTo(parts, kind, key, body, request);
  if (deletion) {
    const list = (kindName: string) => parts.store.list<string>(kindName, { namespace: key.namespace });
    const asked = deletion(object, body, list) as DeleteOptions;
    return removed(parts, kind, key, { ...request, ...asked });
  }
  const asked = answer?.(object, body, request.author.user, parts.access);
  const answered = await parts.answers.until(`${kind.name}/${part?.name}`, asked, requestSeconds);
  return { object: deepFreeze(answered ?? object), outcome: "created" };
}

/** The object whose subresource something is created at (a token, say) without a change of the object, after admission. */
async function admittedTo(
  { store, admission }: WriteParts,
  kind: KindDefinition,
  key: ObjectKey,
  body: Draft,
  request: Request,
): Promise<KubernetesObject> {
  const found: KubernetesObject | undefined = store.get<string>(kind.name, key.namespace, key.name);
  if (!found) throw notFound(kind, key.name);
  const asks = askingFor("CREATE", kind, key, request, found);
  await admission.mutate(body, asks);
  await admission.validate(body, asks);
  return found;
}

/** Read, filled in and checked as its own kind says. */
function bodyOf(
  { versions }: WriteParts,
  part: Subresource | undefined,
  given: Draft,
  request: Request,
): Draft {
  const { body: kind } = part ?? {};
  if (!kind || request.isChecked) return frozenCopy(given);
  const body = versions.asked(kind, versions.read(kind, kind.versions[0], given, request));
  versions.validate(kind, body, {});
  return body;
}
