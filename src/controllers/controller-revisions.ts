/**
 * The templates that a StatefulSet or a DaemonSet has had, each kept as a ControllerRevision with a number: pods say by a label
 * which they were made from, and `kubectl rollout history` and `undo` read them. A template that comes back gets the highest
 * number again.
 */
import type { World } from "../loop/index.ts";
import {
  type ControllerRevision,
  type DaemonSet,
  ownedBy,
  type PodTemplateSpec,
  type StatefulSet,
} from "../resources/index.ts";
import { takeCharge } from "./charge.ts";
import { isSameTemplate, templateHash } from "./template-hash.ts";

export const revisionLabel = "controller-revision-hash";

/** The revision of the present template, and all others, oldest first. */
export interface RevisionsOfTemplate {
  readonly update: ControllerRevision;
  readonly others: readonly ControllerRevision[];
  /** For the owner's status: how often a name was taken. Undefined where it never was. */
  readonly collisionCount: number | undefined;
}

/** The template that a revision keeps. */
export function templateIn({ data }: ControllerRevision): PodTemplateSpec {
  const { spec } = data as {
    readonly spec: { readonly template: PodTemplateSpec & { readonly $patch?: string } };
  };
  const { $patch: _, ...template } = spec.template;
  return template;
}

/** With a revision for the present template, numbered as the newest. `label` is where its hash stands. */
export async function syncRevisions(
  owner: StatefulSet | DaemonSet,
  label: string,
  world: World,
): Promise<RevisionsOfTemplate> {
  const { template } = owner.spec;
  const known = (await takeCharge(owner, "ControllerRevision", world)).toSorted(
    (one, other) => one.revision - other.revision,
  );
  const highest = known.at(-1)?.revision ?? 0;
  const same = known.find(revision => isSameTemplate(templateIn(revision), template));
  if (same) {
    const others = known.filter(revision => revision !== same);
    const { collisionCount } = owner.status ?? {};
    if (same.revision === highest) return { update: same, others, collisionCount };
    return { update: await world.update({ ...same, revision: highest + 1 }), others, collisionCount };
  }
  const { hash, collisionCount } = freeHash(owner, world);
  const { name, namespace, annotations } = owner.metadata;
  const update = await world.create<ControllerRevision>({
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels: { ...template.metadata?.labels, [label]: hash },
      // `kubectl rollout history` reads the cause of the change among them.
      ...(annotations && { annotations }),
      ownerReferences: [ownedBy(owner)],
    },
    data: { spec: { template: { ...template, $patch: "replace" } } },
    revision: highest + 1,
  });
  return { update, others: known, collisionCount };
}

/** The hash of the template, or, where the name that ends in it is taken by what is not this template, another one. */
function freeHash(owner: StatefulSet | DaemonSet, world: World) {
  const { name, namespace = "" } = owner.metadata;
  for (let { collisionCount } = owner.status ?? {}; ; collisionCount = (collisionCount ?? 0) + 1) {
    const hash = templateHash(owner.spec.template, collisionCount || undefined);
    if (!world.get("ControllerRevision", namespace, `${name}-${hash}`)) return { hash, collisionCount };
  }
}

/** Deletes the oldest of the revisions that no pod needs, beyond the limit. */
export async function forgetRevisions(
  { others }: RevisionsOfTemplate,
  limit: number,
  isUsed: (revision: ControllerRevision) => boolean,
  world: World,
): Promise<void> {
  const idle = others.filter(revision => !isUsed(revision));
  for (const revision of idle.slice(0, Math.max(0, idle.length - limit))) await world.delete(revision);
}
