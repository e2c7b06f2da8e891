/**
 * A write as those see it who stand outside, webhooks and expressions of policies: in the version that their rules name, and at
 * a part that is of another kind (a Scale, an Eviction, the options of an exec) that kind instead of the object. Plugins see all
 * objects as they are kept.
 */
import {
  asJsonMap,
  completed,
  type Draft,
  decoded,
  draftOf,
  type GroupVersionKind,
  isOfOtherKind,
  type JsonMap,
  type KindVersion,
  type KubernetesObject,
  kindAt,
  type Subresource,
  shownAt,
} from "../resources/index.ts";
import type { AdmissionRequest } from "../store/index.ts";

/** The object before or after, in the version; null where there is none. */
export function shownIn(
  version: KindVersion,
  object: Draft | undefined,
  request: AdmissionRequest,
): Partial<Draft> | null {
  if (object === undefined) return null;
  if (request.operation === "CONNECT") {
    // Options are no object: they have no name.
    const { metadata: _, ...options } = object;
    return options;
  }
  return shownAt({ kind: request.kind, version, part: partOf(request) }, object as KubernetesObject);
}

/** Of which kind is what is shown. */
export function kindIn(version: KindVersion, request: AdmissionRequest): GroupVersionKind {
  return kindAt({ kind: request.kind, version, part: partOf(request) });
}

/** What `change` makes of what is shown, as the write goes on with it. Throws BadRequest for what cannot be read. */
export function changedAsShown(
  version: KindVersion,
  object: Draft,
  request: AdmissionRequest,
  change: (shown: JsonMap) => JsonMap,
): Draft {
  const shown = asJsonMap(shownBeforeCreation(shownIn(version, object, request), request), "the object");
  const { kind, old } = request;
  const changed = isNew(request) ? withIdentity(change(shown), object) : change(shown);
  const part = partOf(request);
  if (part?.show && part.next) return part.next(object as KubernetesObject, draftOf(changed));
  if (!isOfOtherKind(part)) {
    const { draft } = decoded(kind, changed, { version, unknownFields: "drop" });
    return completed(kind, draft, old);
  }
  if (!part?.body) return draftOf(changed);
  return completed(part.body, decoded(part.body, changed, { unknownFields: "drop" }).draft);
}

function isNew({ operation, subresource }: AdmissionRequest): boolean {
  return operation === "CREATE" && subresource === "";
}

/** Those who may change a new object see it before it has an identity, and a name where that is drawn. */
export function shownBeforeCreation(
  object: Partial<Draft> | null,
  request: AdmissionRequest,
): Partial<Draft> | null {
  if (!object?.metadata || !isNew(request)) return object;
  const { uid: _, creationTimestamp: __, generation: ___, name, ...metadata } = object.metadata;
  return { ...object, metadata: { ...(!request.isNameDrawn && { name }), ...metadata } };
}

/** The object with the identity that it has, though that was not shown. */
function withIdentity(changed: JsonMap, { metadata }: Draft): JsonMap {
  const { uid, creationTimestamp, generation, name } = metadata;
  const given = changed.metadata === undefined ? {} : asJsonMap(changed.metadata, "the metadata");
  const identity = {
    ...(uid !== undefined && { uid }),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
    ...(generation !== undefined && { generation }),
  };
  return { ...changed, metadata: { name, ...given, ...identity } };
}

function partOf({ kind, subresource }: AdmissionRequest): Subresource | undefined {
  return subresource === "" ? undefined : kind.subresources.find(({ name }) => name === subresource);
}
