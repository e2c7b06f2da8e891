/**
 * CronJob: makes a Job at each time that its schedule names. A time that passed while nobody looked is made up for, the last
 * one only, and not after `startingDeadlineSeconds`. The Job's name ends in the minute it stands for, so that no time makes
 * two. What to do while the last Job still runs, and how many that have ended are kept, the CronJob says.
 */
import { ApiError } from "../../errors/index.ts";
import {
  again,
  type Controller,
  controller,
  type Outcome,
  owned,
  refused,
  settled,
  type World,
} from "../../loop/index.ts";
import { timestamp } from "../../outside/index.ts";
import {
  type CronJob,
  type CronJobStatus,
  type CronSchedule,
  controllerOf,
  type Draft,
  isSame,
  isTerminating,
  isTimeZone,
  isTrue,
  type Job,
  type ObjectReference,
  ownedBy,
  parseCronSchedule,
} from "../../resources/index.ts";
import type { ObjectKey } from "../../store/index.ts";
import { isFinished } from "../job/index.ts";
import { localTimestamp } from "./next-time.ts";
import { type Calendar, RememberedTimes } from "./remembered-times.ts";

/** So many times that were missed are most likely a clock that jumped. */
const tooMany = 100;
/** What came about longer ago was told when it did: a run comes each second, and finds it again. */
const newsMs = 2_000;

/** The annotation of the Jobs that are made for a time, which those that somebody makes of the template do not have. */
const scheduledAt = "batch.kubernetes.io/cronjob-scheduled-timestamp";

export function cronjob(calendar?: Calendar): Controller<"CronJob"> {
  const remembered = new RememberedTimes(calendar);
  return controller({
    kind: "CronJob",
    name: "cronjob-controller",
    wokenBy: [owned("Job", "CronJob")],
    concerns: ({ metadata }, previous) => metadata.generation !== previous?.metadata.generation,
    async reconcile(given, world) {
      const jobs = world.ownedBy(given, "Job").filter(job => controllerOf(job)?.uid === given.metadata.uid);
      const status = ended(given, jobs, world);
      // For which times Jobs were made is noted before those go.
      const seen = await world.report(given, status);
      await forget(given, jobs, world);
      if (isTerminating(seen)) return settled;
      const schedule = scheduleOf(seen);
      if (schedule === undefined) return settled;
      if (!("reason" in schedule)) return follow(seen, schedule, remembered, world);
      if (remembered.isNews(seen)) world.event(seen, "Warning", schedule.reason, schedule.message);
      return settled;
    },
    async gone(key: ObjectKey) {
      remembered.forget(key);
      return settled;
    },
  });
}

/** Makes the Job of the last time that has passed, and waits for the next. */
async function follow(
  seen: CronJob,
  schedule: CronSchedule,
  remembered: RememberedTimes,
  world: World,
): Promise<Outcome> {
  const { startingDeadlineSeconds = Number.POSITIVE_INFINITY } = seen.spec;
  const now = world.now();
  // Nothing is done about what is past its deadline.
  const from = Math.max(since(seen), now - startingDeadlineSeconds * 1_000);
  const { passed, next, isNew } = remembered.times(seen, schedule, from, now);
  if (next === undefined) {
    const why = `invalid schedule: ${seen.spec.schedule} : time difference between two schedules is less than 1 second`;
    if (remembered.isNews(seen)) world.event(seen, "Warning", "InvalidSchedule", why);
    return settled;
  }
  if (isNew && passed && passed.times > tooMany) {
    const hint = "Set or decrease .spec.startingDeadlineSeconds or check clock skew";
    world.event(seen, "Warning", "TooManyMissedTimes", `too many missed start times. ${hint}`);
  }
  const due = passed?.last;
  if (due !== undefined && (await run(seen, due, remembered, world)) === "refused") return refused;
  const wakesAt = "everyMs" in schedule ? (due ?? since(seen)) + schedule.everyMs : next;
  return again(Math.max(0, wakesAt - world.now()));
}

/** Why nothing can come of a CronJob. */
interface Fault {
  readonly reason: "UnknownTimeZone" | "UnparseableSchedule";
  readonly message: string;
}

/** Undefined while it is suspended: its schedule is read when it goes on. */
function scheduleOf({ spec }: CronJob): CronSchedule | Fault | undefined {
  const { timeZone, suspend, schedule } = spec;
  if (timeZone && !isTimeZone(timeZone)) {
    const message = `invalid timeZone: ${JSON.stringify(timeZone)}: unknown time zone ${timeZone}`;
    return { reason: "UnknownTimeZone", message };
  }
  if (suspend) return undefined;
  try {
    return parseCronSchedule(schedule);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = `unparseable schedule: ${JSON.stringify(schedule)} : ${error.message}`;
    return { reason: "UnparseableSchedule", message };
  }
}

/** From when times count, in milliseconds since 1970. */
function since({ metadata, status }: CronJob): number {
  return Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp);
}

async function run(
  seen: CronJob,
  due: number,
  remembered: RememberedTimes,
  world: World,
): Promise<"refused" | undefined> {
  const { concurrencyPolicy = "Allow" } = seen.spec;
  let { active = [] } = seen.status ?? {};
  if (concurrencyPolicy === "Forbid" && active.length > 0) {
    const message = "Not starting job because prior execution is running and concurrency policy is Forbid";
    const isNews = world.now() - due < newsMs && remembered.isSkippedAnew(seen, due);
    if (isNews) world.event(seen, "Normal", "JobAlreadyActive", message);
    return undefined;
  }
  if (concurrencyPolicy === "Replace") {
    for (const { name = "", namespace = "" } of active) {
      const before = world.get("Job", namespace, name);
      if (before) await remove(seen, before, world);
    }
    active = [];
  }
  const made = await jobFor(seen, due, active, world);
  if (made === undefined || made === "refused") return made;
  const lastScheduleTime = timestamp(due);
  await world.report(seen, { ...seen.status, active: [...active, referenceTo(made)], lastScheduleTime });
  return undefined;
}

