/** The door of resources/: what can be declared. Kinds as data, and the generic code over them. */
export type { KindDefinition, KindRules, PrinterColumn } from "./kind.ts";
export type { Container, ContainerResourceStatus, ContainerSpec } from "./kinds/container.ts";
export type * from "./kubernetes.gen.ts";
export {
  controllerOf,
  type Draft,
  isTerminating,
  type KindName,
  type Kinds,
  type KubernetesObject,
  type ObjectMeta,
  type ObjectOf,
  type OwnerReference,
  ownedBy,
} from "./object.ts";
export type { Schema } from "./schema.ts";
export { tolerates } from "./tolerations.ts";
