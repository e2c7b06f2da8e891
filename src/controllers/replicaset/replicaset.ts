/**
 * ReplicaSet: keeps N copies of one thing running. It promises that, sooner or later, there are exactly `spec.replicas`
 * children made from its template, and says in its status how far it is.
 *
 * What it copies is the only difference between its forms (template.ts):
 * - a pod template makes Pods with random names, as in Kubernetes. A pod keeps the template it was made from; a changed
 *   template shows in new pods only (rolling it out is a Deployment's business).
 * - `spec.container`, or a template that is a function, makes Containers `name-0`, `name-1`, … Their names are fixed, so one
 *   that is missing in the middle comes back in its place, and the highest go first. A changed template is rolled out: one
 *   copy at a time, and only while all the others are ready, so that a caller always finds one that is ready.
 *
 * Ownership is by ownerReference, never by the shape of a name. A child whose labels no longer match is let go; one that
 * matches and has no controller is taken in. It never touches what another controller has in charge.
 */
import type { ApiError } from "../../errors/index.ts";
import {
  again,
  concerning,
  controller,
  keyOf,
  type Outcome,
  owned,
  refused,
  slowStart,
  type Waker,
  type World,
} from "../../loop/index.ts";
import {
  type Container,
  controllerOf,
  isTerminating,
  type ObjectMeta,
  ownedBy,
  type ReplicaSet,
} from "../../resources/index.ts";
import { deepFreeze } from "../../store/index.ts";
import { type Child, isActive, isReady } from "../availability.ts";
import { adoptable, takeCharge } from "../charge.ts";
import { byOrdinalDown, byVictimOrder } from "../victims.ts";
import { statusOf, untilAvailable } from "./status.ts";
import {
  type ContainerTemplate,
  type Copy,
  type MissingTemplate,
  namesAsTemplate,
  type Template,
  templateOf,
} from "./template.ts";

/** A Container that goes leaves its name, and a set of copies with fixed names may have been waiting for that. */
const freedNames: Waker = {
  kind: "Container",
  *keys({ type, key: { namespace, name } }, reader) {
    const set = type === "DELETED" && /^(.+)-\d+$/.exec(name)?.[1];
    if (set && reader.get("ReplicaSet", namespace, set)) yield keyOf("ReplicaSet", namespace, set);
  },
};

export const replicaset = controller({
  kind: "ReplicaSet",
  wokenBy: [
    owned("Pod", "ReplicaSet"),
    owned("Container", "ReplicaSet"),
    concerning("Container", "ReplicaSet", namesAsTemplate),
    adoptable("Pod", "ReplicaSet"),
    adoptable("Container", "ReplicaSet"),
    freedNames,
  ],
  concerns: (set, previous) => set.metadata.generation !== previous?.metadata.generation,
  looksAtMany: true,
  reconcile: keepReplicas,
});

/** One run: as many children as the set asks for, and its status. */
export async function keepReplicas(set: ReplicaSet, world: World): Promise<Outcome> {
  const template = templateOf(set, world);
  if ("missing" in template) complain(set, template, world);
  const children = await takeCharge(set, template.copies, world);
  const plan = isTerminating(set)
    ? nothing
    : planReplicas(set, template, children, () =>
        byVictimOrder(relatedPods(set, children, world), world.now()),
      );
  const { created, failure } = await carryOut(plan, set, template, world);
  await world.report(set, statusOf(set, template, children, failure, world.now()));
  if (failure) return refused;
  // There may be more to create; and a run that only counts shows how long a rest the set needs.
  if (created > 0) return again(0);
  return untilAvailable(set, children, world.now());
}

/** What is to be done: decided first, as a whole; carried out afterwards. */
export interface Plan {
  readonly create: readonly Copy[];
  readonly remove: readonly Child[];
  /** The copy that is next to follow a changed template, as it is to be. */
  readonly replace?: Container;
}

const nothing: Plan = { create: [], remove: [] };

/**
 * No more than this many are created in one run, so that a set of ten thousand lets others have their turn. Where a run goes
 * through very many already, it must create more to be worth it.
 */
function burstOf(children: readonly Child[]): number {
  return Math.max(500, Math.ceil(children.length / 20));
}

/**
 * Decides what brings the children to the number, and to the template, that the set asks for. `victimOrder` is asked for where there
 * are too many pods.
 */
export function planReplicas(
  set: ReplicaSet,
  template: Template,
  children: readonly Child[],
  victimOrder: () => (a: Child, b: Child) => number,
): Plan {
  const wanted = set.spec.replicas ?? 1;
  const active = children.filter(isActive);
  if (template.copies === "Container") return planOrdinals(set, wanted, template, active, children);
  const missing = Math.min(wanted - active.length, burstOf(children));
  if (missing >= 0) return { create: Array.from({ length: missing }, () => template.copy()), remove: [] };
  return { create: [], remove: active.toSorted(victimOrder()).slice(0, -missing) };
}