/** Undefined where the Job of an earlier time in the same minute has its name. */
async function jobFor(
  seen: CronJob,
  due: number,
  active: readonly ObjectReference[],
  world: World,
): Promise<Job | "refused" | undefined> {
  const draft = jobOf(seen, due);
  const { namespace = "", name = "" } = draft.metadata;
  try {
    const made = await world.create(draft);
    world.event(seen, "Normal", "SuccessfulCreate", `Created job ${name}`);
    return made;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const there = error.reason === "AlreadyExists" ? world.get("Job", namespace, name) : undefined;
    if (there && controllerOf(there)?.uid === seen.metadata.uid) {
      const isKnown = isFinished(there) || active.some(({ uid }) => uid === there.metadata.uid);
      if (!isKnown) return there;
      // It would start, and end, again and again: told, so that it is understood why no more come.
      const message = `Job ${name} stands for its minute already: no more than one is started in each`;
      world.event(seen, "Warning", "ScheduledTooOften", message);
      return undefined;
    }
    world.event(seen, "Warning", "FailedCreate", `Error creating job: ${error.message}`);
    return "refused";
  }
}

function jobOf(seen: CronJob, due: number): Draft<Job> {
  const { name, namespace } = seen.metadata;
  const { metadata = {}, spec } = seen.spec.jobTemplate;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: `${name}-${Math.floor(due / 60_000)}`,
      namespace,
      labels: metadata.labels,
      annotations: {
        ...metadata.annotations,
        [scheduledAt]: localTimestamp(due, seen.spec.timeZone),
      },
      ownerReferences: [ownedBy(seen)],
    },
    spec: spec as Job["spec"],
  };
}

function referenceTo({ apiVersion, kind, metadata }: Job): ObjectReference {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { apiVersion, kind, namespace, name, uid, resourceVersion };
}

/**
 * The status without the Jobs that have ended, or are gone, since; with those that were made and could not be noted, because an answer of
 * the API server was lost or another leads since, and with the time that the last of these stands for; and with the time of the last
 * success, whatever made that Job.
 */
function ended(given: CronJob, jobs: readonly Job[], world: World): CronJobStatus {
  const { active = [], lastSuccessfulTime, lastScheduleTime, ...status } = given.status ?? {};
  const left: ObjectReference[] = [];
  const known = new Map(jobs.map(job => [job.metadata.uid, job]));
  for (const reference of active) {
    const job = known.get(reference.uid ?? "");
    if (!job) {
      world.event(given, "Normal", "MissingJob", `Active job went missing: ${reference.name}`);
    } else if (!isFinished(job)) left.push(reference);
    else {
      const how = isTrue(job, "Complete") ? "Complete" : "Failed";
      const message = `Saw completed job: ${job.metadata.name}, condition: ${how}`;
      world.event(given, "Normal", "SawCompletedJob", message);
    }
  }
  let successAt = lastSuccessfulTime;
  let scheduledLast = lastScheduleTime;
  for (const job of jobs) {
    const { completionTime } = job.status ?? {};
    if (isTrue(job, "Complete") && completionTime && (!successAt || completionTime > successAt))
      successAt = completionTime;
    const stoodFor = job.metadata.annotations?.[scheduledAt];
    if (stoodFor !== undefined) {
      const at = Date.parse(stoodFor);
      if (!scheduledLast || at > Date.parse(scheduledLast)) scheduledLast = timestamp(at);
    }
    if (isFinished(job) || active.some(({ uid }) => uid === job.metadata.uid)) continue;
    if (stoodFor !== undefined) {
      left.push(referenceTo(job));
      continue;
    }
    const message = `Saw a job that the controller did not create or forgot: ${job.metadata.name}`;
    const isNews = world.now() - Date.parse(job.metadata.creationTimestamp) < newsMs;
    if (isNews) world.event(given, "Warning", "UnexpectedJob", message);
  }
  return {
    ...status,
    ...(left.length > 0 && { active: isSame(left, active) ? active : left }),
    ...(scheduledLast && { lastScheduleTime: scheduledLast }),
    ...(successAt && { lastSuccessfulTime: successAt }),
  };
}

/** Deletes the oldest of the Jobs that have ended, beyond the limits. */
async function forget(given: CronJob, jobs: readonly Job[], world: World): Promise<void> {
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = given.spec;
  const limits = { Complete: successfulJobsHistoryLimit, Failed: failedJobsHistoryLimit };
  for (const [type, limit] of Object.entries(limits)) {
    const done = jobs.filter(job => isTrue(job, type) && !isTerminating(job));
    const byAge = done.toSorted((one, other) => (startOf(one) < startOf(other) ? -1 : 1));
    for (const job of byAge.slice(0, Math.max(0, done.length - limit))) await remove(given, job, world);
  }
}

function startOf({ metadata, status }: Job): string {
  return status?.startTime ?? metadata.creationTimestamp;
}

async function remove(given: CronJob, job: Job, world: World): Promise<void> {
  await world.delete(job, { propagationPolicy: "Background" });
  world.event(given, "Normal", "SuccessfulDelete", `Deleted job ${job.metadata.name}`);
}
