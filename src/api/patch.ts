/**
 * An object after a patch, of whichever type.
 */
import { ApiError, type Cause } from "../errors/index.ts";
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicPatch,
  converterFault,
  type Draft,
  decoderFault,
  draftOf,
  expand,
  groupVersionOf,
  invalidValue,
  isMap,
  isSame,
  jsonOf,
  type KindDefinition,
  type KindVersion,
  type KubernetesObject,
  printed,
  UnreadableObject,
} from "../resources/index.ts";
import { invalid } from "../store/index.ts";

const unknownFormat =
  "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";

/** How a change is written that is computed from what is there; an apply (server-side-apply.ts) is more than that. */
type MergedPatchType = "merge" | "json" | "strategic";
export type PatchType = MergedPatchType | "apply";

/**
 * The object is in the given version. Returns the very same object where the patch changes nothing. Throws BadRequest or
 * Invalid for what is no patch, UnsupportedMediaType for a strategic one of a kind that is not built in.
 */
export function patched(
  { isCustom }: KindDefinition,
  { schema }: KindVersion,
  object: KubernetesObject,
  patch: unknown,
  type: MergedPatchType,
): KubernetesObject {
  // Nothing says how the lists of a custom object are merged.
  if (type === "strategic" && isCustom) throw new ApiError("UnsupportedMediaType", unknownFormat);
  const before = jsonOf(object);
  const after = {
    merge: () => applyMergePatch(before, patch),
    json: () => applyJsonPatch(before, patch),
    strategic: () => applyStrategicPatch(before, patch, schema),
  }[type]();
  if (after === before) return object;
  const draft = draftOf(after);
  assertMetadata(object, draft);
  assertSameObject(object, draft);
  return expand(draft) as KubernetesObject;
}

/** What a patch leaves without metadata is no object any more. */
function assertMetadata({ apiVersion, kind, metadata }: KubernetesObject, after: Partial<Draft>): void {
  if (isMap(after) && after.metadata !== null && after.metadata !== undefined) return;
  const cause = invalidValue("metadata.name", "", "field is immutable");
  const { group } = groupVersionOf(apiVersion);
  throw invalid({ kind, group }, metadata.name, cause);
}

/**
 * A patch changes an object, and makes no other one of it. Kubernetes answers in the same order and with the same reasons; its
 * text about the kind is one about Go's types.
 */
function assertSameObject({ apiVersion, kind, metadata }: KubernetesObject, after: Partial<Draft>): void {
  const { group } = groupVersionOf(apiVersion);
  const refused = (cause: Cause) => invalid({ kind, group }, metadata.name, cause);
  for (const [field, is, given] of [
    ["kind", kind, after.kind],
    ["apiVersion", apiVersion, after.apiVersion],
  ] as const) {
    if (given === undefined || given === is) continue;
    const message = `Invalid value: ${JSON.stringify(given)}: a patch cannot change it, the object's is ${JSON.stringify(is)}`;
    throw refused({ reason: "FieldValueInvalid", field, message });
  }
  const given = after.metadata;
  if (given?.namespace && given.namespace !== metadata.namespace) {
    const namespaces = `the namespace of the object (${given.namespace}) does not match the namespace on the request (${metadata.namespace ?? ""})`;
    throw new ApiError("BadRequest", namespaces);
  }
  if (given?.name && given.name !== metadata.name) {
    const names = `the name of the object (${given.name}) does not match the name on the URL (${metadata.name})`;
    throw new ApiError("BadRequest", names);
  }
  if (given?.uid && given.uid !== metadata.uid) {
    const message = `Invalid value: ${JSON.stringify(given.uid)}: field is immutable`;
    throw refused({ reason: "FieldValueInvalid", field: "metadata.uid", message });
  }
}

/**
 * The error of a patch whose result cannot be read (a wrong type, an unknown field), as Kubernetes tells it: it is the patch
 * that is invalid. Any other error is given back as it is. A strategic one is merged without JSON in between, and told with the
 * patch itself; of the others what they made is told.
 */
export function ofPatch(
  error: unknown,
  patch: unknown,
  type: MergedPatchType,
  made: KubernetesObject | undefined,
  last: KubernetesObject | undefined,
): unknown {
  if (made === undefined || !(error instanceof UnreadableObject)) return error;
  // What could not be read is known: only why is told.
  const isStrategic = type === "strategic";
  const faultOf = isStrategic ? converterFault : decoderFault;
  const { misfit } = error;
  const why = (misfit && faultOf(misfit.schema, misfit.value)) ?? error.why;
  const shown = isStrategic ? printed(patch) : JSON.stringify(sortedWhereNew(made, last));
  const cause = invalidValue("patch", shown, why);
  return new ApiError(
    "Invalid",
    ` "" is invalid: patch: ${cause.message}`,
    { causes: [cause] },
    { cause: error },
  );
}

/** What was patched comes out of Go's maps, whose keys are sorted; what was not stands as it was. */
function sortedWhereNew(made: unknown, last: unknown): unknown {
  if (!isMap(made) || isSame(made, last)) return made;
  const before = isMap(last) ? last : {};
  return Object.fromEntries(
    Object.keys(made)
      .sort()
      .map(key => [key, sortedWhereNew(made[key], before[key])]),
  );
}
