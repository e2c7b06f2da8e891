/**
 * Everything that is wrong with a CustomResourceDefinition, and with changing one, in the words of Kubernetes' own validator
 * (`apiextensions/validation`). Names are checked in definition-name-faults.ts, versions in version-faults.ts.
 */
import type { Cause } from "../../errors/index.ts";
import { forbidden, invalidValue, notSupported, required } from "../faults.ts";
import type {
  CustomResourceConversion,
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
} from "../generated/kubernetes.gen.ts";
import { dnsSubdomain } from "../names.ts";
import type { Draft } from "../object.ts";
import { approvalFaults } from "./approval.ts";
import { missingNames, nameFaults } from "./definition-name-faults.ts";
import {
  missingSchemas,
  sharedFaults,
  storageFaults,
  storageNames,
  storedFaults,
  versionFaults,
} from "./version-faults.ts";

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
    ...(spec.scope && !scopes.includes(spec.scope) ? [notSupported("spec.scope", spec.scope, scopes)] : []),
    ...missingSchemas(versions),
    ...versions.flatMap((version, index) => versionFaults(version, versions, index, old)),
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

const scopes = ["Cluster", "Namespaced"];

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
