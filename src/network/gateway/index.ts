/** The door of gateway/: what the Gateways of a cluster and their routes say, and what is told of them. */

export { gatewayClassController } from "./gateway-class-controller.ts";
export { gatewayController } from "./gateway-controller.ts";
export { GatewayTable, gatewayClass } from "./gateway-table.ts";
export { httpRouteController } from "./http-route-controller.ts";
export { referenceFaults, rulesOfRoute, unsupported } from "./http-route-rules.ts";
