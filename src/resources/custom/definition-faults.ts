/**
 * Everything that is wrong with a CustomResourceDefinition, and with changing one, in the words of Kubernetes' own validator
 * (`apiextensions/validation`). The schemas of the versions are checked in schema-faults.ts.
 *
 * Where all versions say the same (there is often only one), Kubernetes keeps what they say beside them, and its errors name
 * that place: `spec.validation.openAPIV3Schema`, not `spec.versions[0].schema.openAPIV3Schema`.
 */
import type { Cause } from "../../errors/index.ts";
import { duplicate, forbidden, invalidValue, notSupported, required } from "../faults.ts";
import type {
  CustomResourceColumnDefinition,
  CustomResourceConversion,
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  SelectableField,
} from "../generated/kubernetes.gen.ts";
import { dns1035Label, dnsSubdomain, type NameRule } from "../names.ts";
import type { Draft } from "../object.ts";
import { isSame } from "../sameness.ts";
import { approvalFaults } from "./approval.ts";
import { type JsonSchema, schemaAt } from "./json-schema.ts";
import { schemaFaults } from "./schema-faults.ts";

type Versions = readonly CustomResourceDefinitionVersion[];

export function definitionFaults(
  definition: Draft<CustomResourceDefinition>,
  old?: CustomResourceDefinition,
): Cause[] {
  const { metadata, status } = definition;
  // What the schema requires may still be missing here.
  const spec = (definition.spec ?? {}) as Partial<CustomResourceDefinition["spec"]>;
  const { group = "", versions = [], conversion } = spec;
  const names: Partial<CustomResourceDefinitionNames> = spec.names ?? {};
  const isEstablished =
    old?.status?.conditions?.some(({ type, status }) => type === "Established" && status === "True") ?? false;
  return [
    ...(!old && metadata.name !== `${names.plural}.${group}`
      ? [invalidValue("metadata.name", metadata.name, 'must be spec.names.plural+"."+spec.group')]
      : []),
    ...groupFaults(group),
    ...missingSchemas(versions),
    ...versions.flatMap((version, place) => versionFaults(version, versions, place, old)),
    ...sharedFaults(versions, old),
    ...storageFaults(versions),
    ...missingNames(names),
    ...nameFaults(names),
    ...(conversion ? conversionFaults(conversion) : []),
    ...(old && isEstablished
      ? [
          ...unchanged("spec.scope", spec.scope, old.spec.scope),
          ...unchanged("spec.names.kind", names.kind, old.spec.names.kind),
        ]
      : []),
    ...(old
      ? [
          ...unchanged("spec.group", group, old.spec.group),
          ...unchanged("spec.names.plural", names.plural, old.spec.names.plural),
        ]
      : []),
    // Where it does not say, it begins with the one in which it is kept.
    ...storedFaults(status?.storedVersions ?? storageNames(versions), versions),
    ...approvalFaults(definition, old),
    ...(spec.preserveUnknownFields && !old?.spec.preserveUnknownFields ? [preservesAll] : []),
  ];
}

const preservesAll = invalidValue(
  "spec.preserveUnknownFields",
  true,
  "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
);

function unchanged(field: string, value: unknown, old: unknown): Cause[] {
  return value === old ? [] : [invalidValue(field, value, "field is immutable")];
}

function groupFaults(group: string): Cause[] {
  if (group === "") return [required("spec.group")];
  const wrong = dnsSubdomain(group);
  if (wrong.length > 0) return [invalidValue("spec.group", group, wrong.join(","))];
  if (group.includes(".")) return [];
  return [invalidValue("spec.group", group, "should be a domain with at least one dot")];
}

function missingSchemas(versions: Versions): Cause[] {
  return versions.flatMap(({ schema }, place) =>
    schema?.openAPIV3Schema ? [] : [required(`spec.versions[${place}].schema.openAPIV3Schema`)],
  );
}

// --- Versions.

/** Whether what all versions say here stands beside them. */
function isShared(
  versions: Versions,
  name: "schema" | "subresources" | "additionalPrinterColumns" | "selectableFields",
) {
  const [first] = versions;
  return first?.[name] !== undefined && versions.every(version => isSame(version[name], first[name]));
}

function versionFaults(
  version: CustomResourceDefinitionVersion,
  versions: Versions,
  place: number,
  old: CustomResourceDefinition | undefined,
): Cause[] {
  const path = `spec.versions[${place}]`;
  const { name, schema, subresources, additionalPrinterColumns = [], selectableFields = [] } = version;
  const columns = isShared(versions, "additionalPrinterColumns") ? [] : additionalPrinterColumns;
  const root = schema?.openAPIV3Schema as JsonSchema | undefined;
  return [
    ...named(`${path}.name`, name, dns1035Label),
    ...deprecationFaults(version, `${path}.deprecationWarning`),
    ...(root && !isShared(versions, "schema")
      ? schemaFaults(root, `${path}.schema`, {
          hasStatus: subresources?.status !== undefined,
          old: oldSchema(old, name),
        })
      : []),
    ...(subresources && !isShared(versions, "subresources")
      ? subresourceFaults(subresources, `${path}.subresources`)
      : []),
    ...columns.flatMap((column, i) => columnFaults(column, `${path}.additionalPrinterColumns[${i}]`)),
    ...(isShared(versions, "selectableFields")
      ? []
      : selectableFaults(selectableFields, root, `${path}.selectableFields`)),
  ];
}

