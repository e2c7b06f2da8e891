/**
 * The versions that writes make: a first one out of a draft, a next one out of the last and what was asked. Here it is decided
 * which part belongs to which writer (a plain update does not touch the status, a status update nothing else) and what a user
 * sends is filled in and checked; nothing is written. Parts that say the same as before are shared with the last version.
 */
import { ApiError } from "../../errors/index.ts";
import {
  addedFinalizers,
  completed,
  type Draft,
  decoded,
  hasSubresource,
  isOfOtherKind,
  type KindDefinition,
  type KindVersion,
  type KubernetesObject,
  type ObjectMeta,
  type Others,
  type Subresource,
  validated,
  type WrittenAs,
} from "../../resources/index.ts";
import { frozenCopy } from "../freeze.ts";
import { sharing } from "../sharing.ts";
import type { Store } from "../store.ts";
import {
  isOtherwiseDesired,
  type NewObject,
  newMetadata,
  nextMetadata,
  withNextGeneration,
} from "./metadata.ts";
import { invalid, otherUid, outdated } from "./refusals.ts";
import type { Request } from "./verbs.ts";

/** What the data of a kind makes of a draft. Those of resources/ in a cluster; a test may have others. */
export interface Rules {
  /** Reads what was handed in. Throws BadRequest. */
  decode: typeof decoded;
  /** Fills in what was left out. */
  complete(kind: KindDefinition, draft: Draft, old?: KubernetesObject): Draft;
  /** Throws Invalid. `old` is what is to become the object. */
  validate(kind: KindDefinition, object: Draft, old?: KubernetesObject, as?: WrittenAs): void;
}

export const resourceRules: Rules = { decode: decoded, complete: completed, validate: validated };

export class Versions {
  readonly #store: Pick<Store, "get" | "list">;
  readonly #rules: Rules;

  constructor(store: Pick<Store, "get" | "list">, rules: Rules) {
    this.#store = store;
    this.#rules = rules;
  }

  /** What was handed in: safe from its owner, of the right types, in the version in which its kind is kept. */
  read(kind: KindDefinition, version: KindVersion, given: Draft, request: Request): Draft {
    const copy = frozenCopy(given);
    if (version.deprecated) request.warn?.(version.deprecated);
    if (request.isChecked && version === kind.versions[0]) return copy;
    const { fieldValidation = "Strict" } = request;
    const unknownFields = fieldValidation === "Strict" ? "refuse" : "drop";
    const { draft, unknown } = this.#rules.decode(kind, copy, { version, unknownFields });
    if (fieldValidation === "Warn") for (const { message } of unknown) request.warn?.(message);
    return draft;
  }

  /**
   * The same for an object or a part of it. A part that is of another kind (a Scale) is read and checked as that kind, so that
   * nothing else can become of the object by it. Throws BadRequest or Invalid.
   */
  readAt(
    kind: KindDefinition,
    version: KindVersion,
    part: Subresource | undefined,
    given: Draft,
    request: Request,
  ): Draft {
    if (!isOfOtherKind(part)) return this.read(kind, version, given, request);
    const { body } = part ?? {};
    if (!body || request.isChecked) return frozenCopy(given);
    const read = this.read(body, body.versions[0], given, request);
    this.validate(body, read, {});
    return read;
  }

  /** A new object as it was asked for, complete but for what is given out. */
  first(kind: KindDefinition, draft: Draft, fresh: NewObject): Draft {
    const metadata = newMetadata(kind, draft.metadata, fresh);
    const [{ apiVersion }] = kind.versions;
    return this.#rules.complete(kind, { ...draft, apiVersion, kind: kind.kind, metadata });
  }

  /** What is never kept, complete. It has of the metadata what it was handed in with. */
  question(kind: KindDefinition, draft: Draft): Draft {
    return this.#rules.complete(kind, { ...draft, apiVersion: kind.versions[0].apiVersion, kind: kind.kind });
  }

  /** The new object with what the system gives it, and the status that it begins with, whatever was asked for. */
  prepared(kind: KindDefinition, admitted: Draft): KubernetesObject {
    const object = kind.rules?.prepare?.(admitted) ?? admitted;
    if (!hasSubresource(kind, "status")) return object as KubernetesObject;
    return withStatus(object, kind.rules?.initialStatus?.(object));
  }

  validate(kind: KindDefinition, object: Draft, request: WrittenAs, old?: KubernetesObject): void {
    this.#rules.validate(kind, object, old, request);
  }

  /** Tells the writer what its object should rather not say. `old` is what is to become the object. */
  warn({ rules }: KindDefinition, object: Draft, { warn }: Request, old?: KubernetesObject): void {
    if (warn) for (const text of rules?.warnings?.(object, old) ?? []) warn(text);
  }

