/**
 * How an object comes into being: it is read, named, completed, admitted, checked, given what only one object may have, and
 * stored. What is never kept (a review) takes the same way up to its answer.
 */
import { ApiError, type Cause, hasReason } from "../../errors/index.ts";
import { timestamp } from "../../outside/index.ts";
import { type Draft, isKept, type KindDefinition, type KubernetesObject } from "../../resources/index.ts";
import { deepFreeze } from "../freeze.ts";
import { askingFor, contended, isPending } from "./admission.ts";
import type { AdmissionRequest } from "./asked-write.ts";
import { withManagers } from "./field-managers.ts";
import { generatedName, type NewObject } from "./metadata.ts";
import type { WriteParts } from "./parts.ts";
import { requestSeconds } from "./pending-answers.ts";
import { alreadyExists, invalid, notAllowed } from "./refusals.ts";
import type { Request, Written } from "./verbs.ts";

export class Creation {
  readonly #parts: WriteParts;

  constructor(parts: WriteParts) {
    this.#parts = parts;
  }

  /** `draft` as it was read, in the version in which its kind is kept. */
  async run(kind: KindDefinition, draft: Draft, request: Request): Promise<Written> {
    if (!kind.verbs.includes("create")) throw notAllowed(kind);
    if (!isKept(kind)) return { object: await this.#answer(kind, draft, request), outcome: "created" };
    const { store, versions, admission } = this.#parts;
    const { name, generateName, resourceVersion } = draft.metadata;
    if (resourceVersion && !request.dryRun) {
      // Kubernetes answers with 500 and no reason, though the mistake is the writer's.
      const details = { kind: kind.kind, name, causes: [versionOfNew] };
      throw new ApiError("BadRequest", versionOfNew.message, details);
    }
    if (!name && !generateName) throw invalid(kind, "", nameRequired);
    for (;;) {
      const fresh = this.#newObjectOf(kind, draft);
      const key = { kind: kind.name, namespace: fresh.namespace ?? "", name: fresh.name };
      const { managedFields } = draft.metadata;
      const first = versions.first(kind, draft, fresh);
      const proposed = withManagers(kind, request, undefined, first, managedFields, fresh.creationTimestamp);
      const asking = askingFor("CREATE", kind, key, request);
      const asks = name ? asking : { isNameDrawn: true, ...asking };
      const admitting = this.#admitted(proposed, request, asks);
      const admitted = isPending(admitting) ? await admitting : admitting;
      const write = async () => {
        const object = versions.allocated(kind, admitted, request.dryRun);
        admission.validateLast(object, asks);
        if (!request.dryRun) return store.add(key, object, request.author);
        if (store.get(key.kind, key.namespace, key.name)) throw alreadyExists(kind, key.name);
        return deepFreeze(withoutResourceVersion(object));
      };
      try {
        const created = await store.alone(() => contended(kind, admission, asks), write);
        if (!request.dryRun) await this.#accompany(kind, created, request);
        return { object: created, outcome: "created" };
      } catch (error) {
        if (!hasReason(error, "AlreadyExists")) throw error;
        // Another writer took the generated name a moment ago: there are plenty.
        if (name) throw alreadyExists(kind, key.name);
      }
    }
  }

  /** Makes what comes with the object. It is there already where an object of this name was there before; that is no failure. */
  async #accompany({ rules }: KindDefinition, created: KubernetesObject, request: Request): Promise<void> {
    const cause = Number(created.metadata.resourceVersion);
    for (const draft of rules?.companions?.(created) ?? []) {
      const { kind } = this.#parts.kinds.inVersion(draft);
      const own = { ...request, author: { ...request.author, cause } };
      await this.run(kind, draft, own).catch(error => {
        if (!hasReason(error, "AlreadyExists")) throw error;
      });
    }
  }

  /** What is never kept has no uid and needs no name: its metadata stays as it was handed in. */
  async #answer(kind: KindDefinition, draft: Draft, request: Request): Promise<KubernetesObject> {
    const { answer } = kind;
    if (!answer) throw notAllowed(kind);
    const { versions, access, answers, clock } = this.#parts;
    const { namespace = "", name = "" } = draft.metadata;
    const asks = askingFor("CREATE", kind, { kind: kind.name, namespace, name }, request);
    const admitting = this.#admitted(versions.question(kind, draft), request, asks);
    const answered = answer(await admitting, request.author.user, access, timestamp(clock.now()));
    return deepFreeze(await answers.until(kind.name, answered, requestSeconds));
  }

  /** After all that have a say in it. No promise where none of them takes time. */
  #admitted(
    proposed: Draft,
    request: Request,
    asks: AdmissionRequest,
  ): KubernetesObject | Promise<KubernetesObject> {
    const { admission, versions } = this.#parts;
    const { kind } = asks;
    const check = (changed: Draft) => {
      const object = versions.prepared(kind, versions.admitted(kind, authorized, changed));
      if (!request.isChecked) versions.validate(kind, object, request);
      versions.warn(kind, object, request);
      const asking = admission.validate(object, asks);
      return asking && isPending(asking) ? asking.then(() => object) : object;
    };
    const authorized = request.authorizeWrite?.(deepFreeze(proposed), asks) ?? proposed;
    const changing = admission.mutate(deepFreeze(authorized), asks);
    return isPending(changing) ? changing.then(check) : check(changing);
  }

  /** The name of a new object, where it belongs, and what it is known by. */
  #newObjectOf(kind: KindDefinition, { metadata }: Draft): NewObject {
    const { store, random, clock } = this.#parts;
    const namespace = kind.scope === "Namespaced" ? (metadata.namespace ?? "default") : undefined;
    const isTaken = (name: string) => store.get(kind.name, namespace ?? "", name) !== undefined;
    const name = metadata.name || generatedName(metadata.generateName ?? "", random, isTaken);
    return { name, namespace, uid: random.uuid(), creationTimestamp: timestamp(clock.now()) };
  }
}

function withoutResourceVersion(object: KubernetesObject): KubernetesObject {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata: metadata as KubernetesObject["metadata"] };
}

const nameRequired: Cause = {
  reason: "FieldValueRequired",
  message: "Required value: name or generateName is required",
  field: "metadata.name",
};

const versionOfNew: Cause = {
  reason: "FieldValueForbidden",
  message: "resourceVersion should not be set on objects to be created",
  field: "metadata.resourceVersion",
};
