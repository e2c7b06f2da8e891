/**
 * Tells of each route of HTTP and of gRPC, for every Gateway served here that it refers to, whether it is attached (Accepted) and whether all
 * that it leads to is there (ResolvedRefs).
 */
import { type Controller, controller, keyOfObject, settled, type Waker, waker } from "../../loop/index.ts";
import { gatewayGroup, isSame, type KindName } from "../../resources/index.ts";
import { type ParentSaid, said, withParents } from "./conditions.ts";
import type { GatewayServing } from "./gateway-controller.ts";
import { gatewayControllerName } from "./gateway-table.ts";
import { allRoutes, kindOfRoute, type Route, type RouteKind, routeKinds } from "./route-kinds.ts";
import { backendRefsOf, referenceFaults } from "./route-rules.ts";

const everyRoute = (changed: KindName): Waker =>
  waker(changed, function* (_change, reader) {
    for (const route of allRoutes(reader)) yield keyOfObject(kindOfRoute(route), route);
  });

export function routeController(serving: Pick<GatewayServing, "gateways">): Controller<RouteKind> {
  return controller<RouteKind>({
    name: "http-route-controller",
    kind: routeKinds,
    wokenBy: [
      everyRoute(`Gateway.${gatewayGroup}`),
      everyRoute(`GatewayClass.${gatewayGroup}`),
      everyRoute(`ReferenceGrant.${gatewayGroup}`),
      waker("Namespace", function* ({ object: { metadata }, previous }, reader) {
        if (previous && isSame(previous.metadata.labels, metadata.labels)) return;
        for (const route of allRoutes(reader))
          if (route.metadata.namespace === metadata.name) yield keyOfObject(kindOfRoute(route), route);
      }),
      waker("Service", function* ({ object: { metadata } }, reader) {
        for (const route of allRoutes(reader))
          if (backendRefsOf(route.spec.rules ?? []).some(({ name }) => name === metadata.name))
            yield keyOfObject(kindOfRoute(route), route);
      }),
    ],
    async reconcile(route, world) {
      const attachments = serving.gateways.current.attachments.get(route.metadata.uid) ?? [];
      const [unresolved] = referenceFaults(route, world);
      const resolved = unresolved
        ? said("ResolvedRefs", false, unresolved.reason, unresolved.message)
        : said("ResolvedRefs", true, "ResolvedRefs", "all references lead somewhere");
      const parents = attachments.map(
        ({ ref, fault }): ParentSaid => ({
          ref,
          conditions: [
            fault
              ? said("Accepted", false, fault.reason, fault.message)
              : said("Accepted", true, "Accepted", "the route is attached"),
            resolved,
          ],
        }),
      );
      const isKnown = route.status?.parents.some(each => each.controllerName === gatewayControllerName);
      if (parents.length === 0 && !isKnown) return settled;
      await world.report<Route>(route, withParents(route, gatewayControllerName, parents, world.now()));
      return settled;
    },
  });
}
