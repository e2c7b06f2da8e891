/**
 * What is read and written at the path of an object: the object itself; or, at a part that is of another kind (a Scale, an
 * Eviction, the options of an exec), that kind instead. Which of the two it is, is asked here alone.
 */
import type { KubernetesObject } from "../object.ts";
import { definition, type Schema } from "../schema/index.ts";
import type { GroupVersionKind, KindDefinition, KindVersion, Subresource } from "./kind.ts";
import { fromStoredVersion } from "./kind-version.ts";

/** A kind in one of its versions, and the part of it that is meant, if it is one. */
interface Place {
  readonly kind: KindDefinition;
  readonly version: KindVersion;
  readonly part?: Subresource | undefined;
}

export function isOfOtherKind(part: Subresource | undefined): boolean {
  return part?.as !== undefined;
}

/** Of which kind is what stands there. */
export function kindAt({ kind: { kind }, version: { group, version }, part }: Place): GroupVersionKind {
  return part?.as ?? { group, version, kind };
}

export function schemaAt({ version, part }: Place): Schema {
  if (!part?.as) return version.schema;
  return part.body?.versions[0].schema ?? definition(part.as.kind);
}

/** The object, as a reader sees it there. */
export function shownAt({ kind, version, part }: Place, object: KubernetesObject): KubernetesObject {
  return isOfOtherKind(part) ? (part?.show?.(object) ?? object) : fromStoredVersion(kind, version, object);
}
