/**
 * What is created at a part of an object, and is no object of its own: it changes the object (a Binding), asks for its deletion
 * (an Eviction), or is only answered (a TokenRequest).
 */
import { timestamp } from "../../outside/index.ts";
import type {
  AllowedBy,
  Draft,
  KindDefinition,
  KubernetesObject,
  Subresource,
} from "../../resources/index.ts";
import { deepFreeze, frozenCopy } from "../freeze.ts";
import { apiServerWriter } from "../identity.ts";
import { admitsAll, askingFor, isPending } from "./admission.ts";
import type { AdmissionRequest, DeleteOptions } from "./asked-write.ts";
import { assertPreconditions } from "./deletion.ts";
import { keyOf } from "./key-of.ts";
import type { WriteParts } from "./parts.ts";
import { requestSeconds } from "./pending-answers.ts";
import { noSuchPath, notFound } from "./refusals.ts";
import { removed } from "./removal.ts";
import { replaced } from "./replacement.ts";
import type { RegistryVerbs, Request, Written } from "./verbs.ts";

/**
 * Admission is shown what is created, not what becomes of the object by it. Fails with NotFound where there is no such object,
 * or no such part of it.
 */
export async function createdAt(
  parts: WriteParts,
  modify: RegistryVerbs["modify"],
  kind: KindDefinition,
  part: Subresource | undefined,
  given: Draft,
  request: Request,
): Promise<Written> {
  const { create, deletion, answer } = part ?? {};
  if (!create && !deletion && !answer) throw noSuchPath();
  const read = bodyOf(parts, part, given, request);
  const key = keyOf(kind, read);
  const objectOf = (): KubernetesObject => {
    const found: KubernetesObject | undefined = parts.store.get<string>(kind.name, key.namespace, key.name);
    if (found) return found;
    throw notFound(kind, key.name);
  };
  objectOf();
  const admitting = admitted(parts, part, read, request, askingFor("CREATE", kind, key, request));
  const body = isPending(admitting) ? await admitting : admitting;
  const asAdmitted = { ...parts, admission: admitsAll };
  const change = (preconditions: DeleteOptions["preconditions"] = {}) => {
    const now = timestamp(parts.clock.now());
    const next = (last: KubernetesObject) => {
      assertPreconditions(kind, last, preconditions);
      return create?.(last, body, now) ?? last;
    };
    return replaced(asAdmitted, kind, key, { ...request, isChecked: true }, next);
  };
  if (deletion) {
    const list = (kindName: string) => parts.store.list<string>(kindName, { namespace: key.namespace });
    const { allowedBy, ...asked } = deletion(objectOf(), body, list);
    const whole = { ...request, ...(asked as DeleteOptions & Pick<Request, "dryRun">) };
    if (allowedBy) await note(allowedBy, modify, key.namespace, parts.clock.now(), whole.dryRun);
    const { preconditions } = whole;
    if (!create || whole.dryRun) return removed(asAdmitted, kind, key, whole);
    const { object } = await change(preconditions);
    // What the deletion insists on was true of the object until it was changed for it.
    const { resourceVersion } = object.metadata;
    const kept = preconditions?.resourceVersion ? { ...preconditions, resourceVersion } : preconditions;
    return removed(asAdmitted, kind, key, { ...whole, ...(kept && { preconditions: kept }) });
  }
  if (create) return change();
  const object = objectOf();
  const asked = answer?.(object, body, request.author.user, parts.access);
  const answered = await parts.answers.until(`${kind.name}/${part?.name}`, asked, requestSeconds);
  return { object: deepFreeze(answered ?? object), outcome: "created" };
}

/** Has what allows the deletion note it. Fails with what it says where it allows none. */
async function note(
  { kind, name, noted }: AllowedBy,
  modify: RegistryVerbs["modify"],
  namespace: string,
  now: number,
  dryRun = false,
): Promise<void> {
  const by = { author: apiServerWriter("kube-apiserver"), subresource: "status", isChecked: true, dryRun };
  await modify<string>(kind, namespace, name, last => noted(last, timestamp(now)), by);
}

/** After all that have a say in it. No promise where none of them takes time. */
function admitted(
  { admission, versions }: WriteParts,
  part: Subresource | undefined,
  read: Draft,
  request: Request,
  asks: AdmissionRequest,
): Draft | Promise<Draft> {
  const check = (body: Draft) => {
    if (part?.body && !request.isChecked)
      versions.validate(part.body, part.answer ? unnamed(body) : body, {});
    const asking = admission.validate(body, asks);
    return asking && isPending(asking) ? asking.then(() => body) : body;
  };
  const changing = admission.mutate(deepFreeze(read), asks);
  return isPending(changing) ? changing.then(check) : check(changing);
}

/** What is only answered is refused without a name: what has one is the object that it is asked of. */
function unnamed(body: Draft): Draft {
  return { ...body, metadata: { ...body.metadata, name: undefined } };
}

/** Read and filled in as its own kind says. */
function bodyOf(
  { versions }: WriteParts,
  part: Subresource | undefined,
  given: Draft,
  request: Request,
): Draft {
  const { body: kind } = part ?? {};
  if (!kind || request.isChecked) return frozenCopy(given);
  return versions.question(kind, versions.read(kind, kind.versions[0], given, request));
}
