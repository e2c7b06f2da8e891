/** Tells of each GatewayClass that names this cluster's controller that its Gateways are served. */
import { type Controller, controller, settled } from "../../loop/index.ts";
import { type GatewayClass, gatewayGroup } from "../../resources/index.ts";
import { said, withSaid } from "./conditions.ts";
import { gatewayControllerName } from "./gateway-table.ts";

/** By Gateway API's names, sorted. */
const features = [
  "GRPCRoute",
  "Gateway",
  "GatewayHTTPListenerIsolation",
  "HTTPRoute",
  "HTTPRouteBackendRequestHeaderModification",
  "HTTPRouteBackendTimeout",
  "HTTPRouteHostRewrite",
  "HTTPRouteMethodMatching",
  "HTTPRouteParentRefPort",
  "HTTPRoutePathRedirect",
  "HTTPRoutePathRewrite",
  "HTTPRoutePortRedirect",
  "HTTPRouteQueryParamMatching",
  "HTTPRouteRequestMirror",
  "HTTPRouteRequestMultipleMirrors",
  "HTTPRouteRequestPercentageMirror",
  "HTTPRouteRequestTimeout",
  "HTTPRouteResponseHeaderModification",
  "HTTPRouteSchemeRedirect",
  "ReferenceGrant",
];

export const gatewayClassController = controller({
  name: "gateway-class-controller",
  kind: `GatewayClass.${gatewayGroup}`,
  wokenBy: [],
  async reconcile(gatewayClass, world) {
    const { spec, status, metadata } = gatewayClass;
    if (spec.controllerName !== gatewayControllerName) return settled;
    const { parametersRef } = spec;
    const accepted = parametersRef
      ? said(
          "Accepted",
          false,
          "InvalidParameters",
          "there are no parameters here: parametersRef must be left out",
        )
      : said("Accepted", true, "Accepted", "its Gateways are served");
    const conditions = withSaid(status?.conditions, [accepted], metadata.generation, world.now());
    const supportedFeatures = features.map(name => ({ name }));
    await world.report<GatewayClass>(gatewayClass, { ...status, conditions, supportedFeatures });
    return settled;
  },
}) as Controller;