/** What is said beside the versions. */
function sharedFaults(versions: Versions, old: CustomResourceDefinition | undefined): Cause[] {
  const [first] = versions;
  if (!first) return [];
  const { schema, subresources, additionalPrinterColumns = [], selectableFields = [], name } = first;
  const root = schema?.openAPIV3Schema as JsonSchema | undefined;
  const hasStatus = versions.some(version => version.subresources?.status !== undefined);
  return [
    ...(root && isShared(versions, "schema")
      ? schemaFaults(root, "spec.validation", { hasStatus, old: oldSchema(old, name) })
      : []),
    ...(subresources && isShared(versions, "subresources")
      ? subresourceFaults(subresources, "spec.subresources")
      : []),
    ...(isShared(versions, "additionalPrinterColumns")
      ? additionalPrinterColumns.flatMap((column, i) =>
          columnFaults(column, `spec.additionalPrinterColumns[${i}]`),
        )
      : []),
    ...(isShared(versions, "selectableFields")
      ? selectableFaults(selectableFields, root, "spec.selectableFields")
      : []),
  ];
}

function oldSchema(old: CustomResourceDefinition | undefined, name: string): JsonSchema | undefined {
  return old?.spec.versions.find(version => version.name === name)?.schema?.openAPIV3Schema as
    | JsonSchema
    | undefined;
}

function deprecationFaults(
  { deprecated, deprecationWarning: text }: CustomResourceDefinitionVersion,
  path: string,
): Cause[] {
  if (text === undefined) return [];
  if (!deprecated) return [invalidValue(path, text, "can only be set for deprecated versions")];
  if (text.length > 256) return [invalidValue(path, text, "must be <= 256 characters long")];
  if (text === "") return [invalidValue(path, text, "must not be an empty string")];
  const place = [...text].findIndex(character => /[\p{C}\p{Zl}\p{Zp}]/u.test(character));
  const rule = "must only contain printable UTF-8 characters; non-printable character found at index";
  return place < 0 ? [] : [invalidValue(path, text, `${rule} ${place}`)];
}

function storageFaults(versions: Versions): Cause[] {
  const names = versions.map(({ name }) => name);
  const causes: Cause[] = [];
  if (new Set(names).size < names.length)
    causes.push(invalidValue("spec.versions", shownAsInGo(versions), "must contain unique version names"));
  if (versions.filter(({ storage }) => storage).length !== 1)
    causes.push(
      invalidValue(
        "spec.versions",
        shownAsInGo(versions),
        "must have exactly one version marked as storage version",
      ),
    );
  return causes;
}

/** Versions as Kubernetes prints them. What stands beside them is null. */
function shownAsInGo(versions: Versions): unknown {
  const isAlike = isShared(versions, "schema");
  return versions.map(version => ({
    Name: version.name,
    Served: version.served,
    Storage: version.storage,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: isAlike ? null : (version.schema ?? null),
    Subresources: isShared(versions, "subresources") ? null : (version.subresources ?? null),
    AdditionalPrinterColumns: isShared(versions, "additionalPrinterColumns")
      ? null
      : (version.additionalPrinterColumns ?? null),
    SelectableFields: isShared(versions, "selectableFields") ? null : (version.selectableFields ?? null),
  }));
}

function storageNames(versions: Versions): string[] {
  return versions.filter(({ storage }) => storage).map(({ name }) => name);
}

