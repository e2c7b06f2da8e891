/**
 * The kind that a CustomResourceDefinition defines: the same data that describes a built-in kind, so that all generic code
 * (validation, patches, tables, discovery) treats both alike. Made anew whenever the definition changes.
 */
import {
  type Column,
  describeKind,
  jsonPathFault,
  type KindDefinition,
  nameColumn,
  type VersionDescription,
} from "../definition/index.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionVersion,
} from "../generated/kubernetes.gen.ts";
import type { KubernetesObject } from "../object.ts";
import { pruned, type Schema, structuralSchema, withDefaults } from "../schema/index.ts";
import { customCell } from "./custom-cell.ts";

/** The name that the store knows the kind by. */
export function customKindName({ spec }: CustomResourceDefinition): string {
  return `${spec.names.kind}.${spec.group}`;
}

/** @param names those that were accepted, where they are not those that are asked for */
export function customKind(
  { metadata, spec }: CustomResourceDefinition,
  names: CustomResourceDefinitionNames = spec.names,
): KindDefinition {
  const [stored, ...others] = storedFirst(spec.versions);
  const schemas = new Map<string, Schema>();
  const schemaOf = ({ name, schema }: CustomResourceDefinitionVersion) => {
    const known = schemas.get(name) ?? rootSchema(schema?.openAPIV3Schema);
    schemas.set(name, known);
    return known;
  };
  const describe = (version: CustomResourceDefinitionVersion): VersionDescription => ({
    version: version.name,
    served: version.served,
    ...(version.deprecated && { deprecated: deprecationOf(version, spec.group, names.kind) }),
    schema: () => schemaOf(version),
    openApi: version.schema?.openAPIV3Schema ?? {},
    columns: columnsOf(version),
    selectableFields: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath.replace(/^\./, "")),
    ...(version !== stored && { toStored: draft => pruned(schemaOf(stored), draft).value as typeof draft }),
    fromStored: shownBy(() => schemaOf(version), `${spec.group}/${version.name}`, version === stored),
  });
  const { status, scale } = stored.subresources ?? {};
  const created = metadata.deletionTimestamp === undefined ? (["create"] as const) : [];
  return describeKind({
    kind: names.kind,
    listKind: names.listKind,
    group: spec.group,
    plural: names.plural,
    singular: names.singular,
    shortNames: names.shortNames,
    categories: names.categories,
    scope: spec.scope === "Namespaced" ? "Namespaced" : "Cluster",
    definedBy: metadata.name,
    updatesNeedRevision: true,
    hasStatus: status !== undefined,
    ...(scale && {
      scale: {
        specPath: scale.specReplicasPath,
        statusPath: scale.statusReplicasPath,
        ...(scale.labelSelectorPath && { selectorPath: scale.labelSelectorPath }),
      },
    }),
    // In the order in which Kubernetes tells them of custom resources. Nothing comes into being any more of what is about to go.
    verbs: ["delete", "deletecollection", "get", "list", "patch", ...created, "update", "watch"],
    versions: [describe(stored), ...others.map(describe)],
  });
}

function storedFirst(
  versions: readonly CustomResourceDefinitionVersion[],
): [CustomResourceDefinitionVersion, ...CustomResourceDefinitionVersion[]] {
  const [first = noVersion, ...rest] = [...versions].sort(
    (one, other) => Number(other.storage) - Number(one.storage),
  );
  return [first, ...rest];
}

/** Of a definition that validation would have refused. */
const noVersion: CustomResourceDefinitionVersion = { name: "v1", served: false, storage: true };

/** Every object is a map with apiVersion, kind and metadata, whatever its schema says. */
function rootSchema(openapi: unknown): Schema {
  return { type: "object", ...structuralSchema(openapi) };
}

function deprecationOf(
  { name, deprecationWarning }: CustomResourceDefinitionVersion,
  group: string,
  kind: string,
): string {
  return deprecationWarning ?? `${group}/${name} ${kind} is deprecated`;
}

/**
 * How an object that is kept is shown in a version: without what the version's schema does not know, and, in the version that
 * is kept, with the defaults that it has by now. An object is looked through once.
 */
function shownBy(
  schema: () => Schema,
  apiVersion: string,
  fillsIn: boolean,
): (object: KubernetesObject) => KubernetesObject {
  const seen = new WeakMap<KubernetesObject, KubernetesObject>();
  return object => {
    let shown = seen.get(object);
    if (shown === undefined) {
      const known = pruned(schema(), object).value as KubernetesObject;
      const full = fillsIn ? withDefaults(schema(), known) : known;
      // It may have been stored when another version was the one that is kept.
      shown = full.apiVersion === apiVersion ? full : { ...full, apiVersion };
      seen.set(object, shown);
    }
    return shown;
  };
}

/**
 * Its own columns behind the name; the age where it has none. As in Kubernetes a definition is taken whose columns have a path
 * that cannot be read: then that column and those after it are not shown.
 */
function columnsOf({ additionalPrinterColumns: all = [] }: CustomResourceDefinitionVersion): Column[] {
  if (all.length === 0) return [];
  const unreadable = all.findIndex(({ jsonPath }) => jsonPathFault(jsonPath) !== undefined);
  const shown = unreadable < 0 ? all : all.slice(0, unreadable);
  return [
    nameColumn,
    ...shown.map(({ name, type, jsonPath, priority = 0, format, description }) => ({
      name,
      type: type as Column["type"],
      priority,
      cell: customCell(jsonPath, type),
      ...(format && { format }),
      description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    })),
  ];
}
