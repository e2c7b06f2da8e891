/**
 * What must be right in every object's metadata: its name, labels, annotations, finalizers and owners; and what of it may
 * not change once the object is there.
 */
import type { Cause } from "../errors/index.ts";
import type { KindDefinition } from "./definition/index.ts";
import { forbidden, invalidValue, required, shown, tooLong, wrongEntry, wrongKey } from "./faults.ts";
import {
  dns1035Label,
  dnsLabel,
  dnsSubdomain,
  labelKey,
  labelValue,
  type NameRule,
  pathSegment,
  qualifiedName,
} from "./names.ts";
import type { ObjectMeta, OwnerReference } from "./object.ts";

const nameRules = { dns1035Label, dnsLabel, dnsSubdomain, pathSegment };
const maxAnnotationBytes = 256 * 1024;
/** The finalizers that need no domain, for they are Kubernetes' own. */
const standardFinalizers = ["orphan", "foregroundDeletion", "kubernetes"];

type NamedKind = Pick<KindDefinition, "scope" | "nameRule">;

export function metadataFaults(kind: NamedKind, metadata: Partial<ObjectMeta>, field = "metadata"): Cause[] {
  const { labels, annotations, finalizers, ownerReferences } = metadata;
  return [
    ...nameFaults(kind, metadata, field),
    ...(labels ? labelFaults(labels, `${field}.labels`) : none),
    ...(annotations ? annotationFaults(annotations, `${field}.annotations`) : none),
    ...(ownerReferences ? ownerFaults(ownerReferences, `${field}.ownerReferences`) : none),
    ...(finalizers ? finalizerFaults(finalizers, `${field}.finalizers`) : none),
  ];
}

/** The finalizers that were not there before. */
export function addedFinalizers(
  { finalizers: old }: Pick<ObjectMeta, "finalizers">,
  { finalizers = none }: Pick<ObjectMeta, "finalizers">,
): readonly string[] {
  const before = new Set(old);
  return finalizers.filter(finalizer => !before.has(finalizer));
}

/** What of an object's metadata its writers may not change. The server's own fields are the registry's to keep. */
export function metadataUpdateFaults(metadata: Partial<ObjectMeta>, old: ObjectMeta): Cause[] {
  const fixed = ["name", "namespace", "uid"] as const;
  const causes = fixed
    .filter(key => metadata[key] !== undefined && metadata[key] !== old[key])
    .map(key => invalidValue(`metadata.${key}`, metadata[key], "field is immutable"));
  causes.push(...deletionFaults(metadata, old));
  if (old.deletionTimestamp === undefined) return causes;
  const added = addedFinalizers(old, metadata);
  if (added.length > 0) {
    const detail = `no new finalizers can be added if the object is being deleted, found new finalizers ${shown(added)}`;
    causes.push(forbidden("metadata.finalizers", detail));
  }
  return causes;
}

/** A deletion is asked for, not written; how long it takes is changed by asking again. */
function deletionFaults(metadata: Partial<ObjectMeta>, old: ObjectMeta): Cause[] {
  const fixed = ["deletionTimestamp", "deletionGracePeriodSeconds"] as const;
  return (
    fixed
      .filter(key => metadata[key] !== undefined && metadata[key] !== old[key])
      // When an object goes is kept, whatever is written.
      .filter(key => key !== "deletionTimestamp" || old.deletionTimestamp === undefined)
      .map(key => invalidValue(`metadata.${key}`, metadata[key], "field is immutable"))
  );
}

/**
 * Labels, wherever they stand: of an object, of a template, or those that a node must have. `map` is where they are written,
 * where that is not the field that Kubernetes names.
 */
export function labelFaults(labels: Readonly<Record<string, string>>, field: string, map = field): Cause[] {
  const causes: Cause[] = [];
  for (const key in labels) {
    const value = labels[key] ?? "";
    for (const wrong of labelKey(key)) causes.push(wrongKey(field, key, wrong, map));
    for (const wrong of labelValue(value)) causes.push(wrongEntry(field, key, value, wrong, map));
  }
  return causes;
}

export function annotationFaults(
  annotations: Readonly<Record<string, string>>,
  field: string,
  map = field,
): Cause[] {
  const causes: Cause[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const wrong of qualifiedName(key.toLowerCase())) causes.push(wrongKey(field, key, wrong, map));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > maxAnnotationBytes) causes.push(tooLong(field, maxAnnotationBytes));
  return causes;
}

function nameFaults(
  { scope, nameRule = "dnsSubdomain" }: NamedKind,
  metadata: Partial<ObjectMeta>,
  field: string,
) {
  const { name, namespace, generateName } = metadata;
  const rule: NameRule = nameRules[nameRule];
  const causes: Cause[] = [];
  if (generateName) {
    // The name will go on behind it, so it may end in a hyphen.
    const start = generateName.replace(/-$/, "a");
    for (const wrong of rule(start)) causes.push(invalidValue(`${field}.generateName`, generateName, wrong));
  }
  if (name) for (const wrong of rule(name)) causes.push(invalidValue(`${field}.name`, name, wrong));
  else if (!generateName) causes.push(required(`${field}.name`, "name or generateName is required"));
  if (scope === "Cluster") {
    if (namespace) causes.push(forbidden(`${field}.namespace`, "not allowed on this type"));
  } else if (namespace) {
    for (const wrong of dnsLabel(namespace))
      causes.push(invalidValue(`${field}.namespace`, namespace, wrong));
  } else causes.push(required(`${field}.namespace`));
  return causes;
}

function ownerFaults(owners: readonly OwnerReference[], field: string): Cause[] {
  const causes: Cause[] = [];
  let controller: OwnerReference | undefined;
  for (const [i, owner] of owners.entries()) {
    const empty = (["apiVersion", "kind", "name", "uid"] as const).filter(key => owner[key] === "");
    for (const key of empty) {
      const at = { field: `${field}[${i}].${key}` };
      causes.push({ ...invalidValue(`${field}.${key}`, "", "must not be empty"), at });
    }
    if (owner.kind === "Event" && owner.apiVersion === "v1") {
      causes.push(invalidValue(field, owner, "/v1, Kind=Event is disallowed from being an owner"));
    }
    if (!owner.controller) continue;
    if (controller) {
      const both = `${controller.kind}/${controller.name} and ${owner.kind}/${owner.name}`;
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${both}`;
      causes.push(invalidValue(field, owners, detail));
    }
    controller = owner;
  }
  return causes;
}

function finalizerFaults(finalizers: readonly string[], field: string): Cause[] {
  const causes: Cause[] = [];
  finalizers.forEach((finalizer, i) => {
    const at = { field: `${field}[${i}]` };
    for (const wrong of qualifiedName(finalizer))
      causes.push({ ...invalidValue(field, finalizer, wrong), at });
    if (finalizer.includes("/") || standardFinalizers.includes(finalizer)) return;
    const detail = "name is neither a standard finalizer name nor is it fully qualified";
    causes.push(invalidValue(`${field}[${i}]`, finalizer, detail));
  });
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    causes.push(
      invalidValue(field, finalizers, "finalizer orphan and foregroundDeletion cannot be both set"),
    );
  }
  return causes;
}

const none: readonly never[] = [];
