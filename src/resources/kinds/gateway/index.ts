/** The door of gateway/: the kinds of gateway.networking.k8s.io. */
export { gatewayDefinitions, gatewayGroup, gatewayKinds } from "./definitions.ts";
export type {
  BackendRef,
  Gateway,
  GatewayClass,
  GatewayListener,
  GatewayListenerStatus,
  GrpcRoute,
  GrpcRouteMatch,
  GrpcRouteRule,
  HttpBackendRef,
  HttpHeaderFilter,
  HttpPathModifier,
  HttpRoute,
  HttpRouteFilter,
  HttpRouteMatch,
  HttpRouteRule,
  ParentReference,
  ReferenceGrant,
  RouteGroupKind,
  RouteParentStatus,
} from "./types.ts";
