/** The door of definition/: what a kind is (KindDefinition), and how one is made of its description. */
export {
  ageColumn,
  builtInKind,
  type Column,
  describeKind,
  type KindDescription,
  nameColumn,
  type VersionDescription,
} from "./describe-kind.ts";
export { jsonPathFault, valuesAt } from "./json-path.ts";
export type { KindDefinition, KindRules, KindVersion, Others, PrinterColumn, Verb } from "./kind.ts";
export type { KindFacts } from "./kind-facts.ts";
export {
  apiVersionsOf,
  fromStoredVersion,
  hasSubresource,
  inStoredVersion,
  versionIn,
} from "./kind-version.ts";
export type { OwnPart, OwnVersion } from "./own-part.ts";
export {
  type GroupVersionKind,
  type ScalePaths,
  type Subresource,
  type SubresourceVerb,
  statusSubresource,
} from "./subresource.ts";
