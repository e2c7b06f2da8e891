/**
 * From what is said of a kind to its definition: a name that never changes, the columns that all kinds have, status and
 * scale as subresources, schemas that are read when they are first needed.
 */

import { apiVersionOf, groupVersionOf } from "../api-version.ts";
import type { KubernetesObject } from "../object.ts";
import { definition, type Schema } from "../schema/index.ts";
import { type Column, printerColumns } from "./columns.ts";
import type { KindDefinition, KindRules, KindVersion, Subresource } from "./kind.ts";
import {
  type Scale,
  type ScalePaths,
  scaleFaults,
  scaleSubresource,
  statusSubresource,
} from "./subresource.ts";

/** What a kind says of itself; the rest follows. One version may be written without a list. */
export interface KindDescription<T extends KubernetesObject = KubernetesObject>
  extends Partial<
    Pick<
      KindDefinition<T>,
      | "singular"
      | "shortNames"
      | "categories"
      | "nameRule"
      | "verbs"
      | "countsGenerations"
      | "subresources"
      | "rules"
      | "rows"
      | "answer"
      | "createsOnUpdate"
      | "updatesNeedRevision"
      | "answersDeletion"
      | "createdAt"
      | "listKind"
      | "definedBy"
    >
  > {
  readonly kind: string;
  readonly group: string;
  readonly plural: string;
  readonly scope: "Namespaced" | "Cluster";
  /** True where status is written through a subresource of its own. */
  readonly hasStatus?: boolean;
  /** Where replicas and their counts stand, for kinds that can be scaled. */
  readonly scale?: ScalePaths;
  readonly version?: string;
  readonly schema?: Schema | (() => Schema);
  readonly columns?: readonly Column<T>[];
  readonly selectableFields?: readonly string[];
  /** Several versions, the one in which objects are kept first. */
  readonly versions?: readonly [VersionDescription<T>, ...VersionDescription<T>[]];
}

export interface VersionDescription<T extends KubernetesObject = KubernetesObject>
  extends Partial<
    Pick<
      KindVersion,
      "group" | "served" | "deprecated" | "openApi" | "toStored" | "fromStored" | "validate" | "fieldTexts"
    >
  > {
  readonly version: string;
  /** As a function it is called when the schema is first needed, so that importing k4s does not read them all. */
  readonly schema?: Schema | (() => Schema);
  /** Without Name and Age, which every kind has. */
  readonly columns?: readonly Column<T>[];
  readonly selectableFields?: readonly string[];
}

/** A kind that is not built in. Its name is `KIND.GROUP`. */
export function describeKind<T extends KubernetesObject>(description: KindDescription<T>): KindDefinition<T> {
  const { kind, group } = description;
  return definitionOf(description, group ? `${kind}.${group}` : kind, true);
}

/** A kind that is built in: it has the bare name. */
export function builtInKind<T extends KubernetesObject>(description: KindDescription<T>): KindDefinition<T> {
  return definitionOf(description, description.kind, false);
}

/** What is created at a subresource (Eviction, TokenRequest): no kind of its own, but read and checked like one. */
export function bodyKind<T extends KubernetesObject = KubernetesObject>(
  apiVersion: string,
  kind: string,
  schema: () => Schema,
  rules?: KindRules<T>,
): KindDefinition {
  const { group, version } = groupVersionOf(apiVersion);
  const plural = `${kind.toLowerCase()}s`;
  const described = { kind, group, version, plural, schema, scope: "Namespaced", verbs: ["create"] } as const;
  // The rules are only ever given what was read by the schema.
  return builtInKind<T>({ ...described, rules }) as KindDefinition;
}

function definitionOf<T extends KubernetesObject>(
  description: KindDescription<T>,
  name: string,
  isCustom: boolean,
): KindDefinition<T> {
  const { version, schema, columns, selectableFields, versions, hasStatus, scale, ...own } = description;
  const { kind, group } = description;
  const [first, ...others] = versionsOf(description);
  return {
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: allVerbs,
    countsGenerations: true,
    ...definedOf(own),
    name,
    versions: [versionOf(first, group, isCustom), ...others.map(each => versionOf(each, group, isCustom))],
    subresources: subresourcesOf(description),
    isCustom,
  };
}

const allVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"] as const;

function versionsOf<T extends KubernetesObject>({
  versions,
  version = "v1",
  schema,
  columns,
  selectableFields,
}: KindDescription<T>): readonly [VersionDescription<T>, ...VersionDescription<T>[]] {
  return versions ?? [{ version, schema, columns, selectableFields }];
}

function versionOf<T extends KubernetesObject>(
  { schema: given = anyObject, columns, group, version, ...more }: VersionDescription<T>,
  ofKind: string,
  isCustom: boolean,
): KindVersion {
  const own = group ?? ofKind;
  let schema: Schema | undefined;
  return {
    served: true,
    selectableFields: [],
    ...definedOf(more),
    group: own,
    version,
    apiVersion: apiVersionOf({ group: own, version }),
    columns: printerColumns(columns ?? [], isCustom),
    get schema() {
      schema ??= isCustom ? wholeObject(readOf(given)) : readOf(given);
      return schema;
    },
  };
}

function readOf(given: Schema | (() => Schema)): Schema {
  return typeof given === "function" ? given() : given;
}

/** With the fields that every object has: the schema of a custom kind need not speak of them. */
function wholeObject(schema: Schema): Schema {
  const text: Schema = { type: "string" };
  const own = { apiVersion: text, kind: text, metadata: definition("ObjectMeta") };
  return Object.freeze({ ...schema, properties: Object.assign(Object.create(null), schema.properties, own) });
}

/** What a kind without a schema takes: anything, under metadata as all have it. */
const anyObject: Schema = Object.freeze({ type: "object", preserveUnknownFields: true });

function definedOf<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

function subresourcesOf<T extends KubernetesObject>({
  hasStatus = false,
  scale,
  subresources = [],
}: KindDescription<T>): readonly Subresource[] {
  const has = (name: string) => subresources.some(each => each.name === name);
  return [
    ...subresources,
    ...(hasStatus && !has("status") ? [statusSubresource] : []),
    ...(scale && !has("scale") ? [scaleSubresource(scale, scaleBody)] : []),
  ];
}

/** What is written at `scale`. */
const scaleBody = bodyKind<Scale>("autoscaling/v1", "Scale", () => definition("Scale"), {
  validate: scaleFaults,
});
