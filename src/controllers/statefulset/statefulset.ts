/**
 * StatefulSet: keeps so many pods with names that stay, in order (pods.ts). A run does the next step, and the pods that change
 * bring the one after it. Which template a pod has follows from its revision (controller-revisions.ts).
 */
import { ApiError } from "../../errors/index.ts";
import { again, controller, owned, refused, settled, slowStart, type World } from "../../loop/index.ts";
import {
  type ControllerRevision,
  hasEnded,
  isTerminating,
  isTrue,
  type OwnerReference,
  type Pod,
  type StatefulSet,
  type StatefulSetStatus,
} from "../../resources/index.ts";
import { adoptable, takeCharge } from "../charge.ts";
import {
  forgetRevisions,
  type RevisionsOfTemplate,
  revisionLabel,
  syncRevisions,
  templateIn,
} from "../controller-revisions.ts";
import { nonZero } from "../non-zero.ts";
import {
  availableIn,
  claimOwner,
  claimsOf,
  identityOf,
  keepsTemplate,
  ordinalOf,
  planPods,
  podNameLabel,
  podOf,
} from "./pods.ts";

export const statefulset = controller({
  kind: "StatefulSet",
  wokenBy: [owned("Pod", "StatefulSet"), adoptable("Pod", "StatefulSet")],
  concerns: ({ metadata }, previous) => metadata.generation !== previous?.metadata.generation,
  async reconcile(set, world) {
    const own = (await takeCharge(set, "Pod", world)).filter(pod => ordinalOf(set, pod) >= 0);
    if (isTerminating(set)) {
      // It makes and removes nothing any more, revisions neither, and goes on counting.
      const { currentRevision = "", updateRevision = "", collisionCount } = set.status ?? {};
      const names = { current: currentRevision, update: updateRevision, collisionCount };
      if (set.status?.updateRevision) await world.report(set, statusOf(set, own, names, world.now()));
      return settled;
    }
    const revisions = await syncRevisions(set, "controller.kubernetes.io/hash", world);
    const current = currentOf(set, revisions);
    const before: Pod[] = [];
    for (const pod of own) before.push(await keepIdentity(set, pod, world));
    for (const pod of before) await keepClaimOwners(set, pod, world);
    const plan = planPods(set, before, revisions.update.metadata.name, world.now());
    const { created, refusals } = await slowStart(plan.create, ordinal =>
      create(set, ordinal, keepsTemplate(set, ordinal) ? current : revisions.update, world),
    );
    const [refusal] = refusals;
    if (refusal) world.event(set, "Warning", "FailedCreate", refusal.message);
    for (const pod of plan.remove) {
      await world.delete(pod);
      tell(set, "SuccessfulDelete", `Delete Pod ${pod.metadata.name}`, world);
    }
    const names = {
      current: current.metadata.name,
      update: revisions.update.metadata.name,
      collisionCount: revisions.collisionCount,
    };
    const status = statusOf(set, [...before, ...created], names, world.now());
    await world.report(set, status);
    await forget(set, revisions, [...before, ...created], status, world);
    if (refusal) return refused;
    return plan.again === undefined ? settled : again(plan.again);
  },
});

function tell(
  set: StatefulSet,
  reason: "SuccessfulCreate" | "SuccessfulDelete" | "SuccessfulUpdate",
  what: string,
  world: World,
): void {
  world.event(set, "Normal", reason, `${what} in StatefulSet ${set.metadata.name} successful`);
}

/** The pod of an ordinal, and before it the claims that are missing. Throws why not, as Kubernetes tells it. */
async function create(
  set: StatefulSet,
  ordinal: number,
  revision: ControllerRevision,
  world: World,
): Promise<Pod> {
  const draft = podOf(set, ordinal, templateIn(revision), revision.metadata.name);
  const { name = "" } = draft.metadata;
  try {
    for (const claim of claimsOf(set, ordinal)) {
      const { namespace = "", name: claimName = "" } = claim.metadata;
      if (world.get("PersistentVolumeClaim", namespace, claimName)) continue;
      await world.create(claim);
      const message = `create Claim ${claimName} Pod ${name} in StatefulSet ${set.metadata.name} success`;
      world.event(set, "Normal", "SuccessfulCreate", message);
    }
    const pod = await world.create(draft);
    await keepClaimOwners(set, pod, world);
    tell(set, "SuccessfulCreate", `Create Pod ${name}`, world);
    return pod;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const message = `create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${error.message}`;
    throw new ApiError(error.reason, message, error.details, { cause: error });
  }
}

