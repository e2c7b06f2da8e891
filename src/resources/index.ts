/** The door of resources/: what can be declared. Kinds as data, and the generic code over them. */
export { accepted, allFaults, completed, type DecodeOptions, decoded, validated } from "./accept.ts";
export { builtInKinds } from "./built-in-kinds.ts";
export { conditionOf, isTrue, withCondition, withoutCondition } from "./conditions.ts";
export { type Column, describeKind, type KindDescription, type VersionDescription } from "./describe-kind.ts";
export { forbidden, invalid, notFound, required } from "./faults.ts";
export {
  checkFieldSelector,
  type FieldRequirement,
  matchesFields,
  parseFieldSelector,
} from "./field-selector.ts";
export { type Glob, isPlain } from "./glob.ts";
export { jsonPathFault, valuesAt } from "./json-path.ts";
export type { KindDefinition, KindRules, KindVersion, PrinterColumn, Verb } from "./kind.ts";
export type { KindName, Kinds, ObjectOf } from "./kind-names.ts";
export { type KindChange, type KindInVersion, KindRegistry, type ResourcePath } from "./kind-registry.ts";
export { fromStoredVersion, hasSubresource, inStoredVersion, versionIn } from "./kind-version.ts";
export type { Container, ContainerProbe, ContainerResourceStatus, ContainerSpec } from "./kinds/container.ts";
export { namespaceFinalize } from "./kinds/namespace.ts";
export { type Binding, bindingOf, podBinding } from "./kinds/pod-binding.ts";
export { hasEnded } from "./kinds/pod-phase.ts";
export { allocateClusterIP, allocateNodePort, needsClusterIP, withClusterIP } from "./kinds/service.ts";
export type * from "./kubernetes.gen.ts";
export {
  locate,
  type ManifestDocument,
  type ManifestOptions,
  plainManifest,
  readManifest,
} from "./manifest/manifest.ts";
export {
  controllerOf,
  type Draft,
  isTerminating,
  type KubernetesObject,
  type ObjectMeta,
  type OwnerReference,
  ownedBy,
} from "./object.ts";
export type { Parameters } from "./parameters.ts";
export { applyManifest } from "./patch/apply.ts";
export type { JsonMap } from "./patch/json.ts";
export { applyJsonPatch } from "./patch/json-patch.ts";
export { applyMergePatch } from "./patch/merge-patch.ts";
export { applyStrategicPatch } from "./patch/strategic-patch.ts";
export { patternFault } from "./pattern.ts";
export {
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityFault,
  quantityToMilli,
  quantityToNumber,
} from "./quantity.ts";
export { isSame } from "./sameness.ts";
export type { Schema } from "./schema.ts";
export {
  type LabelRequirement,
  type Labels,
  matchesLabels,
  matchesRequirements,
  matchesSelector,
  nameLabel,
  serviceSelects,
} from "./selector.ts";
export { parseLabelSelector } from "./selector-text.ts";
export { shortAge } from "./short-age.ts";
export { podFromContainer } from "./short-forms/container-as-pod.ts";
export { type Copied, copiedContainer } from "./short-forms/replicaset-template.ts";
export { contract, expand } from "./short-forms/short-forms.ts";
export { structuralSchema } from "./structural-schema.ts";
export type { GroupVersionKind, ScalePaths, Subresource, SubresourceVerb } from "./subresource.ts";
export { tolerates } from "./tolerations.ts";
