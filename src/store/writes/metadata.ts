/**
 * Which metadata belongs to whom: name, uid, resourceVersion, generation and the times belong to the system, whatever a draft
 * says; labels, annotations, owners and finalizers belong to the writer. Pure functions; parts that did not change
 * are shared with the version before, which is what makes comparing and indexing quick.
 */
import type { Random } from "../../outside/index.ts";
import {
  isSame,
  jsonOf,
  type KindDefinition,
  type KubernetesObject,
  type ObjectMeta,
} from "../../resources/index.ts";

/** Kubernetes cuts what a name is generated from, so that a name with its five random characters is a DNS label. */
const longestPrefix = 63 - 5;

/** A name made of `generateName` and a random end, one that `isTaken` does not know. */
export function generatedName(
  generateName: string,
  random: Random,
  isTaken: (name: string) => boolean,
): string {
  const prefix = generateName.slice(0, longestPrefix);
  for (;;) {
    const name = prefix + random.suffix();
    if (!isTaken(name)) return name;
  }
}

/** What the system gives a new object, before anything is written. */
export interface NewObject {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly uid: string;
  readonly creationTimestamp: string;
}

/** A manifest that was got from a cluster brings a selfLink and managed fields along: they tell of another object. */
export function newMetadata(kind: KindDefinition, draft: Partial<ObjectMeta>, fresh: NewObject): ObjectMeta {
  const { selfLink: _, managedFields: __, ...own } = ownPart(draft);
  const { name, namespace, uid, creationTimestamp } = fresh;
  return {
    name,
    ...(draft.generateName && { generateName: draft.generateName }),
    ...(namespace !== undefined && { namespace }),
    uid,
    // The store fills it in; it stands here for its place.
    resourceVersion: "",
    ...(kind.countsGenerations && { generation: 1 }),
    creationTimestamp,
    ...own,
  };
}

/** The metadata of the next version. The very same metadata comes back where nothing changes. */
export function nextMetadata(last: ObjectMeta, draft: Partial<ObjectMeta>): ObjectMeta {
  if (draft === last) return last;
  const own = ownPart(draft);
  const before = ownPart(last);
  if (isSame(own, before)) return last;
  const next: Record<string, unknown> & Partial<ObjectMeta> = {};
  for (const [key, value] of Object.entries(last)) if (!(key in before)) next[key] = value;
  for (const [key, value] of Object.entries(own)) {
    const was = before[key as keyof typeof before];
    next[key] = isSame(value, was) ? was : value;
  }
  return next as ObjectMeta;
}

type OwnPart = Pick<
  ObjectMeta,
  "labels" | "annotations" | "ownerReferences" | "finalizers" | "managedFields" | "selfLink"
>;

/** What belongs to the writer. An empty map or list is none. */
function ownPart({
  labels,
  annotations,
  ownerReferences,
  finalizers,
  managedFields,
  selfLink,
}: Partial<ObjectMeta>): OwnPart {
  return {
    ...(selfLink && { selfLink }),
    ...(labels && Object.keys(labels).length > 0 && { labels }),
    ...(annotations && Object.keys(annotations).length > 0 && { annotations }),
    ...(ownerReferences && ownerReferences.length > 0 && { ownerReferences }),
    ...(finalizers && finalizers.length > 0 && { finalizers }),
    ...(managedFields && managedFields.length > 0 && { managedFields }),
  };
}

/**
 * Whether the object's desired state differs: all that is neither metadata nor status. Then its generation rises, and
 * its controller can say in `status.observedGeneration` how far it has come.
 */
export function isOtherwiseDesired(last: KubernetesObject, next: KubernetesObject): boolean {
  const before = jsonOf(last);
  const after = jsonOf(next);
  const differs = (key: string) => !notDesired.has(key) && !isSame(before[key], after[key]);
  return Object.keys(after).some(differs) || Object.keys(before).some(differs);
}

const notDesired: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata", "status"]);

/** One more than before, for objects that count. */
export function withNextGeneration(metadata: ObjectMeta): ObjectMeta {
  if (metadata.generation === undefined) return metadata;
  return { ...metadata, generation: metadata.generation + 1 };
}
