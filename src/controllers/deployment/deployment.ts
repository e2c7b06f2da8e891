/**
 * Deployment: keeps so many pods of one template running, and brings them from one template to the next without an
 * interruption. It makes no pods itself: each template is a ReplicaSet (revisions.ts), and it scales these, some up, some down
 * (scaling.ts), until only the one of the present template has pods. What it reports stands in status.ts.
 *
 * A run does one step: scales what may be scaled now, and reports. The next step follows when the sets report what became of
 * it. A paused Deployment is scaled, and its changed template waits.
 */
import { ApiError } from "../../errors/index.ts";
import {
  again,
  controller,
  isOfGoingNamespace,
  keyOf,
  type Outcome,
  owned,
  refused,
  settled,
  type World,
  waker,
} from "../../loop/index.ts";
import {
  conditionOf,
  controllerOf,
  type Deployment,
  type DeploymentCondition,
  type DeploymentStatus,
  hasEnded,
  isTerminating,
  type ReplicaSet,
} from "../../resources/index.ts";
import { adoptable, takeCharge } from "../charge.ts";
import {
  isMadeFrom,
  marked,
  newSet,
  nextNumber,
  type Revisions,
  revisionAnnotation,
  revisionNumber,
  revisionsOf,
  scaled,
} from "./revisions.ts";
import { isResized, nextSize, oldPodsRun, resizing, rolling, type Scaling } from "./scaling.ts";
import { active, isRolling, replicasOf } from "./sizes.ts";
import {
  countsOf,
  deadlineAt,
  hasDeadline,
  isComplete,
  rolloutStatusOf,
  type Said,
  withChanged,
} from "./status.ts";

/** The last pod of an old template has ended: a Deployment that recreates its pods waits for that. */
const endedPods = waker("Pod", function* ({ type, object: pod, previous }, reader) {
  if (type !== "DELETED" && (!hasEnded(pod) || (previous && hasEnded(previous)))) return;
  const { namespace = "" } = pod.metadata;
  const owner = controllerOf(pod);
  const set = owner?.kind === "ReplicaSet" ? reader.get("ReplicaSet", namespace, owner.name) : undefined;
  const above = set && controllerOf(set);
  if (above?.kind === "Deployment") yield keyOf("Deployment", namespace, above.name);
});

export const deployment = controller({
  kind: "Deployment",
  wokenBy: [owned("ReplicaSet", "Deployment"), adoptable("ReplicaSet", "Deployment"), endedPods],
  concerns: ({ metadata }, previous) =>
    metadata.generation !== previous?.metadata.generation ||
    metadata.annotations !== previous?.metadata.annotations,
  async reconcile(given, world) {
    const sets = await takeCharge(given, "ReplicaSet", world);
    if (isTerminating(given))
      return report(given, countsOf(given, revisionsOf(given, sets), world.now()), world);
    const known = await told(given, pausing(given), world);
    if (known.spec.paused || isResized(known, sets)) return resize(known, sets, world);
    return isRolling(known) ? roll(known, sets, world) : recreate(known, sets, world);
  },
});

async function resize(given: Deployment, sets: readonly ReplicaSet[], world: World): Promise<Outcome> {
  const { seen, revisions } = await numbered(given, revisionsOf(given, sets), world);
  await scale(seen, resizing(seen, revisions), world);
  if (seen.spec.paused) await forget(seen, revisions, world);
  return report(seen, countsOf(seen, revisions, world.now()), world);
}

async function roll(given: Deployment, sets: readonly ReplicaSet[], world: World): Promise<Outcome> {
  const { seen, revisions } = await withCurrent(given, revisionsOf(given, sets), world);
  const { current, others } = revisions;
  if (!current) return refused;
  const steps = rolling(seen, current, others);
  await scale(seen, steps, world);
  return finish(seen, revisions, steps.length > 0, world);
}

async function recreate(given: Deployment, sets: readonly ReplicaSet[], world: World): Promise<Outcome> {
  const before = await numbered(given, revisionsOf(given, sets), world);
  const { others } = before.revisions;
  const going = active(others).map(set => ({ set, replicas: 0 }));
  await scale(before.seen, going, world);
  const pods = others.flatMap(set => world.ownedBy(set, "Pod"));
  if (going.length > 0 || oldPodsRun(others, pods)) return finish(before.seen, before.revisions, true, world);
  const { seen, revisions } = await withCurrent(before.seen, before.revisions, world);
  const { current } = revisions;
  if (!current) return refused;
  const isShort = replicasOf(current) !== replicasOf(seen);
  if (isShort) await scale(seen, [{ set: current, replicas: replicasOf(seen) }], world);
  return finish(seen, revisions, isShort, world);
}

/** Reports how the roll-out goes; when it is done, old revisions beyond the limit are forgotten. */
async function finish(
  seen: Deployment,
  revisions: Revisions,
  isMoving: boolean,
  world: World,
): Promise<Outcome> {
  const status = rolloutStatusOf(seen, revisions, world.now());
  const outcome = await report(seen, status, world);
  if (!isMoving && isComplete(seen, status)) await forget(seen, revisions, world);
  return outcome;
}

async function report(seen: Deployment, status: DeploymentStatus, world: World): Promise<Outcome> {
  await world.report(seen, status);
  const deadline = deadlineAt(seen, status);
  return deadline === undefined ? settled : again(Math.max(0, deadline - world.now()) + 1_000);
}

