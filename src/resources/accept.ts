/**
 * What an object goes through between its writer and the store, as pure functions: it is decoded (is it made of the right
 * types?), completed (defaults, and what follows from other fields) and checked (is it right, and may the old one become
 * this?). The registry calls them in this order; a dry look at a manifest calls them without a store.
 */
import { ApiError, type Cause, didYouMean } from "../errors/index.ts";
import { ruleFaults } from "./custom/index.ts";
import {
  hasSubresource,
  inStoredVersion,
  isKept,
  type KindDefinition,
  type KindVersion,
  versionIn,
} from "./definition/index.ts";
import { invalid, toldOf } from "./faults.ts";
import { metadataFaults, metadataUpdateFaults } from "./metadata-rules.ts";
import type { Draft, KubernetesObject } from "./object.ts";
import {
  type DecodeFault,
  decode,
  pruned,
  type Schema,
  schemaFaults,
  structuralFaults,
  withDefaults,
} from "./schema/index.ts";

/** The namespace of what is namespaced and does not say where. */
const defaultNamespace = "default";

export interface DecodeOptions {
  /** The version that the object is in; the one that its apiVersion names where left out. */
  readonly version?: KindVersion;
  /** What becomes of fields the schema does not know: they refuse the object (the default), or are dropped. */
  readonly unknownFields?: "refuse" | "drop";
}

/**
 * Reads an object that was handed in. Throws BadRequest, with a cause for each field that is of the wrong type or
 * unknown. Of unknown fields that are dropped, `unknown` tells.
 */
export function decoded<T extends KubernetesObject>(
  kind: KindDefinition<T>,
  value: unknown,
  { unknownFields = "refuse", version = versionOf(kind, value) }: DecodeOptions = {},
): { readonly draft: Draft<T>; readonly unknown: readonly Cause[] } {
  const { value: draft, faults } = readAs(kind, version, value);
  const wrong = faults.filter(({ type }) => type === "wrong");
  if (draft === undefined && wrong.length === 0) {
    wrong.push({ type: "wrong", field: "", message: "expected an object, got nothing" });
  }
  // As in Kubernetes the sentence is about the wrong types alone; who lists the causes sees the unknown fields too.
  const { kind: name, group } = kind;
  const meant = { kind: name, group, version };
  const causes = faults.map(causeOf);
  if (wrong.length > 0)
    throw new UnreadableObject(meant, textOf(wrong.map(causeOf)), causes, { schema: version.schema, value });
  if (causes.length > 0 && unknownFields === "refuse")
    throw new UnreadableObject(meant, `strict decoding error: ${textOf(causes)}`, causes);
  const { metadata = {} } = draft as { metadata?: object };
  const read = withMetadata(draft as Draft<T>, metadata);
  return { draft: inStoredVersion(kind, version, read), unknown: causes };
}

/**
 * What was handed in does not fit the types of its kind. The message says so field by field; Kubernetes tells the first alone, in
 * words of Go, which clients of the API are told (server/status.ts, api/patch.ts).
 */
export class UnreadableObject extends ApiError {
  /** What is wrong with it, without the words that say of what it is. */
  readonly why: string;
  /** The message, as it is told with another reason why. */
  readonly because: (why: string) => string;
  /** What does not fit, and what; absent where all fits, and some is unknown. */
  readonly misfit: { readonly schema: Schema; readonly value: unknown } | undefined;

  constructor(
    { kind, version: { version }, group }: { kind: string; group: string; version: KindVersion },
    why: string,
    causes: readonly Cause[],
    misfit?: UnreadableObject["misfit"],
  ) {
    const because = (reason: string) =>
      `${kind} in version "${version}" cannot be handled as a ${kind}: ${reason}`;
    super("BadRequest", because(why), { kind, group, causes: toldOf(causes).told });
    this.why = why;
    this.because = because;
    this.misfit = misfit;
  }
}

/** The draft with everything that it may leave out. The same object where it left out nothing. */
export function completed<T extends KubernetesObject>(
  kind: KindDefinition<T>,
  draft: Draft<T>,
  old?: T,
): Draft<T> {
  const placed = kind.scope === "Namespaced" && !draft.metadata.namespace ? inDefaultNamespace(draft) : draft;
  const filled = withDefaults(kind.versions[0].schema, placed);
  return kind.rules?.fill?.(filled, old) ?? filled;
}

/** How an object came to be written, where that matters to its rules. */
export interface WrittenAs {
  /** The version in which its writer speaks; the one in which it is kept where left out. */
  readonly version?: KindVersion | undefined;
  /** The part of it that is written. */
  readonly subresource?: string | undefined;
}

/**
 * Everything that is wrong with a completed object, and with changing `old` into it. A custom object is held against the schema
 * of the version in which its writer speaks.
 */
