/** Where objects of a kind are at an API server: its paths, in the version in which the kind is kept. */
import { ApiError } from "../errors/index.ts";
import type { KindDefinition } from "../resources/index.ts";

export interface ResourcePlace {
  /** All namespaces where left out. */
  readonly namespace?: string | undefined;
  /** All objects where left out. */
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

export function resourcePath(
  { versions: [{ group, version }], plural, scope, name: kind }: KindDefinition,
  { namespace, name, subresource }: ResourcePlace = {},
): string {
  const isNamespaced = scope === "Namespaced";
  if (isNamespaced && name !== undefined && !namespace)
    throw new ApiError("BadRequest", `the namespace of ${kind} ${name} is wanted`);
  const root = group === "" ? ["api", version] : ["apis", group, version];
  const within = isNamespaced && namespace ? ["namespaces", namespace] : [];
  const parts = [...root, ...within, plural, ...(name === undefined ? [] : [name])];
  return `/${[...parts, ...(subresource ? [subresource] : [])].map(encodeURIComponent).join("/")}`;
}
