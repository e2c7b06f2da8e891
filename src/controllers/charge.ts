/**
 * Who is in charge of what. A workload has children by ownerReference, never by the shape of a name: one whose labels no longer
 * match is let go, one that matches and has no controller is taken in, and what another controller has in charge is not touched
 * (in Kubernetes' controllers, `ControllerRefManager`).
 */
import type { Waker, World } from "../loop/index.ts";
import { concerning } from "../loop/index.ts";
import {
  controllerOf,
  isTerminating,
  type KindName,
  type KubernetesObject,
  type LabelSelector,
  matchesSelector,
  type ObjectMeta,
  type ObjectOf,
  ownedBy,
} from "../resources/index.ts";

/** What keeps children by a selector. */
export type Selecting = KubernetesObject & { readonly spec: { readonly selector?: LabelSelector } };

/** What the owner has in charge of this kind, after letting go what no longer matches and taking in what matches. */
export async function takeCharge<K extends KindName>(
  owner: Selecting,
  kind: K,
  world: World,
): Promise<ObjectOf<K>[]> {
  const { namespace, uid } = owner.metadata;
  const children: ObjectOf<K>[] = [];
  for (const child of world.ownedBy(owner, kind)) {
    if (controllerOf(child)?.uid !== uid) continue;
    if (selects(owner, child) || isTerminating(child)) children.push(child);
    else {
      const others = child.metadata.ownerReferences?.filter(reference => reference.uid !== uid);
      await world.update(withOwners(child, others));
    }
  }
  if (isTerminating(owner)) return children;
  const matchLabels = owner.spec.selector?.matchLabels;
  for (const child of world.list(kind, { namespace, matchLabels, orphans: true })) {
    if (selects(owner, child) && !isTerminating(child)) {
      const owners = [...(child.metadata.ownerReferences ?? []), ownedBy(owner)];
      children.push(await world.update(withOwners(child, owners)));
    }
  }
  return children;
}

/** An object without a controller wakes what could take charge of it. */
export function adoptable(kind: KindName, ownerKind: KindName): Waker {
  return concerning(kind, ownerKind, (owner, child) => selects(owner as Selecting, child), isOrphan);
}

function selects({ spec: { selector } }: Selecting, { metadata: { labels } }: KubernetesObject): boolean {
  return selector !== undefined && matchesSelector(selector, labels);
}

function isOrphan(object: KubernetesObject): boolean {
  return controllerOf(object) === undefined;
}

function withOwners<T extends KubernetesObject>(child: T, ownerReferences: ObjectMeta["ownerReferences"]): T {
  return { ...child, metadata: { ...child.metadata, ownerReferences } };
}
