/**
 * What is answered where nothing is served. Kubernetes says so in three ways: a Status where a group of its own has no such
 * resource, a Status about the object where a custom resource has no such subresource, and plain text, Go's own, for every other
 * path, a group without custom resources (any more) among them. kubectl adds to the plain text what it asked for.
 */
import { ApiError } from "../errors/index.ts";
import type { KindRegistry } from "../resources/index.ts";
import { noSuchPath, notFound } from "../store/index.ts";
import type { ResourceRoute } from "./route.ts";

/** To be answered in plain text. */
export class PageNotFound extends ApiError {
  constructor() {
    super("NotFound", "404 page not found");
  }
}

/** Of what is in no version of the group. */
export function notServedIn(kinds: KindRegistry, group: string): ApiError {
  const isBuiltIn = kinds.all.some(({ definedBy, versions }) => !definedBy && versions[0].group === group);
  return isBuiltIn ? noSuchPath() : new PageNotFound();
}

/** Of the path of an object, of a list, or of a part of an object. */
export function notServedAt(kinds: KindRegistry, { subresource, ...route }: ResourceRoute): ApiError {
  const whole = subresource === undefined ? undefined : kinds.at(route);
  if (whole?.kind.definedBy) return notFound(whole.kind, route.name);
  return notServedIn(kinds, route.group);
}
