/**
 * Tells of each HTTPRoute, for every Gateway served here that it refers to, whether it is attached (Accepted) and whether all that it leads to
 * is there (ResolvedRefs).
 */
import { type Controller, controller, keyOfObject, settled, type Waker, waker } from "../../loop/index.ts";
import { gatewayGroup, type HttpRoute, isSame, type KindName } from "../../resources/index.ts";
import { type ParentSaid, said, withParents } from "./conditions.ts";
import type { GatewayServing } from "./gateway-controller.ts";
import { gatewayControllerName } from "./gateway-table.ts";
import { backendRefsOf, referenceFaults } from "./http-route-rules.ts";

const kind = `HTTPRoute.${gatewayGroup}` as const;

const everyRoute = (changed: KindName): Waker =>
  waker(changed, function* (_change, reader) {
    for (const route of reader.list(kind)) yield keyOfObject(kind, route);
  });

export function httpRouteController(serving: Pick<GatewayServing, "gateways">): Controller<typeof kind> {
  return controller({
    name: "http-route-controller",
    kind,
    wokenBy: [
      everyRoute(`Gateway.${gatewayGroup}`),
      everyRoute(`GatewayClass.${gatewayGroup}`),
      everyRoute(`ReferenceGrant.${gatewayGroup}`),
      waker("Namespace", function* ({ object: { metadata }, previous }, reader) {
        if (previous && isSame(previous.metadata.labels, metadata.labels)) return;
        for (const route of reader.list(kind, { namespace: metadata.name })) yield keyOfObject(kind, route);
      }),
      waker("Service", function* ({ object: { metadata } }, reader) {
        for (const route of reader.list(kind))
          if (backendRefsOf(route.spec.rules ?? []).some(({ name }) => name === metadata.name))
            yield keyOfObject(kind, route);
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
      await world.report<HttpRoute>(route, withParents(route, gatewayControllerName, parents, world.now()));
      return settled;
    },
  });
}
