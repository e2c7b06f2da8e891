/** The door of gateway/: what the Gateways of a cluster and their routes say, and what is told of them. */

export { gatewayClassController } from "./gateway-class-controller.ts";
export { gatewayController } from "./gateway-controller.ts";
export { GatewayTable, gatewayClass } from "./gateway-table.ts";
export { routeController } from "./route-controller.ts";
export {
  allRoutes,
  isGrpcRoute,
  kindOfRoute,
  type Route,
  type RouteKind,
  routeKinds,
} from "./route-kinds.ts";
export { referenceFaults, rulesOfRoute, unsupported } from "./route-rules.ts";
