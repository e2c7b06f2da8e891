/**
 * An object after a patch, of whichever type.
 */
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicPatch,
  type Draft,
  expand,
  type JsonMap,
  type KindDefinition,
  type KubernetesObject,
} from "../resources/index.ts";

export type PatchType = "merge" | "json" | "strategic";

/** Returns the very same object where the patch changes nothing. Throws BadRequest or Invalid for what is no patch. */
export function patched(
  { versions: [{ schema }] }: KindDefinition,
  object: KubernetesObject,
  patch: unknown,
  type: PatchType,
): KubernetesObject {
  const before = object as unknown as JsonMap;
  const after = {
    merge: () => applyMergePatch(before, patch),
    json: () => applyJsonPatch(before, patch),
    strategic: () => applyStrategicPatch(before, patch, schema),
  }[type]();
  return after === before ? object : (expand(after as unknown as Draft) as KubernetesObject);
}
