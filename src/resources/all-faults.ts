/**
 * Everything that is wrong with an object as it was written, all at once, for manifests. Of what is only a consequence of
 * something that could not be read, nothing is told.
 */
import { type Cause, nearestName } from "../errors/index.ts";
import { causeOf, completed, faultsIn, lastStep, readAs, versionOf, withMetadata } from "./accept.ts";
import { inStoredVersion, type KindDefinition } from "./definition/index.ts";
import type { Draft, KubernetesObject } from "./object.ts";
import type { DecodeFault } from "./schema/index.ts";

/**
 * What cannot be read, what is unknown, and which rules the rest breaks. (`accepted` stops at what cannot be read, as Kubernetes does.)
 */
export function allFaults<T extends KubernetesObject>(
  kind: KindDefinition<T>,
  value: unknown,
  old?: T,
): Cause[] {
  const version = versionOf(kind, value);
  const { value: draft, faults } = readAs(kind, version, value);
  const unread = faults.map(causeOf);
  if (draft === undefined) return unread;
  const { metadata = {} } = draft as { metadata?: object };
  const read = inStoredVersion(kind, version, withMetadata(draft as Draft<T>, metadata));
  const object = completed(kind, read, old);
  const broken = faultsIn(kind, object, old).filter(
    cause => !faults.some(fault => explains(fault, cause, draft)),
  );
  return [...unread, ...broken];
}

/**
 * Whether a rule is broken only because a field could not be read, or stands there under a wrong name. What is too much already
 * is not broken by that, nor is one entry of a map by another.
 */
function explains(
  { type, field, known }: DecodeFault,
  { reason, at: place, ...broken }: Cause,
  draft: unknown,
): boolean {
  if (type === "wrong") {
    if (place === undefined && (reason === "FieldValueTooLong" || reason === "FieldValueTooMany"))
      return false;
    const where = place?.field ?? broken.field;
    return isWithin(where, field) || isWithin(field, where);
  }
  const [parent, name] = lastStep(field);
  const nearest = known && nearestName(name, known);
  if (nearest === undefined) return false;
  const meant = at(parent, nearest);
  const about = [broken.field, place?.field ?? broken.field];
  // Of `spek:` nothing is missing that stands in it, unless there is a `spec:` as well.
  const isMeant = (told: string) => (isGiven(meant, draft) ? told === meant : isWithin(told, meant));
  return about.some(told => told === parent || isMeant(told));
}

/** Whether something stands at a field such as `spec.containers[0].image`. */
function isGiven(field: string, draft: unknown): boolean {
  const steps = field.split(/[.[\]]+/).filter(step => step !== "");
  const value = steps.reduce<unknown>((within, step) => Object(within)[step], draft);
  return value !== undefined && value !== null;
}

function isWithin(field: string, outer: string): boolean {
  return field.startsWith(outer) && /^($|[.[])/.test(field.slice(outer.length));
}

function at(field: string, name: string): string {
  return field ? `${field}.${name}` : name;
}
