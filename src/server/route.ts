/**
 * What the path of a request is about: an object, a list of them, or one of the documents that tell a client what is served.
 * Paths are split by hand: routers find `/api/v1/namespaces/x` ambiguous, which is an object and also the beginning of a
 * namespace's contents.
 */
import { ApiError } from "../errors/index.ts";
import type { ResourcePath } from "../resources/index.ts";
import { isTrue } from "./query.ts";

export type Route =
  | ({ readonly type: "resource" } & ResourceRoute)
  /** `/api` and `/apis`: which groups there are; with a group and a version, what is in them. */
  | {
      readonly type: "discovery";
      readonly root: "api" | "apis";
      readonly group?: string;
      readonly version?: string;
    }
  | { readonly type: "document"; readonly path: string };

export interface ResourceRoute extends ResourcePath {
  /** "" for all namespaces, and for what belongs to the whole cluster. */
  readonly namespace: string;
  /** "" for a list, or what is created. */
  readonly name: string;
  /** What comes after the subresource `proxy`, with its `/` in front; "" where there is nothing. */
  readonly rest: string;
  /** The old form of a watch, `/api/v1/watch/pods`. */
  readonly isWatch: boolean;
}

/** What a request is about, and what it says of it. */
export interface Asked {
  readonly route: Route;
  readonly query: URLSearchParams;
}

/** Of a path with its query. Throws as `routeOf` does. */
export function askedIn(url = "/"): Asked {
  const [path = "/"] = url.split("?", 1);
  return { route: routeOf(path), query: new URLSearchParams(url.slice(path.length + 1)) };
}

/** Whether a GET asks for what changes, rather than for what is. */
export function asksToWatch(route: Route, query: URLSearchParams): boolean {
  if (route.type !== "resource") return false;
  return route.isWatch || isTrue(query, "watch");
}

/** Of a path without its query. Throws BadRequest for what is not percent-encoded as it should be. */
export function routeOf(path: string): Route {
  const [, root, ...steps] = path.split("/").map(decoded);
  // A slash at the end means nothing (the Python client asks for `/version/`).
  if (steps.at(-1) === "") steps.pop();
  if (root === "api") {
    const [version, ...resource] = steps;
    if (version === undefined || resource.length === 0)
      return { type: "discovery", root, group: "", version };
    return { type: "resource", ...resourceAt("", version, resource) };
  }
  if (root === "apis") {
    const [group, version, ...resource] = steps;
    if (group === undefined || version === undefined || resource.length === 0)
      return { type: "discovery", root, group, version };
    return { type: "resource", ...resourceAt(group, version, resource) };
  }
  return { type: "document", path: `/${[root, ...steps].filter(Boolean).join("/")}` };
}

function resourceAt(group: string, version: string, given: readonly string[]): ResourceRoute {
  const isWatch = given[0] === "watch" && given.length > 1;
  const steps = isWatch ? given.slice(1) : given;
  const [first, namespace, plural] = steps;
  // `namespaces/x/status` is a part of the namespace, `namespaces/x/pods` what is in it.
  const isInside = first === "namespaces" && plural !== undefined && !partsOfNamespaces.has(plural);
  const [resource = "", name = "", subresource, ...rest] = isInside ? steps.slice(2) : steps;
  return {
    group,
    version,
    plural: resource,
    namespace: isInside ? (namespace ?? "") : "",
    name,
    ...(subresource !== undefined && { subresource }),
    rest: rest.length > 0 ? `/${rest.join("/")}` : "",
    isWatch,
  };
}

const partsOfNamespaces: ReadonlySet<string> = new Set(["status", "finalize"]);

function decoded(step: string): string {
  if (!step.includes("%")) return step;
  try {
    return decodeURIComponent(step);
  } catch (cause) {
    throw new ApiError("BadRequest", `invalid URL escape in ${JSON.stringify(step)}`, {}, { cause });
  }
}
