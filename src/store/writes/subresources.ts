/** Which part of an object a write names, and whether it can be written so. */
import { ApiError } from "../../errors/index.ts";
import type { KindDefinition, Subresource, SubresourceVerb } from "../../resources/index.ts";
import { noSuchPath } from "./refusals.ts";

/** The part of this name, for this verb; undefined where none is named. Throws as Kubernetes does of a path that is not there. */
export function subresourceOf(
  { subresources }: KindDefinition,
  name: string | undefined,
  verb: SubresourceVerb,
): Subresource | undefined {
  if (name === undefined) return undefined;
  const part = subresources.find(each => each.name === name);
  if (!part) throw noSuchPath();
  if (!part.verbs.includes(verb))
    throw new ApiError("MethodNotAllowed", "the server does not allow this method on the requested resource");
  return part;
}
