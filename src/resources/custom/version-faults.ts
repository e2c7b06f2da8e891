/**
 * What is wrong with the versions of a CustomResourceDefinition. Where all versions say the same (there is often only one),
 * Kubernetes keeps what they say beside them, and its errors name that place: `spec.validation.openAPIV3Schema`, not
 * `spec.versions[0].schema.openAPIV3Schema`.
 */
import type { Cause } from "../../errors/index.ts";
import { invalidValue, required } from "../faults.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from "../generated/kubernetes.gen.ts";
import { dns1035Label } from "../names.ts";
import { isSame } from "../sameness.ts";
import { named } from "./definition-name-faults.ts";
import type { JsonSchema } from "./json-schema.ts";
import { schemaFaults } from "./schema-faults.ts";
import { columnFaults, selectableFaults, subresourceFaults } from "./version-part-faults.ts";

type Versions = readonly CustomResourceDefinitionVersion[];

export function missingSchemas(versions: Versions): Cause[] {
  return versions.flatMap(({ schema }, index) =>
    schema?.openAPIV3Schema ? [] : [required(`spec.versions[${index}].schema.openAPIV3Schema`)],
  );
}

/** Whether what all versions say here stands beside them. */
function isShared(
  versions: Versions,
  name: "schema" | "subresources" | "additionalPrinterColumns" | "selectableFields",
) {
  const [first] = versions;
  return first?.[name] !== undefined && versions.every(version => isSame(version[name], first[name]));
}

export function versionFaults(
  version: CustomResourceDefinitionVersion,
  versions: Versions,
  index: number,
  old: CustomResourceDefinition | undefined,
): Cause[] {
  const path = `spec.versions[${index}]`;
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
export function sharedFaults(versions: Versions, old: CustomResourceDefinition | undefined): Cause[] {
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
  const index = [...text].findIndex(character => /[\p{C}\p{Zl}\p{Zp}]/u.test(character));
  const rule = "must only contain printable UTF-8 characters; non-printable character found at index";
  return index < 0 ? [] : [invalidValue(path, text, `${rule} ${index}`)];
}

export function storageFaults(versions: Versions): Cause[] {
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

export function storageNames(versions: Versions): string[] {
  return versions.filter(({ storage }) => storage).map(({ name }) => name);
}

export function storedFaults(stored: readonly string[], versions: Versions): Cause[] {
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