async function scale(seen: Deployment, scalings: readonly Scaling[], world: World): Promise<void> {
  const written = new Map<ReplicaSet, ReplicaSet>();
  for (const { set: given, replicas } of scalings) {
    // It may be there twice, one after the other.
    const set = written.get(given) ?? given;
    const next = scaled(set, seen, replicas);
    if (next === set) continue;
    written.set(given, await world.update(next));
    const before = replicasOf(set);
    if (before === replicas) continue;
    const way = before < replicas ? "up" : "down";
    const message = `Scaled ${way} replica set ${set.metadata.name} from ${before} to ${replicas}`;
    world.event(seen, "Normal", "ScalingReplicaSet", message);
  }
}

/** What is known of a Deployment in one run: itself as last written, and its sets. */
interface Known {
  readonly seen: Deployment;
  readonly revisions: Revisions;
}

/** With the set in use numbered as the newest, and the Deployment with it. */
async function numbered(given: Deployment, revisions: Revisions, world: World): Promise<Known> {
  const { current } = revisions;
  if (!current) return { seen: given, revisions };
  const next = marked(current, given, nextNumber(revisions));
  const written = next === current ? current : await world.update(next);
  const found: Said = [
    "Progressing",
    "True",
    "FoundNewReplicaSet",
    `Found new replica set "${written.metadata.name}"`,
  ];
  const isNew = hasDeadline(given) && conditionOf(given, "Progressing") === undefined;
  const seen = await told(given, isNew ? found : undefined, world, revisionNumber(written));
  return { seen, revisions: { ...revisions, current: written } };
}

/** The same, with a set for the present template where there was none; without, where it could not be made. */
async function withCurrent(given: Deployment, revisions: Revisions, world: World): Promise<Known> {
  if (revisions.current) return numbered(given, revisions, world);
  const replicas = nextSize(given, revisions.others);
  const draft = newSet(given, revisions, replicas);
  const { name = "" } = draft.metadata;
  try {
    const current = await world.create(draft);
    if (replicas > 0)
      world.event(
        given,
        "Normal",
        "ScalingReplicaSet",
        `Scaled up replica set ${name} from 0 to ${replicas}`,
      );
    const created: Said = [
      "Progressing",
      "True",
      "NewReplicaSetCreated",
      `Created new replica set "${name}"`,
    ];
    // After "resumed" Kubernetes' next word is that the roll-out goes on.
    const isTold = hasDeadline(given) && conditionOf(given, "Progressing")?.reason !== "DeploymentResumed";
    const seen = await told(given, isTold ? created : undefined, world, nextNumber(revisions));
    return { seen, revisions: { ...revisions, current } };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { seen: await explained(given, name, error, world), revisions };
  }
}

/** Says why a set was not created. Where another has its name, the next run tries another name. */
async function explained(
  given: Deployment,
  name: string,
  error: ApiError,
  world: World,
): Promise<Deployment> {
  if (isOfGoingNamespace(error)) throw error;
  if (error.reason === "AlreadyExists") {
    const there = world.get("ReplicaSet", given.metadata.namespace ?? "", name);
    if (!there || isMadeFrom(there, given)) return given;
    const collisionCount = (given.status?.collisionCount ?? 0) + 1;
    return world.report(given, { ...given.status, collisionCount });
  }
  const message = `Failed to create new replica set "${name}": ${error.message}`;
  world.event(given, "Warning", "ReplicaSetCreateError", message);
  const failed: Said = ["Progressing", "False", "ReplicaSetCreateError", message];
  return told(given, hasDeadline(given) ? failed : undefined, world);
}

/** Writes a condition, and the number of the revision in use, in one write of the status. The Deployment as it is then. */
function told(given: Deployment, said: Said | undefined, world: World, number?: bigint): Promise<Deployment> {
  const { metadata, status = {} } = given;
  const text = number ? String(number) : metadata.annotations?.[revisionAnnotation];
  const isNumbered = metadata.annotations?.[revisionAnnotation] === text;
  const conditions = said ? withChanged(status.conditions, said, world.now()) : status.conditions;
  if (isNumbered && conditions === status.conditions) return Promise.resolve(given);
  const annotations = { ...metadata.annotations, ...(text && { [revisionAnnotation]: text }) };
  const next = { ...given, metadata: { ...metadata, annotations }, status: { ...status, conditions } };
  return world.update(next, { subresource: "status" });
}

/** What is to be said of a pause that began or ended. It stops the time that counts towards the deadline. */
function pausing(given: Deployment): Said | undefined {
  const reason = conditionOf<DeploymentCondition>(given, "Progressing")?.reason;
  if (!hasDeadline(given) || reason === "ProgressDeadlineExceeded") return undefined;
  const { paused = false } = given.spec;
  if (paused === (reason === "DeploymentPaused")) return undefined;
  return paused
    ? ["Progressing", "Unknown", "DeploymentPaused", "Deployment is paused"]
    : ["Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed"];
}

/** Deletes the oldest of the revisions that nobody needs, beyond the limit. */
async function forget({ spec }: Deployment, { others }: Revisions, world: World): Promise<void> {
  const limit = spec.revisionHistoryLimit ?? Number.POSITIVE_INFINITY;
  const alive = others.filter(set => !isTerminating(set));
  const tooMany = Math.max(0, alive.length - limit);
  const oldest = alive.toSorted((one, other) => Number(revisionNumber(one) - revisionNumber(other)));
  for (const set of oldest.slice(0, tooMany)) {
    const { generation = 0 } = set.metadata;
    const isIdle = replicasOf(set) === 0 && (set.status?.replicas ?? 0) === 0;
    if (isIdle && generation <= (set.status?.observedGeneration ?? 0)) await world.delete(set);
  }
}
