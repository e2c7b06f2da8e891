/** The door of definition/: what a kind is (KindDefinition), and how one is made of its description. */
export { type Access, type Authenticated, openAccess, type RuleList } from "./access.ts";
export { ageColumn, type Column, nameColumn } from "./columns.ts";
export {
  bodyKind,
  builtInKind,
  describeKind,
  type KindDescription,
  type VersionDescription,
} from "./describe-kind.ts";
export { jsonPathFault, valuesAt } from "./json-path.ts";
export type {
  AllowedBy,
  DeletionAsked,
  GroupVersionKind,
  KindDefinition,
  KindReader,
  KindRules,
  KindVersion,
  Others,
  PrinterColumn,
  RowRules,
  Subresource,
  SubresourceVerb,
  Verb,
} from "./kind.ts";
export type { KindFacts } from "./kind-facts.ts";
export {
  apiVersionsOf,
  fromStoredVersion,
  hasSubresource,
  inStoredVersion,
  isKept,
  versionIn,
} from "./kind-version.ts";
export type { OwnPart, OwnVersion } from "./own-part.ts";
export { isOfOtherKind, kindAt, schemaAt, shownAt } from "./part.ts";
export { type ScalePaths, statusSubresource } from "./subresource.ts";
