/**
 * What a GRPCRoute matches, as a match of HTTP: a call is a POST to `/package.Service/Method` whose content is gRPC's. So requests of other kinds
 * for the same host come under no rule of such a route.
 */
import { type GrpcRoute, type GrpcRouteMatch, patternFault } from "../../resources/index.ts";
import type { HttpMatch, PathMatch } from "../http/index.ts";

const ofGrpc = { type: "RegularExpression", name: "content-type", value: "application/grpc.*" } as const;
const any = "[^/]+";
/** No name is longer, so that a longer service goes before any method. */
const longestName = 1_024;

export function grpcMatchOf({ method = {}, headers = [] }: GrpcRouteMatch): HttpMatch {
  const { service = "", method: name = "" } = method;
  return {
    path: pathOf(method),
    method: "POST",
    headers: [...headers, ofGrpc],
    // Of an expression its length counts, too.
    specificity: service.length * (longestName + 1) + name.length,
  };
}

function pathOf({
  type = "Exact",
  service = "",
  method = "",
}: NonNullable<GrpcRouteMatch["method"]>): PathMatch {
  if (type === "RegularExpression" || (service === "" && method !== ""))
    return { type: "RegularExpression", value: `/${expression(service)}/${expression(method)}` };
  if (method !== "") return { type: "Exact", value: `/${service}/${method}` };
  return { type: "PathPrefix", value: `/${service}` };
}

function expression(text: string): string {
  return text === "" ? any : `(?:${text})`;
}

/** Which expression cannot be read, and why; undefined where all can. */
export function grpcFault({ spec }: GrpcRoute): string | undefined {
  for (const { matches = [] } of spec.rules ?? []) {
    for (const { method = {}, headers = [] } of matches) {
      const { type, service = "", method: name = "" } = method;
      const all = [{ type, value: service }, { type, value: name }, ...headers];
      for (const each of all) {
        const fault = each.type === "RegularExpression" ? patternFault(each.value) : undefined;
        if (fault) return `the expression ${JSON.stringify(each.value)} cannot be read: ${fault}`;
      }
    }
  }
  return undefined;
}
