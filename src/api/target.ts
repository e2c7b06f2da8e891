/** What a call is about, applied to objects: in which version they are shown, and where a body belongs that is handed in. */
import { ApiError } from "../errors/index.ts";
import { type Draft, expand, fromStoredVersion, isMap, type KubernetesObject } from "../resources/index.ts";
import type { Target } from "./options.ts";

/** The object in the version of the target. */
export function seen(
  { kind, version = kind.versions[0] }: Target,
  object: KubernetesObject,
): KubernetesObject {
  return fromStoredVersion(kind, version, object);
}

/** The body in full form, where the target says it belongs. Throws BadRequest where it says otherwise. */
export function placed<T extends KubernetesObject>(target: Target, body: Draft<T>): Draft<T> {
  const { kind, version = kind.versions[0], namespace = "", name, subresource } = target;
  const given: Draft = body ?? {};
  const { metadata } = given;
  // What is no map at all is refused by what reads the fields: here it would become an empty one.
  if (metadata && !isMap(metadata)) return body;
  if (namespace && metadata?.namespace && metadata.namespace !== namespace) {
    const rule = "the namespace of the provided object does not match the namespace sent on the request";
    throw new ApiError("BadRequest", rule);
  }
  if (name !== undefined && metadata?.name && metadata.name !== name) {
    const rule = `the name of the object (${metadata.name}) does not match the name on the URL (${name})`;
    throw new ApiError("BadRequest", rule);
  }
  const at = { ...(namespace && { namespace }), ...(name !== undefined && { name }) };
  const whole = { ...body, metadata: { ...metadata, ...at } };
  if (subresource !== undefined) return whole;
  return expand({ ...whole, apiVersion: body.apiVersion ?? version.apiVersion });
}
