/**
 * Job: runs pods until so many of them have succeeded. A pod that fails is followed by another, later each time, until too many
 * have failed. Each pod that ends is counted exactly once (tracking.ts); how many are to run now is decided in pods.ts, whether
 * the Job has come to its end in outcome.ts. A Job that has ended makes nothing more; it is deleted after
 * `ttlSecondsAfterFinished`, if it says so.
 */
import {
  again,
  type Controller,
  controller,
  keyOfObject,
  owned,
  type Reader,
  refused,
  settled,
  slowStart,
  type Waker,
  type World,
} from "../../loop/index.ts";
import { timestamp } from "../../outside/index.ts";
import {
  conditionOf,
  controllerOf,
  hasEnded,
  isTerminating,
  isTrue,
  type Job,
  type JobCondition,
  type JobStatus,
  type Pod,
  withCondition,
} from "../../resources/index.ts";
import type { ObjectKey } from "../../store/index.ts";
import { isActive } from "../availability.ts";
import { burst } from "../burst.ts";
import { adoptable, takeCharge } from "../charge.ts";
import { Endings } from "./endings.ts";
import { deadlineAt, isFinished, type Outcome, outcomeOf } from "./outcome.ts";
import { type Plan, planPods } from "./pods.ts";
import { counted, isTracked, letGo, noted, uncounted } from "./tracking.ts";
import { awaitingNext } from "./tries.ts";

export function job(): Controller<"Job" | "Pod"> {
  const endings = new Endings();
  return controller({
    name: "job-controller",
    kind: ["Job", "Pod"],
    wokenBy: [owned("Pod", "Job"), adoptable("Pod", "Job"), podsOfDeleted],
    concerns: (object, previous, reader) =>
      isPod(object)
        ? isLeftBehind(object, reader)
        : object.metadata.generation !== previous?.metadata.generation,
    async reconcile(given, world) {
      if (isPod(given)) {
        // Nothing counts it any more.
        if (isLeftBehind(given, world)) await letGo(given, world);
        return settled;
      }
      const { managedBy = "kubernetes.io/job-controller" } = given.spec;
      if (managedBy !== "kubernetes.io/job-controller") return settled;
      const pods = await takeCharge(given, "Pod", world);
      const startsAt = endings.nextStartAt(given, pods);
      if (!isFinished(given)) return proceed(given, pods, startsAt, world);
      endings.forget(given.metadata);
      return rest(given, pods, world);
    },
    /** Those that its deletion left without an owner are counted by nothing any more, as those that it owns still. */
    async gone({ kind, ...key }: ObjectKey, world) {
      if (kind !== "Job") return settled;
      endings.forget(key);
      for (const pod of world.list("Pod", { namespace: key.namespace, orphans: true }))
        if (isTracked(pod)) await letGo(pod, world);
      return settled;
    },
  });
}

/** A Job that is deleted wakes its pods: each is looked at by itself, whatever its labels are, and no other. */
const podsOfDeleted: Waker = {
  kind: "Job",
  *keys({ type, object }, reader) {
    if (type !== "DELETED") return;
    for (const pod of reader.ownedBy(object, "Pod")) yield keyOfObject("Pod", pod);
  },
};

function isPod(object: Job | Pod): object is Pod {
  return object.kind === "Pod";
}

/** It waits to be counted by a Job that is not there. */
function isLeftBehind(pod: Pod, reader: Reader): boolean {
  if (!isTracked(pod)) return false;
  const owner = controllerOf(pod);
  return owner?.kind === "Job" && reader.byUid(owner.uid) === undefined;
}