function storedFaults(stored: readonly string[], versions: Versions): Cause[] {
  const path = "status.storedVersions";
  if (stored.length === 0) return [invalidValue(path, undefined, "must have at least one stored version")];
  const names = versions.map(({ name }) => name);
  const missing = versions
    .filter(({ name, storage }) => storage && !stored.includes(name))
    .map(({ name }) => invalidValue(path, stored, `must have the storage version ${name}`));
  const gone = stored.flatMap((name, i) =>
    names.includes(name)
      ? []
      : [
          invalidValue(
            `${path}[${i}]`,
            name,
            `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
          ),
        ],
  );
  return [...missing, ...gone];
}

// --- Names.

function missingNames(names: Partial<CustomResourceDefinitionNames>): Cause[] {
  const wanted = ["plural", "singular", "kind", "listKind"] as const;
  return wanted.filter(name => !names[name]).map(name => required(`spec.names.${name}`));
}

function nameFaults({
  plural,
  singular,
  kind,
  listKind,
  shortNames = [],
  categories = [],
}: Partial<CustomResourceDefinitionNames>) {
  const path = "spec.names";
  const mixed: NameRule = value => {
    const wrong = dns1035Label(value.toLowerCase());
    return wrong.length > 0 ? [`may have mixed case, but should otherwise match: ${wrong.join(",")}`] : [];
  };
  return [
    ...named(`${path}.plural`, plural, dns1035Label),
    ...named(`${path}.singular`, singular, dns1035Label),
    ...named(`${path}.kind`, kind, mixed),
    ...named(`${path}.listKind`, listKind, mixed),
    ...shortNames.flatMap((name, i) => named(`${path}.shortNames[${i}]`, name, dns1035Label, true)),
    ...(kind && kind === listKind
      ? [invalidValue(`${path}.listKind`, listKind, "kind and listKind may not be the same")]
      : []),
    ...categories.flatMap((name, i) => named(`${path}.categories[${i}]`, name, dns1035Label, true)),
  ];
}

function named(field: string, name: string | undefined, rule: NameRule, isNeeded = false): Cause[] {
  if (!name && !isNeeded) return [];
  const wrong = rule(name ?? "");
  return wrong.length > 0 ? [invalidValue(field, name ?? "", wrong.join(","))] : [];
}

// --- What a version says besides its schema.

function subresourceFaults({ scale }: CustomResourceSubresources, path: string): Cause[] {
  if (!scale) return [];
  const within = (
    name: "specReplicasPath" | "statusReplicasPath" | "labelSelectorPath",
    roots: readonly string[],
    rule: string,
  ) => {
    const field = `${path}.scale.${name}`;
    const value = scale[name];
    if (!value) return name === "labelSelectorPath" ? [] : [required(field)];
    const wrong = simplePathFaults(value, field);
    if (wrong.length > 0) return wrong;
    return roots.some(root => value.startsWith(root)) ? [] : [invalidValue(field, value, rule)];
  };
  return [
    ...within("specReplicasPath", [".spec."], "should be a json path under .spec"),
    ...within("statusReplicasPath", [".status."], "should be a json path under .status"),
    ...within(
      "labelSelectorPath",
      [".spec.", ".status."],
      "should be a json path under either .spec or .status",
    ),
  ];
}

function simplePathFaults(path: string, field: string): Cause[] {
  if (path.startsWith(".")) return [];
  return [invalidValue(field, path, "must be a simple json path starting with .")];
}

const columnTypes = ["boolean", "date", "integer", "number", "string"];
const columnFormats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

function columnFaults(
  { name, type, format, jsonPath }: CustomResourceColumnDefinition,
  path: string,
): Cause[] {
  const types = `must be one of ${columnTypes.join(",")}`;
  return [
    ...(name ? [] : [required(`${path}.name`)]),
    ...(type ? [] : [required(`${path}.type`, types)]),
    ...(type && !columnTypes.includes(type) ? [invalidValue(`${path}.type`, type, types)] : []),
    ...(format && !columnFormats.includes(format)
      ? [invalidValue(`${path}.format`, format, `must be one of ${columnFormats.join(",")}`)]
      : []),
    ...(jsonPath ? simplePathFaults(jsonPath, `${path}.JSONPath`) : [required(`${path}.JSONPath`)]),
  ];
}

const maxSelectable = 8;

function selectableFaults(
  fields: readonly SelectableField[],
  root: JsonSchema | undefined,
  path: string,
): Cause[] {
  const seen = new Set<string>();
  const causes = fields.flatMap(({ jsonPath }, i): Cause[] => {
    const field = `${path}[${i}].jsonPath`;
    if (!jsonPath) return [required(field)];
    const found = schemaAt(root, jsonPath);
    if (typeof found === "string") return [invalidValue(field, jsonPath, `is an invalid path: ${found}`)];
    const isKnown = seen.has(jsonPath);
    seen.add(jsonPath);
    const isScalar = ["string", "boolean", "integer"].includes(found.type ?? "");
    return [
      ...(jsonPath.startsWith(".metadata")
        ? [invalidValue(field, jsonPath, "must not point to fields in metadata")]
        : []),
      ...(isScalar ? [] : [invalidValue(field, jsonPath, selectableTypes)]),
      ...(isKnown ? [duplicate(field, jsonPath)] : []),
    ];
  });
  if (seen.size > maxSelectable) {
    const message = `Too many: ${seen.size}: must have at most ${maxSelectable} items`;
    causes.push({ reason: "FieldValueTooMany", field: path, message });
  }
  return causes;
}

const selectableTypes =
  "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";

function conversionFaults({ strategy, webhook }: CustomResourceConversion): Cause[] {
  const path = "spec.conversion";
  if (!strategy) return [required(`${path}.strategy`)];
  if (strategy !== "None" && strategy !== "Webhook")
    return [notSupported(`${path}.strategy`, strategy, ["None", "Webhook"])];
  if (strategy === "Webhook")
    return webhook?.clientConfig
      ? []
      : [required(`${path}.webhookClientConfig`, "required when strategy is set to Webhook")];
  const rule = "should not be set when strategy is not set to Webhook";
  return [
    ...(webhook?.clientConfig ? [forbidden(`${path}.webhookClientConfig`, rule)] : []),
    ...(webhook?.conversionReviewVersions?.length
      ? [forbidden(`${path}.conversionReviewVersions`, rule)]
      : []),
  ];
}