  /** With what its kind gives to one object at a time. */
  allocated({ name, rules }: KindDefinition, object: Draft, isDryRun?: boolean): KubernetesObject {
    const others: Others = matchFields => this.#store.list<string>(name, { matchFields });
    return (rules?.allocate?.(object, others, isDryRun, this.#store) ?? object) as KubernetesObject;
  }

  /** The next version, as an update of the object or of a part of it asks for it. */
  next(
    kind: KindDefinition,
    last: KubernetesObject,
    draft: Draft,
    part: Subresource | undefined,
    { isChecked = false }: Request,
  ): Draft {
    assertBuildsOn(kind, last, draft);
    if (part === undefined) return this.#desired(kind, last, draft);
    const next = withAnnotationsOf(part, draft, last, part.next?.(last, draft) ?? last);
    return isChecked ? next : this.#rules.complete(kind, next, last);
  }

  /**
   * What admission made of the version that was proposed. Plugins and webhooks change what the writer of this part of the object
   * may change; what is the system's, or belongs to another part, stays. Throws InternalError where it is another object.
   */
  admitted(
    kind: KindDefinition,
    proposed: Draft,
    admitted: Draft,
    last?: KubernetesObject,
    part?: Subresource,
  ): Draft {
    if (admitted === proposed) return admitted;
    assertSameNames(kind, proposed, admitted);
    const { apiVersion, kind: name, metadata: before } = proposed;
    if (part) {
      const next = isOfOtherKind(part) || !last ? admitted : (part.next?.(last, admitted) ?? admitted);
      return { ...next, metadata: before };
    }
    const hasStatus = hasSubresource(kind, "status");
    const isStatusKept = !hasStatus || admitted.status === proposed.status;
    if (admitted.metadata === before && admitted.kind === name && isStatusKept) return admitted;
    const metadata = nextMetadata(before as ObjectMeta, admitted.metadata);
    if (last) assertNoNewFinalizers(kind, last, metadata.finalizers);
    const whole = { ...admitted, apiVersion, kind: name, metadata } as KubernetesObject;
    return hasStatus ? withStatus(whole, proposed.status) : whole;
  }

  /** What was admitted, as it is to be stored: it shares with the last version what is the same. */
  finished(
    kind: KindDefinition,
    last: KubernetesObject,
    admitted: Draft,
    { subresource, dryRun }: Pick<Request, "subresource" | "dryRun">,
  ): KubernetesObject {
    const whole = subresource === undefined ? this.allocated(kind, admitted, dryRun) : admitted;
    const next = sharing(last, whole as KubernetesObject);
    const isReport = kind.subresources.some(({ name, isReport }) => name === subresource && isReport);
    if (isReport || !isOtherwiseDesired(last, next)) return next;
    return { ...next, metadata: withNextGeneration(next.metadata) };
  }

  /** All as the draft has it, but what is the system's, and the status. */
  #desired(kind: KindDefinition, last: KubernetesObject, draft: Draft): Draft {
    const metadata = nextMetadata(last.metadata, draft.metadata);
    assertNoNewFinalizers(kind, last, metadata.finalizers);
    // The version that is kept may have been another when the last one was stored.
    const [{ apiVersion }] = kind.versions;
    const whole = { ...draft, apiVersion, kind: last.kind, metadata } as KubernetesObject;
    const proposed = hasSubresource(kind, "status") ? withStatus(whole, last.status) : whole;
    return this.#rules.complete(kind, kind.rules?.keep?.(proposed, last) ?? proposed, last);
  }
}

/** The writer of a part of an object may annotate it, where it was the object itself that was handed in. */
function withAnnotationsOf(
  { as }: Subresource,
  { metadata: { annotations } }: Draft,
  last: KubernetesObject,
  next: Draft,
): Draft {
  if (as || annotations === undefined || annotations === last.metadata.annotations) return next;
  return { ...next, metadata: nextMetadata(last.metadata, { ...last.metadata, annotations }) };
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
  // As in Kubernetes "0" is no version: the update builds on none.
  const { resourceVersion = "" } = draft;
  if (resourceVersion !== "" && resourceVersion !== "0" && resourceVersion !== last.resourceVersion) {
    throw outdated(kind, last.name);
  }
  if (draft.uid && draft.uid !== last.uid) {
    throw otherUid(kind, last.name, last.namespace ?? "", draft.uid, last.uid);
  }
}

/** Fails with InternalError where admission made another object: no writer asked for that. */
function assertSameNames({ plural }: KindDefinition, { metadata }: Draft, { metadata: after }: Draft): void {
  const { name = "", namespace } = metadata;
  if (after?.name === metadata.name && (after.namespace || namespace) === namespace) return;
  const is = JSON.stringify(name);
  const made = JSON.stringify(after?.namespace ? `${after.namespace}/${after.name}` : after?.name);
  throw new ApiError(
    "InternalError",
    `Internal error occurred: admission may not make another object of ${plural} ${is}: ${made}`,
  );
}

/** What is being deleted takes no further finalizers: it would never go. */
function assertNoNewFinalizers(
  kind: KindDefinition,
  last: KubernetesObject,
  finalizers: readonly string[] = [],
): void {
  const { name, deletionTimestamp, finalizers: before } = last.metadata;
  if (deletionTimestamp === undefined || finalizers === before) return;
  const added = addedFinalizers(last.metadata, { finalizers });
  if (added.length === 0) return;
  const found = `[]string{${added.map(finalizer => JSON.stringify(finalizer)).join(", ")}}`;
  const rule = "no new finalizers can be added if the object is being deleted";
  throw invalid(kind, name, {
    reason: "FieldValueForbidden",
    message: `Forbidden: ${rule}, found new finalizers ${found}`,
    field: "metadata.finalizers",
  });
}

const noKeys = Object.freeze({});

function withStatus(object: Draft, status: unknown): KubernetesObject {
  // A literal that begins with `object` would get a hidden class for each write (docs/internals/performance-notebook.md).
  if (status !== undefined) return { ...noKeys, ...object, status } as KubernetesObject;
  if (!("status" in object)) return object as KubernetesObject;
  const { status: _, ...rest } = object;
  return rest as KubernetesObject;
}
