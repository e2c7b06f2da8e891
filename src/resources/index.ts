/** The door of resources/: what can be declared. Kinds as data, and the generic code over them. */
export {
  accepted,
  completed,
  type DecodeOptions,
  decoded,
  UnreadableObject,
  validated,
  type WrittenAs,
} from "./accept.ts";
export { allFaults } from "./all-faults.ts";
export { apiVersionOf, groupVersionOf } from "./api-version.ts";
export { type Attributes, type Authorize, allowAll, type User, type Verdict } from "./authorization.ts";
export {
  Authorizer,
  admissionExpression,
  budgetSpent,
  CelError,
  CostBudget,
  mostOfMatchConditions,
  plainCelValue,
  textOf as celText,
  typeMistakes,
} from "./cel/index.ts";
export { conditionOf, isTrue, withCondition, withoutCondition } from "./conditions.ts";
export {
  acceptedNames,
  approvalCondition,
  customKind,
  customKindName,
  definitionCleanup,
} from "./custom/index.ts";
export {
  type Access,
  type AllowedBy,
  type Authenticated,
  bodyKind,
  type Column,
  type DeletionAsked,
  describeKind,
  fromStoredVersion,
  type GroupVersionKind,
  hasSubresource,
  inStoredVersion,
  isKept,
  isOfOtherKind,
  type KindDefinition,
  type KindDescription,
  type KindRules,
  type KindVersion,
  kindAt,
  type Others,
  openAccess,
  type PrinterColumn,
  type RowRules,
  type RuleList,
  type ScalePaths,
  type Subresource,
  type SubresourceVerb,
  schemaAt,
  shownAt,
  type Verb,
  type VersionDescription,
  valuesAt,
} from "./definition/index.ts";
export { duplicate, forbidden, invalid, invalidValue, notFound, required } from "./faults.ts";
export { applied, type FieldsWrite, updatedFields } from "./fields/index.ts";
export type * from "./generated/kubernetes.gen.ts";
export { parseGoDuration } from "./go-duration.ts";
export { hostPortsClash, hostPortsOf } from "./host-ports.ts";
export { type ImageAsked, imageAskedBy, imagePath } from "./image-paths.ts";
export { draftOf, isMap, type JsonMap, jsonOf, parsedJson } from "./json.ts";
export { jsonSyntaxFault } from "./json-syntax.ts";
export type { KindName, Kinds, ObjectOf } from "./kind-names.ts";
export {
  type KindChange,
  type KindInVersion,
  type KindReference,
  KindRegistry,
  type ResourcePath,
} from "./kind-registry.ts";
export {
  allocatorLabels,
  type BackendRef,
  type Binding,
  bindingOf,
  builtInKinds,
  type Container,
  type ContainerProbe,
  type ContainerResourceStatus,
  type ContainerSpec,
  type CronSchedule,
  criticalPriority,
  defaultSchedulerName,
  disruptionTarget,
  execCommands,
  firstDefinitions,
  type Gateway,
  type GatewayClass,
  type GatewayListener,
  type GatewayListenerStatus,
  type GrpcRoute,
  type GrpcRouteMatch,
  type GrpcRouteRule,
  gatewayGroup,
  guards,
  type HttpBackendRef,
  type HttpHeaderFilter,
  type HttpPathModifier,
  type HttpRoute,
  type HttpRouteFilter,
  type HttpRouteMatch,
  type HttpRouteRule,
  hasEnded,
  isCritical,
  isInBlock,
  isWithin,
  type NodeMetrics,
  namespaceFinalize,
  namespaceHold,
  nodeLeaseNamespace,
  ownServiceBlock,
  ownServiceCidr,
  type Parameters,
  type ParentReference,
  type PodMetrics,
  parseCronSchedule,
  podBinding,
  podFromContainer,
  qosClassOf,
  type ReferenceGrant,
  type ResourceUsage,
  type RouteGroupKind,
  type RouteParentStatus,
  type ServiceTrafficRules,
  serviceTrafficRules,
  snapshotGroup,
  systemPriorityClasses,
  usageApiVersion,
  type VolumeSnapshot,
  type VolumeSnapshotClass,
  type VolumeSnapshotContent,
  withDisruptionAllowed,
  withDisruptionTarget,
} from "./kinds/index.ts";
export {
  hasDialect,
  locate,
  type ManifestDocument,
  type ManifestOptions,
  plainDocuments,
  plainManifest,
  plainYaml,
  readManifest,
  requestInKubernetesTerms,
  yamlValue,
} from "./manifest/index.ts";
export { addedFinalizers } from "./metadata-rules.ts";
export { dnsSubdomain, labelKey, labelValue } from "./names.ts";
export { isSuited, matchesTerm } from "./node-affinity.ts";
export {
  controllerOf,
  type Draft,
  isTerminating,
  type KubernetesObject,
  type NamespacedName,
  namespacedName,
  type ObjectMeta,
  type OwnerReference,
  ownedBy,
} from "./object.ts";
export {
  applyJsonPatch,
  applyManifest,
  applyMergePatch,
  applyStrategicPatch,
  asJsonMap,
} from "./patch/index.ts";
export {
  type Amounts,
  type AmountsText,
  type Arithmetic,
  added,
  amountsOf,
  containerAmounts,
  isPodLevel,
  podAmounts,
  type Side,
  subtracted,
  takenByContainers,
  textOf,
} from "./pod-amounts.ts";
export { type PodReferences, podReferences } from "./pod-references.ts";
export {
  byteQuantity,
  compareQuantities,
  formatQuantity,
  milliQuantity,
  parseQuantity,
  type Quantity,
  quantityFault,
  quantityToMilli,
  quantityToNumber,
} from "./quantity.ts";
export { isSame } from "./sameness.ts";
export {
  converterFault,
  decoderFault,
  definition as definitionSchema,
  matchesPattern,
  patternFault,
  printed,
  publishedName,
  type Schema,
  type WireFields,
  wireFields,
  withZeros,
} from "./schema/index.ts";
export {
  checkFieldSelector,
  equalitiesIn,
  type FieldRequirement,
  formatLabelSelector,
  type Glob,
  goTextOfSelector,
  isPlain,
  type LabelRequirement,
  type Labels,
  matchesFields,
  matchesLabels,
  matchesRequirements,
  matchesSelector,
  meetRequirements,
  nameLabel,
  parseFieldSelector,
  parseLabelSelector,
  plainValuesOf,
  requirementsOf,
  selectedName,
  serviceSelects,
} from "./selectors/index.ts";
export { servingContainers } from "./serving-containers.ts";
export { shortAge } from "./short-age.ts";
export { type Copied, contract, copiedContainer, expand } from "./short-forms/index.ts";
export { isTimeZone } from "./time-zones.ts";
export { isTolerated, tolerates } from "./tolerations.ts";
export {
  attachmentName,
  claimNamesOf,
  isAttachRequired,
  isForOneNode,
  isInUseOn,
  nameInUse,
} from "./volume-attachment.ts";
export {
  fittingVolume,
  lackOf,
  mismatchOf,
  provisionedBy,
  selectedNode,
  sizeOfVolume,
} from "./volume-fit.ts";
export { asksForMore, grownStatus, othersThanResizing } from "./volume-growth.ts";
export { unworkable } from "./workable.ts";