/** A pod that is called otherwise by its labels, or never was called so, gets them back: Services find it by them. */
async function keepIdentity(set: StatefulSet, pod: Pod, world: World): Promise<Pod> {
  const { name, labels = {} } = pod.metadata;
  const own = identityOf(set, ordinalOf(set, pod));
  // As in Kubernetes this label alone tells.
  const isItself = labels[podNameLabel] === own[podNameLabel];
  if (isItself || isTerminating(pod) || hasEnded(pod) || isCondemned(set, pod)) return pod;
  const updated = await world.update({
    ...pod,
    metadata: { ...pod.metadata, labels: { ...labels, ...own } },
  });
  tell(set, "SuccessfulUpdate", `update Pod ${name}`, world);
  return updated;
}

/** Whether the set has become too small for the pod. */
function isCondemned(set: StatefulSet, pod: Pod): boolean {
  const ordinal = ordinalOf(set, pod) - (set.spec.ordinals?.start ?? 0);
  return ordinal < 0 || ordinal >= (set.spec.replicas ?? 1);
}

/**
 * The claims of a pod belong to what they are to go with, as the policy says now; users' owners of a claim stay. A claim that something
 * else has in charge, a set or a pod before this one too, is given no owner.
 */
async function keepClaimOwners(set: StatefulSet, pod: Pod, world: World): Promise<void> {
  for (const { metadata } of claimsOf(set, ordinalOf(set, pod))) {
    const claim = world.get("PersistentVolumeClaim", metadata.namespace ?? "", metadata.name ?? "");
    if (!claim || isTerminating(claim)) continue;
    const now = claim.metadata.ownerReferences ?? [];
    const ours = now.filter(({ uid }) => uid === set.metadata.uid || uid === pod.metadata.uid);
    const others = now.filter(each => !ours.includes(each));
    const isOthers = others.some(each => each.controller || isNamed(each, set) || isNamed(each, pod));
    const owner = isOthers ? undefined : claimOwner(set, pod, isCondemned(set, pod));
    const [only] = ours;
    if (ours.length === (owner ? 1 : 0) && only?.uid === owner?.uid && only?.controller === owner?.controller)
      continue;
    const ownerReferences = [...others, ...(owner ? [owner] : [])];
    await world.update({ ...claim, metadata: { ...claim.metadata, ownerReferences } });
  }
}

/** Another object of the same name may be meant. */
function isNamed({ kind, name }: OwnerReference, object: StatefulSet | Pod): boolean {
  return kind === object.kind && name === object.metadata.name;
}

/** The revision before the one that is rolled out; that very one where none is. */
function currentOf({ status }: StatefulSet, { update, others }: RevisionsOfTemplate): ControllerRevision {
  return others.find(({ metadata }) => metadata.name === status?.currentRevision) ?? update;
}

/** The revisions by their names. */
interface Named {
  readonly current: string;
  readonly update: string;
  readonly collisionCount: number | undefined;
}

function statusOf(
  set: StatefulSet,
  pods: readonly Pod[],
  { current, update, collisionCount = 0 }: Named,
  now: number,
): StatefulSetStatus {
  const alive = pods.filter(pod => !hasEnded(pod));
  const of = (revision: string) =>
    alive.filter(pod => !isTerminating(pod) && pod.metadata.labels?.[revisionLabel] === revision).length;
  const [currentReplicas, updatedReplicas] = [of(current), of(update)];
  const readyReplicas = alive.filter(pod => isTrue(pod, "Ready")).length;
  const wanted = set.spec.replicas ?? 1;
  const isRolling = set.spec.updateStrategy?.type !== "OnDelete";
  const isDone =
    isRolling && updatedReplicas === wanted && readyReplicas === wanted && alive.length === wanted;
  const shown = isDone ? update : current;
  return {
    observedGeneration: set.metadata.generation,
    replicas: alive.length,
    ...nonZero("readyReplicas", readyReplicas),
    ...nonZero("currentReplicas", isDone ? updatedReplicas : currentReplicas),
    ...nonZero("updatedReplicas", updatedReplicas),
    currentRevision: shown,
    updateRevision: update,
    collisionCount,
    availableReplicas: alive.filter(pod => availableIn(set, pod, now) === 0).length,
    // Others say them: it has none of its own.
    ...(set.status?.conditions && { conditions: set.status.conditions }),
  };
}

async function forget(
  { spec }: StatefulSet,
  revisions: RevisionsOfTemplate,
  pods: readonly Pod[],
  { currentRevision = "" }: StatefulSetStatus,
  world: World,
): Promise<void> {
  const used = new Set(pods.map(({ metadata }) => metadata.labels?.[revisionLabel]));
  used.add(currentRevision);
  await forgetRevisions(
    revisions,
    spec.revisionHistoryLimit ?? 10,
    ({ metadata }) => used.has(metadata.name),
    world,
  );
}