export function faultsIn<T extends KubernetesObject>(
  kind: KindDefinition<T>,
  object: Draft<T>,
  old?: T,
  { version = kind.versions[0], subresource }: WrittenAs = {},
): Cause[] {
  const judged = isStatusFree(kind, old) ? withoutStatus(object) : object;
  const causes = [
    ...(isKept(kind) ? metadataFaults(kind, object.metadata) : []),
    ...(old ? metadataUpdateFaults(object.metadata, old.metadata) : []),
    ...(kind.isCustom
      ? structuralFaults(version.schema, judged, old)
      : schemaFaults(kind.versions[0].schema, judged)),
  ];
  if (kind.isCustom) causes.push(...ruleFaults(version.schema, judged, old, causes));
  // The kind's rules rely on the schema, so they see only what fits it... except that most faults harm no other rule.
  const part = kind.subresources.find(({ name }) => name === subresource);
  const ofKind = part?.faults
    ? part.faults(object, old as KubernetesObject)
    : (kind.rules?.validate?.(object, old) ?? []);
  const ofStatus = old && subresource === "status" ? kind.rules?.validateStatus?.(object, old) : undefined;
  const more = [...ofKind, ...(ofStatus ?? []), ...(version.validate?.(object, old) ?? [])];
  // Where a rule speaks of a field as well, it says more than the schema can.
  const spoken = new Set(more.flatMap(({ field, at: place }) => (place ? [field, place.field] : [field])));
  return [...causes.filter(({ field }) => !spoken.has(field)), ...more];
}

/** Throws Invalid, with everything that `faultsIn` finds. */
export function validated<T extends KubernetesObject>(
  kind: KindDefinition<T>,
  object: Draft<T>,
  old?: T,
  as?: WrittenAs,
): void {
  const causes = faultsIn(kind, object, old, as);
  if (causes.length > 0) throw invalid(kind, object.metadata.name ?? "", causes);
}

/** All three: what the store would be given. Throws BadRequest or Invalid. */
export function accepted<T extends KubernetesObject>(
  kind: KindDefinition<T>,
  value: unknown,
  old?: T,
  options?: DecodeOptions,
): Draft<T> {
  const { draft } = decoded(kind, value, options);
  const object = completed(kind, draft, old);
  validated(kind, object, old, { version: options?.version });
  return object;
}

/**
 * The status of what is new is not its writer's: `status: {}`, as many programs print it, says nothing. And of its own kinds
 * Kubernetes asks no more of a status than that it can be read; what their schemas require is what it fills in itself. Of
 * what is only asked, a review, the status is the answer.
 */
function isStatusFree(
  kind: Pick<KindDefinition, "subresources" | "isCustom" | "verbs">,
  old: unknown,
): boolean {
  if (!isKept(kind)) return true;
  return hasSubresource(kind, "status") && (old === undefined || !kind.isCustom);
}

function withoutStatus<T extends KubernetesObject>({ status: _, ...object }: Draft<T>): object {
  return object;
}

/** A custom object keeps what a built-in one does not: empty lists and maps, and the nulls that its schema allows. */
export function readAs(
  { isCustom }: Pick<KindDefinition, "isCustom">,
  { schema }: KindVersion,
  value: unknown,
) {
  return isCustom ? pruned(schema, value) : decode(schema, value);
}

export function versionOf({ versions }: KindDefinition, value: unknown): KindVersion {
  const { apiVersion } = (value ?? {}) as { apiVersion?: unknown };
  return typeof apiVersion === "string" ? versionIn({ versions }, apiVersion) : versions[0];
}

/** `["spec.template", "modul"]` of `spec.template.modul`. */
export function lastStep(field: string): [string, string] {
  const name = /[^.[\]]+\]?$/.exec(field)?.[0] ?? field;
  return [field.slice(0, -name.length).replace(/[.[]$/, ""), name.replace(/\]$/, "")];
}

export function causeOf({ type, field, message, known }: DecodeFault): Cause {
  const hint = known ? didYouMean(lastStep(field)[1], known) : "";
  const reason = type === "wrong" ? "FieldValueTypeInvalid" : "FieldUnknown";
  return { reason, field, message: message + hint };
}

/** Several, as one text. */
function textOf(causes: readonly Cause[]): string {
  const { told, more } = toldOf(causes);
  const texts = told.map(({ reason, field, message }) =>
    reason === "FieldUnknown" || !field ? message : `${field}: ${message}`,
  );
  return [...texts, ...more].join(", ");
}

export function withMetadata<T extends KubernetesObject>(draft: Draft<T>, metadata: object): Draft<T> {
  return draft.metadata === metadata ? draft : { ...draft, metadata };
}

function inDefaultNamespace<T extends KubernetesObject>(draft: Draft<T>): Draft<T> {
  return { ...draft, metadata: { ...draft.metadata, namespace: defaultNamespace } };
}
