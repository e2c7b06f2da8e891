/**
 * Which right a request needs, read from its method, its path and its query alone, as Kubernetes does (RequestInfo in
 * `apiserver/pkg/endpoints/request`): so it is refused before its body is read, and before it is told which kinds there are.
 */
import { nameSelectedBy } from "../api/index.ts";
import type { Attributes } from "../resources/index.ts";
import type { HttpRequest } from "./answer.ts";
import { isTrue } from "./query.ts";
import type { Asked, ResourceRoute } from "./route.ts";

export function askedRight(
  { method = "GET", url = "/" }: Pick<HttpRequest, "method" | "url">,
  { route, query }: Asked,
): Attributes {
  if (route.type !== "resource") {
    const [path = "/"] = url.split("?", 1);
    return { ...nothing, verb: method.toLowerCase(), path };
  }
  const { group, version, plural, subresource = "" } = route;
  const verb = verbOf(method, route, query);
  const selects = verb === "list" || verb === "watch";
  const selected = selects ? nameSelectedBy(query.get("fieldSelector") ?? "") : undefined;
  const name = route.name || selected || "";
  // A namespace is asked for in itself: a role in it may give the right to read it.
  const isNamespace = group === "" && plural === "namespaces";
  const namespace = isNamespace ? route.name : route.namespace;
  const fieldSelector = selects ? query.get("fieldSelector") : undefined;
  const asked = { verb, group, version, resource: plural, subresource, namespace, name };
  return fieldSelector ? { ...asked, fieldSelector } : asked;
}

const nothing = { group: "", version: "", resource: "", subresource: "", namespace: "", name: "" };

/** A method that is none of these needs a right that only `*` gives. */
function verbOf(method: string, route: ResourceRoute, query: URLSearchParams): string {
  if (route.isWatch) return "watch";
  const isOne = route.name !== "";
  switch (method) {
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return isOne ? "delete" : "deletecollection";
    case "GET":
    case "HEAD":
      if (isTrue(query, "watch") && route.subresource === undefined) return "watch";
      return isOne ? "get" : "list";
    default:
      return "";
  }
}