/** The pods that are active of this set, and of the other sets of its Deployment. */
function relatedPods(set: ReplicaSet, children: readonly Child[], world: World): readonly Child[] {
  const above = controllerOf(set);
  const owner = above && world.byUid(above.uid);
  const others = owner
    ? world.ownedBy(owner, "ReplicaSet").filter(({ metadata }) => metadata.uid !== set.metadata.uid)
    : [];
  const all = [children, ...others.map(other => world.ownedBy(other, "Pod"))].flat();
  return all.filter(isActive);
}

/** The same for copies with fixed names: fill the gaps, cut off the top, and let one follow the template. */
function planOrdinals(
  set: ReplicaSet,
  wanted: number,
  template: ContainerTemplate | MissingTemplate,
  active: readonly Child[],
  children: readonly Child[],
): Plan {
  const prefix = `${set.metadata.name}-`;
  const isNamed = ({ metadata }: Child) => isOrdinalName(metadata.name, prefix, wanted);
  const kept = active.filter(isNamed);
  const areAllNamed = kept.length === active.length;
  const remove = areAllNamed ? [] : active.filter(child => !isNamed(child)).toSorted(byOrdinalDown);
  if ("missing" in template) return { create: [], remove };
  const isComplete = kept.length === wanted;
  return {
    create: isComplete ? [] : missingNames(set, wanted, children).map(name => template.copy(name)),
    remove,
    replace: nextToReplace(kept.filter(isContainer), template, isComplete),
  };
}

/** The first names that no child has. Only as far as it has to: a user may ask for two thousand million. */
function missingNames(set: ReplicaSet, wanted: number, children: readonly Child[]): string[] {
  const taken = new Set(children.map(child => child.metadata.name));
  const missing: string[] = [];
  const burst = burstOf(children);
  for (let ordinal = 0; ordinal < wanted && missing.length < burst; ordinal++) {
    const name = `${set.metadata.name}-${ordinal}`;
    if (!taken.has(name)) missing.push(name);
  }
  return missing;
}

/** `calc-rs-2` is the name of a copy where there are to be more than two. */
function isOrdinalName(name: string, prefix: string, wanted: number): boolean {
  const ordinal = name.startsWith(prefix) ? name.slice(prefix.length) : "";
  return /^(0|[1-9]\d{0,9})$/.test(ordinal) && Number(ordinal) < wanted;
}

/** A stale copy that is not ready can go at once; a ready one only while all the others are there and ready. */
function nextToReplace(
  kept: readonly Container[],
  template: ContainerTemplate,
  isComplete: boolean,
): Container | undefined {
  const stale = kept.filter(child => !template.isFollowedBy(child)).toSorted(byOrdinalDown);
  if (stale.length === 0) return undefined;
  const broken = stale.find(child => !isReady(child));
  const next = broken ?? (isComplete && kept.every(isReady) ? stale[0] : undefined);
  return next && template.follow(next);
}

/** Does what was planned; how many were created is said. A refusal is told, and returned: it is tried again later. */
async function carryOut(
  plan: Plan,
  set: ReplicaSet,
  template: Template,
  world: World,
): Promise<{ readonly created: number; readonly failure: ApiError | undefined }> {
  const noun = template.copies.toLowerCase();
  for (const child of plan.remove) {
    // Foreground: a Container goes when its pod has gone, so that its name is free when it is.
    await world.delete(child, {
      propagationPolicy: child.kind === "Container" ? "Foreground" : "Background",
    });
    world.event(set, "Normal", "SuccessfulDelete", `Deleted ${noun}: ${child.metadata.name}`);
  }
  if (plan.replace) {
    await world.update(plan.replace);
    world.event(
      set,
      "Normal",
      "SuccessfulUpdate",
      `Updated container to its template: ${plan.replace.metadata.name}`,
    );
  }
  // One list for all of them: they share it as long as they live, for what is frozen is not copied.
  const owners = deepFreeze([ownedBy(set)]);
  const { created, refusals } = await slowStart(plan.create, async copy => {
    const child = await world.create(inChargeOf(set, owners, copy));
    world.event(set, "Normal", "SuccessfulCreate", `Created ${noun}: ${child.metadata.name}`);
    return child;
  });
  // The others that were refused in the same batch, mostly for the same reason, would say no more.
  const [failure] = refusals;
  if (failure) world.event(set, "Warning", "FailedCreate", `Error creating: ${failure.message}`);
  return { created: created.length, failure };
}

/** Says once that there is nothing to copy; the condition says it as long as it is so. */
function complain(set: ReplicaSet, { missing }: MissingTemplate, world: World): void {
  const isKnown = set.status?.conditions?.some(({ message }) => message === missing);
  if (!isKnown) world.event(set, "Warning", "FailedCreate", missing);
}

function inChargeOf(set: ReplicaSet, ownerReferences: ObjectMeta["ownerReferences"], copy: Copy): Copy {
  const { namespace } = set.metadata;
  return { ...copy, metadata: { namespace, ownerReferences, ...copy.metadata } };
}

function isContainer(child: Child): child is Container {
  return child.kind === "Container";
}