/** A Job that has ended: its pods are let go, and it goes itself when its time is up. */
async function rest(given: Job, pods: readonly Pod[], world: World) {
  for (const pod of pods) await letGo(pod, world);
  const { ttlSecondsAfterFinished } = given.spec;
  if (ttlSecondsAfterFinished === undefined || isTerminating(given)) return settled;
  const ended = conditionOf<JobCondition>(given, isTrue(given, "Complete") ? "Complete" : "Failed");
  const goesAt = Date.parse(ended?.lastTransitionTime ?? "") + ttlSecondsAfterFinished * 1_000;
  if (goesAt > world.now()) return again(goesAt - world.now());
  await world.delete(given, { propagationPolicy: "Foreground" });
  return settled;
}

async function proceed(given: Job, pods: readonly Pod[], startsAt: number, world: World) {
  const now = world.now();
  const begun = started(given, now);
  const ended = uncounted(begun, pods);
  const before = counted(begun.status ?? {}, pods);
  const active = pods.filter(isActive);
  const failedNow = ended.filter(({ status }) => status?.phase === "Failed");
  // Judged by what it will count when all that have ended are let go.
  const total = counted(noted(begun, before, ended), []);
  const outcome = outcomeOf({ job: begun, status: total, active, failedNow, now });
  const stays = outcome || isTerminating(given) ? undefined : awaitingNext(begun, total, pods, active);
  const toCount = outcome ? pods.filter(isTracked) : ended.filter(pod => !stays?.has(pod));
  const named = noted(begun, before, toCount, outcome);
  const plan = planFor(begun, total, pods, outcome, { now, startsAt });
  const refusal = await carryOut(begun, plan, outcome, world);
  const removed = new Set(plan.remove);
  const left = pods.filter(pod => !removed.has(pod));
  const sizes = {
    ...sizesOf(left, plan.remove),
    ...(refusal === undefined && { active: left.filter(isActive).length + plan.create.length }),
  };
  const first = withOutcome({ ...named, ...nonZeroActive(sizes) }, outcome, now);
  let seen = await world.report(begun, first);
  const held = [];
  const isNamed = new Set(toCount);
  for (const pod of pods) {
    // One that was told to go is another object now, or none.
    const there = removed.has(pod) ? world.get("Pod", pod.metadata.namespace ?? "", pod.metadata.name) : pod;
    if (there) held.push(isNamed.has(pod) ? await letGo(there, world) : there);
  }
  const last = finished(counted(first, held), outcome, sizes, now);
  seen = await world.report(seen, last);
  tell(given, seen, outcome, world);
  if (refusal) return refused;
  return wakeAt(seen, plan, outcome, now);
}

