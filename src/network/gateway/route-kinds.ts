/** The kinds of routes that are served: wherever one of HTTP attaches, one of gRPC may too. */
import { type GrpcRoute, gatewayGroup, type HttpRoute } from "../../resources/index.ts";
import { olderFirst } from "../http/index.ts";
import type { References } from "./references.ts";

export const routeKinds = [`HTTPRoute.${gatewayGroup}`, `GRPCRoute.${gatewayGroup}`] as const;

export type RouteKind = (typeof routeKinds)[number];
export type Route = HttpRoute | GrpcRoute;

export function isGrpcRoute(route: Route): route is GrpcRoute {
  return route.kind === "GRPCRoute";
}

/** The kind by which the store knows a route. */
export function kindOfRoute(route: Route): RouteKind {
  return isGrpcRoute(route) ? `GRPCRoute.${gatewayGroup}` : `HTTPRoute.${gatewayGroup}`;
}

/** All routes, of which the first counts where two say the same. */
export function allRoutes(store: Pick<References, "list">): Route[] {
  return routeKinds.flatMap((kind): readonly Route[] => store.list(kind)).toSorted(olderFirst);
}
