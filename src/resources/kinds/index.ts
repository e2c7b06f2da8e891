/** The door of kinds/: the built-in kinds, each with its columns and the rules that data cannot say. */
export { builtInKinds, firstDefinitions } from "./built-in-kinds.ts";
export {
  type Container,
  type ContainerProbe,
  type ContainerResourceStatus,
  type ContainerSpec,
  container,
  containerName,
  containerSpecOf,
  execCommands,
  type Parameters,
  podFromContainer,
  podSpecOf,
} from "./container/index.ts";
export { withDisruptionAllowed } from "./disruption-allowed.ts";
export {
  type BackendRef,
  type Gateway,
  type GatewayClass,
  type GatewayListener,
  type GatewayListenerStatus,
  type GrpcRoute,
  type GrpcRouteMatch,
  type GrpcRouteRule,
  gatewayGroup,
  type HttpBackendRef,
  type HttpHeaderFilter,
  type HttpPathModifier,
  type HttpRoute,
  type HttpRouteFilter,
  type HttpRouteMatch,
  type HttpRouteRule,
  type ParentReference,
  type ReferenceGrant,
  type RouteGroupKind,
  type RouteParentStatus,
} from "./gateway/index.ts";
export { guards } from "./guarded-pods.ts";
export { namespaceFinalize, namespaceHold } from "./namespace.ts";
export {
  allocatorLabels,
  isInBlock,
  isWithin,
  ownServiceBlock,
  ownServiceCidr,
  type ServiceTrafficRules,
  serviceTrafficRules,
} from "./networking/index.ts";
export { nodeLeaseNamespace } from "./node.ts";
export {
  type Binding,
  bindingOf,
  criticalPriority,
  defaultSchedulerName,
  disruptionTarget,
  hasEnded,
  isCritical,
  podBinding,
  qosClassOf,
  withDisruptionTarget,
} from "./pod/index.ts";
export {
  snapshotGroup,
  type VolumeSnapshot,
  type VolumeSnapshotClass,
  type VolumeSnapshotContent,
} from "./snapshots/index.ts";
export { systemPriorityClasses } from "./system-priority-classes.ts";
export { type NodeMetrics, type PodMetrics, type ResourceUsage, usageApiVersion } from "./usage-kinds.ts";
export { type CronSchedule, parseCronSchedule } from "./workloads/index.ts";
