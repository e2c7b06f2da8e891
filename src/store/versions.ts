/**
 * The versions that writes make: a first one out of a draft, a next one out of the last and what was asked. Here it is
 * decided whose part is whose (a plain update does not touch the status, a status update nothing else) and what a user
 * sends is filled in and checked; nothing is written. Parts that say the same as before are shared with the last version.
 */
import { ApiError } from "../errors/index.ts";
import {
  completed,
  type Draft,
  hasSubresource,
  type KindDefinition,
  type KubernetesObject,
} from "../resources/index.ts";
import { frozenCopy } from "./freeze.ts";
import { type Birth, isOtherwiseDesired, newMetadata, nextMetadata, withNextGeneration } from "./metadata.ts";
import { keepingFinalizers } from "./namespaces.ts";
import { invalid, otherUid, outdated } from "./refusals.ts";
import { sharing } from "./sameness.ts";
import type { Store } from "./store.ts";
import type { Request } from "./verbs.ts";

/** Defaults and validation: returns the draft filled in; fails with Invalid. `old` is what is to be changed into it. */
export type Check = (kind: KindDefinition, draft: Draft, old?: KubernetesObject) => Draft;

/** Fills in what is given out, each value once, by looking at what is taken: cluster IPs, node ports. */
export type Allocate = (kind: KindDefinition, draft: Draft, store: Store, old?: KubernetesObject) => Draft;

export class Versions {
  readonly #store: Store;
  readonly #check: Check;
  readonly #allocate: Allocate;

  constructor(store: Store, check: Check, allocate: Allocate) {
    this.#store = store;
    this.#check = check;
    this.#allocate = allocate;
  }

  /** A new object, complete but for its resourceVersion. */
  first(kind: KindDefinition, draft: Draft, birth: Birth, request: Request): KubernetesObject {
    const given = frozenCopy(draft);
    const metadata = newMetadata(kind, given.metadata, birth);
    const { kind: kindName, versions } = kind;
    const [{ apiVersion }] = versions;
    const filled = this.#filledIn(kind, { ...given, apiVersion, kind: kindName, metadata }, request);
    const object = this.#allocate(kind, filled, this.#store);
    if (!hasSubresource(kind, "status")) return object as KubernetesObject;
    return withStatus(object, kind.rules?.initialStatus?.(object));
  }

  /** The next version, as an update of the object or of one of its subresources makes it. */
  next(kind: KindDefinition, last: KubernetesObject, draft: Draft, request: Request): KubernetesObject {
    if (request.subresource === undefined) return this.#desired(kind, last, draft, request);
    // As Kubernetes says it of any path that is not there.
    if (request.subresource !== "status" || !hasSubresource(kind, "status"))
      throw new ApiError("NotFound", "the server could not find the requested resource");
    return this.#reported(kind, last, draft, request);
  }

  /** All as the draft has it, but what is the system's, and the status. */
  #desired(kind: KindDefinition, last: KubernetesObject, draft: Draft, request: Request): KubernetesObject {
    assertBuildsOn(kind, last, draft);
    const given = frozenCopy(draft);
    const metadata = nextMetadata(last.metadata, given.metadata);
    assertNoNewFinalizers(kind, last, metadata.finalizers);
    const whole = { ...given, apiVersion: last.apiVersion, kind: last.kind, metadata } as KubernetesObject;
    const proposed = keepingFinalizers(
      last,
      hasSubresource(kind, "status") ? withStatus(whole, last.status) : whole,
    );
    const filled = this.#filledIn(kind, proposed, request, last);
    const next = sharing(last, this.#allocate(kind, filled, this.#store, last) as KubernetesObject);
    if (!isOtherwiseDesired(last, next)) return next;
    return { ...next, metadata: withNextGeneration(next.metadata) };
  }

  /** The status as the draft has it, and the annotations if it has any; the rest as it was. */
  #reported(kind: KindDefinition, last: KubernetesObject, draft: Draft, request: Request): KubernetesObject {
    assertBuildsOn(kind, last, draft);
    const given = frozenCopy(draft);
    const { annotations = last.metadata.annotations } = given.metadata;
    const metadata =
      annotations === last.metadata.annotations
        ? last.metadata
        : nextMetadata(last.metadata, { ...last.metadata, annotations });
    const next = withStatus({ ...last, metadata }, given.status);
    return request.isChecked ? next : sharing(last, this.#check(kind, next, last) as KubernetesObject);
  }

  #filledIn(kind: KindDefinition, draft: Draft, request: Request, last?: KubernetesObject): Draft {
    return request.isChecked ? completed(kind, draft, last) : this.#check(kind, draft, last);
  }
}

/** Fails with Conflict if the draft says that it builds on another version, or is about another object. */
function assertBuildsOn(
  kind: KindDefinition,
  { metadata: last }: KubernetesObject,
  { metadata: draft }: Draft,
): void {
  if (draft.name && draft.name !== last.name) {
    const names = `the name of the object (${draft.name}) does not match the name on the URL (${last.name})`;
    throw new ApiError("BadRequest", names);
  }
  if (draft.resourceVersion && draft.resourceVersion !== last.resourceVersion) {
    throw outdated(kind, last.name);
  }
  if (draft.uid && draft.uid !== last.uid) {
    throw otherUid(kind, last.name, last.namespace ?? "", draft.uid, last.uid);
  }
}

/** What is being deleted takes no further finalizers: it would never go. */
function assertNoNewFinalizers(
  kind: KindDefinition,
  last: KubernetesObject,
  finalizers: readonly string[] = [],
): void {
  const { name, deletionTimestamp, finalizers: before = [] } = last.metadata;
  if (deletionTimestamp === undefined || finalizers === before) return;
  const added = finalizers.filter(finalizer => !before.includes(finalizer));
  if (added.length === 0) return;
  const found = `[]string{${added.map(finalizer => JSON.stringify(finalizer)).join(", ")}}`;
  const rule = "no new finalizers can be added if the object is being deleted";
  throw invalid(kind, name, {
    reason: "FieldValueForbidden",
    message: `Forbidden: ${rule}, found new finalizers ${found}`,
    field: "metadata.finalizers",
  });
}

function withStatus(object: Draft, status: unknown): KubernetesObject {
  if (status !== undefined) return { ...object, status } as KubernetesObject;
  if (!("status" in object)) return object as KubernetesObject;
  const { status: _, ...rest } = object;
  return rest as KubernetesObject;
}