/** Undefined where all was made; what was refused is tried again. */
async function carryOut(
  given: Job,
  { create, remove }: Plan,
  outcome: Outcome | undefined,
  world: World,
): Promise<Error | undefined> {
  for (const pod of remove) {
    // What there is too much of is no failure; what the end of the Job stops is counted with it.
    await world.delete(outcome ? pod : await letGo(pod, world));
    world.event(given, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
  }
  const { refusals } = await slowStart(create, async draft => {
    const pod = await world.create(draft);
    world.event(given, "Normal", "SuccessfulCreate", `Created pod: ${pod.metadata.name}`);
  });
  const [refusal] = refusals;
  if (refusal) world.event(given, "Warning", "FailedCreate", `Error creating: ${refusal.message}`);
  return refusal;
}

function planFor(
  given: Job,
  total: JobStatus,
  pods: readonly Pod[],
  outcome: Outcome | undefined,
  times: { readonly now: number; readonly startsAt: number },
): Plan {
  if (isTerminating(given)) return { create: [], remove: [] };
  if (outcome || given.spec.suspend) return { create: [], remove: pods.filter(isActive) };
  return planPods(given, total, pods, times);
}

interface Sizes {
  readonly active: number;
  readonly ready: number;
  readonly terminating: number;
}

function sizesOf(pods: readonly Pod[], removed: readonly Pod[]): Sizes {
  const going = pods.filter(pod => isTerminating(pod) && !hasEnded(pod)).length;
  const active = pods.filter(isActive);
  return {
    active: active.length,
    ready: active.filter(pod => isTrue(pod, "Ready")).length,
    terminating: going + removed.length,
  };
}

function nonZeroActive({ active, ready, terminating }: Sizes): JobStatus {
  return { active: active > 0 ? active : undefined, ready, terminating };
}

/** The Job with the time at which it began, or went on, and whether it is suspended. */
function started(given: Job, now: number): Job {
  const { suspend = false } = given.spec;
  const { status = {} } = given;
  const known = conditionOf<JobCondition>(given, "Suspended")?.status;
  const said = suspend
    ? ({ type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" } as const)
    : ({ type: "Suspended", status: "False", reason: "JobResumed", message: "Job resumed" } as const);
  const isChanged = known === undefined ? suspend : known !== said.status;
  const conditions = isChanged ? withJobCondition(status.conditions, said, now) : status.conditions;
  const begins = !suspend && (status.startTime === undefined || isChanged);
  const startTime = begins ? timestamp(now) : status.startTime;
  return {
    ...given,
    status: { ...status, ...(conditions && { conditions }), ...(startTime && { startTime }) },
  };
}

function withOutcome(status: JobStatus, outcome: Outcome | undefined, now: number): JobStatus {
  if (!outcome) return status;
  return { ...status, conditions: withJobCondition(status.conditions, { ...outcome, status: "True" }, now) };
}

/** The Job has ended when nothing is left that runs, and nothing that waits to be counted. */
function finished(status: JobStatus, outcome: Outcome | undefined, sizes: Sizes, now: number): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const isLeft = sizes.active + sizes.terminating + succeeded.length + failed.length > 0;
  if (!outcome || isLeft) return status;
  const isSuccess = outcome.type === "SuccessCriteriaMet";
  const condition = { ...outcome, type: isSuccess ? "Complete" : "Failed", status: "True" };
  return {
    ...status,
    conditions: withJobCondition(status.conditions, condition, now),
    ...(isSuccess && { completionTime: timestamp(now) }),
  };
}

function withJobCondition(
  conditions: readonly JobCondition[] | undefined,
  condition: Omit<JobCondition, "lastTransitionTime" | "lastProbeTime">,
  now: number,
): readonly JobCondition[] {
  if (conditions?.some(({ type, status }) => type === condition.type && status === condition.status))
    return conditions;
  return withCondition<JobCondition>(conditions, { ...condition, lastProbeTime: timestamp(now) }, now);
}

/** Tells what the last write made of it. */
function tell(before: Job, after: Job, outcome: Outcome | undefined, world: World): void {
  const became = (type: string, status = "True") => {
    const [was, is] = [before, after].map(each => conditionOf<JobCondition>(each, type)?.status);
    return is === status && was !== status;
  };
  if (became("Suspended")) world.event(after, "Normal", "Suspended", "Job suspended");
  if (became("Suspended", "False")) world.event(after, "Normal", "Resumed", "Job resumed");
  const { completions = Number.POSITIVE_INFINITY } = after.spec;
  if (became("Complete") && (after.status?.succeeded ?? 0) > completions) {
    const message = "Too many succeeded pods running after completion count reached";
    world.event(after, "Warning", "TooManySucceededPods", message);
  }
  if (became("Complete")) world.event(after, "Normal", "Completed", "Job completed");
  if (outcome && became("Failed")) world.event(after, "Warning", outcome.reason, outcome.message);
}

/** When to look again without being woken: when more pods may start, when it was active too long, when it is to be deleted. */
function wakeAt(seen: Job, { create, waitUntil }: Plan, outcome: Outcome | undefined, now: number) {
  const { ttlSecondsAfterFinished } = seen.spec;
  if (isFinished(seen))
    return ttlSecondsAfterFinished === undefined ? settled : again(ttlSecondsAfterFinished * 1_000);
  if (outcome) return settled;
  if (create.length === burst) return again(0);
  const times = [waitUntil, deadlineAt(seen)].filter(at => at !== undefined);
  return times.length === 0 ? settled : again(Math.max(0, Math.min(...times) - now));
}
