import { afterEach, beforeEach, expect, test } from "vitest";
import { ApiError } from "../../errors/index.ts";
import { author, TestCluster } from "../../loop/test-cluster.ts";
import type { CronJob, CronJobSpec, Draft, Job, JobSpec } from "../../resources/index.ts";
import { garbageCollection } from "../garbage-collection.ts";
import { job } from "../job/index.ts";
import { TestPods } from "../test-pods.ts";
import { cronjob } from "./cronjob.ts";
import { nextAfter, passedBetween } from "./next-time.ts";
import type { Calendar } from "./remembered-times.ts";

let cluster: TestCluster;
let pods: TestPods;
let questions: number;

beforeEach(async () => {
  questions = 0;
  const calendar: Calendar = {
    nextAfter(...question) {
      questions++;
      return nextAfter(...question);
    },
    passedBetween(...question) {
      questions++;
      return passedBetween(...question);
    },
  };
  cluster = await TestCluster.of(cronjob(calendar), job(), garbageCollection);
  pods = new TestPods(cluster);
});

afterEach(async () => {
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});

async function apply(spec: Partial<CronJobSpec> = {}): Promise<void> {
  const containers = [{ name: "main", image: "work" }];
  const jobTemplate = { spec: { template: { spec: { restartPolicy: "Never" as const, containers } } } };
  const metadata = { name: "tick", namespace: "demo" };
  const whole = { schedule: "* * * * *", jobTemplate, ...spec };
  await cluster.create({ apiVersion: "batch/v1", kind: "CronJob", metadata, spec: whole } as Draft<CronJob>);
  await cluster.settle();
}

const minute = 60_000;
const the = () => cluster.the("CronJob", "tick");
const countOf = (reason: string) =>
  cluster.store.list("Event").find(event => event.reason === reason)?.count ?? 0;
const told = (reason: string) => cluster.events.filter(event => event.includes(` ${reason} CronJob/`));

test("makes a Job each minute, and sees it end", async () => {
  await apply();
  expect(cluster.names("Job")).toEqual([]);
  await cluster.advance(minute);
  const [name = ""] = cluster.names("Job");
  expect(name).toMatch(/^tick-\d+$/);
  expect(the().status).toMatchObject({
    active: [{ kind: "Job", name }],
    lastScheduleTime: expect.any(String),
  });
  await pods.start();
  await pods.end("Succeeded");
  expect(the().status?.active).toBeUndefined();
  expect(the().status?.lastSuccessfulTime).toBeDefined();
  await cluster.advance(1_000);
  expect(told("SawCompletedJob")[0]).toContain(`Saw completed job: ${name}, condition: Complete`);
});

test("keeps so many that have ended", async () => {
  await apply({ successfulJobsHistoryLimit: 2 });
  for (let i = 0; i < 5; i++) {
    await cluster.advance(minute);
    await pods.start();
    await pods.end("Succeeded");
  }
  await cluster.advance(1_000);
  await pods.stop();
  expect(cluster.names("Job")).toHaveLength(2);
});

test.each([
  ["Allow", 2],
  ["Forbid", 1],
  ["Replace", 1],
] as const)("while the last one runs, %s leaves %i", async (concurrencyPolicy, count) => {
  await apply({ concurrencyPolicy });
  await cluster.advance(minute);
  await pods.start();
  const [first] = cluster.names("Job");
  await cluster.advance(minute);
  await pods.stop();
  await cluster.advance(1_000);
  expect(cluster.names("Job")).toHaveLength(count);
  expect(cluster.names("Job").includes(first ?? "")).toBe(concurrencyPolicy !== "Replace");
  expect(told("JobAlreadyActive")).toHaveLength(concurrencyPolicy === "Forbid" ? 1 : 0);
});

test("makes nothing while it is suspended, and makes up for the last time only", async () => {
  await apply({ suspend: true });
  await cluster.advance(10 * minute);
  expect(cluster.names("Job")).toEqual([]);
  await cluster.change("CronJob", "tick", object => ({
    ...object,
    spec: { ...object.spec, suspend: false },
  }));
  await cluster.settle();
  expect(cluster.names("Job")).toHaveLength(1);
});

test("makes up for nothing after the starting deadline", async () => {
  await apply({ suspend: true, schedule: "0 * * * *", startingDeadlineSeconds: 60 });
  await cluster.advance(90 * minute);
  await cluster.change("CronJob", "tick", object => ({
    ...object,
    spec: { ...object.spec, suspend: false },
  }));
  await cluster.advance(1_000);
  const minutesPast = new Date(cluster.clock.now()).getUTCMinutes();
  expect(cluster.names("Job")).toHaveLength(minutesPast === 0 ? 1 : 0);
});

test.each([
  [{ schedule: "@never" }, "unrecognized descriptor: @never"],
  [{ schedule: "TZ=UTC 0 * * * *" }, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"],
  [{ timeZone: "Mars/Base" }, "unknown time zone Mars/Base"],
])("that cannot be run is refused: %j", async (spec, message) => {
  await expect(apply(spec)).rejects.toThrow(message);
});

test("makes one Job, and says why, after so long that it cannot be right", async () => {
  await apply({ suspend: true });
  await cluster.advance(101 * minute);
  await cluster.change("CronJob", "tick", object => ({
    ...object,
    spec: { ...object.spec, suspend: false },
  }));
  await cluster.settle();
  expect(cluster.names("Job")).toHaveLength(1);
  await cluster.advance(1_000);
  expect(told("TooManyMissedTimes")[0]).toContain(
    "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew",
  );
});

test("sees the end of a Job that a user made of it, and tells that it did not make it", async () => {
  await apply({ schedule: "0 0 1 1 *" });
  const { uid, name } = the().metadata;
  await cluster.create<Job>({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: "by-hand",
      namespace: "demo",
      ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", name, uid, controller: true }],
    },
    spec: the().spec.jobTemplate.spec as JobSpec,
  });
  await cluster.settle();
  await pods.start();
  await pods.end("Succeeded");
  await cluster.advance(1_000);
  expect(told("UnexpectedJob")[0]).toContain(
    "Saw a job that the controller did not create or forgot: by-hand",
  );
  expect(the().status).toEqual({ lastSuccessfulTime: expect.any(String) });
});

test("knows the Job that it made where it could not note it, and makes no other beside it", async () => {
  await apply({ concurrencyPolicy: "Forbid" });
  await cluster.advance(minute);
  const noted = the().status;
  const [made = ""] = cluster.names("Job");
  await cluster.registry.modify("CronJob", "demo", "tick", one => ({ ...one, status: {} }), {
    author,
    subresource: "status",
  });
  await cluster.advance(2 * minute);
  expect(the().status).toMatchObject({ active: [{ name: made }], lastScheduleTime: noted?.lastScheduleTime });
  expect(cluster.names("Job")).toEqual([made]);
  expect([...told("UnexpectedJob"), ...told("ScheduledTooOften")]).toEqual([]);
});

test("makes no Job anew that has ended before it could be noted, also where none is kept", async () => {
  await apply({ successfulJobsHistoryLimit: 0 });
  await cluster.advance(minute);
  const noted = the().status;
  await pods.start();
  await cluster.registry.modify("CronJob", "demo", "tick", one => ({ ...one, status: {} }), {
    author,
    subresource: "status",
  });
  await pods.end("Succeeded");
  await cluster.advance(minute / 2);
  expect(the().status?.lastScheduleTime).toBe(noted?.lastScheduleTime);
  expect(cluster.names("Job")).toEqual([]);
  expect([...told("UnexpectedJob"), ...told("ScheduledTooOften")]).toEqual([]);
});

test("tells of a Job that is gone, and of one that runs still only when its time has come", async () => {
  await apply({ concurrencyPolicy: "Forbid" });
  await cluster.advance(minute);
  await pods.start();
  await cluster.advance(minute + 50_000);
  expect(countOf("JobAlreadyActive")).toBe(1);
  const [first = ""] = cluster.names("Job");
  await cluster.delete("Job", first, { propagationPolicy: "Background" });
  await cluster.settle();
  await pods.stop();
  await cluster.advance(1_000);
  expect(told("MissingJob")[0]).toContain(`Active job went missing: ${first}`);
  // The time that was skipped is made up for.
  expect(cluster.names("Job")).toHaveLength(1);
});

test("on a day that never comes is told of once, and once more when it is changed", async () => {
  await apply({ schedule: "59 23 31 2 *" });
  await cluster.advance(10 * minute);
  expect(countOf("InvalidSchedule")).toBe(1);
  await cluster.change("CronJob", "tick", object => ({
    ...object,
    spec: { ...object.spec, concurrencyPolicy: "Forbid" as const },
  }));
  await cluster.advance(10 * minute);
  expect(countOf("InvalidSchedule")).toBe(2);
});

test("that is made anew under its name is told of anew", async () => {
  await apply({ schedule: "59 23 31 2 *" });
  await cluster.advance(2_000);
  await cluster.delete("CronJob", "tick");
  await cluster.settle();
  await apply({ schedule: "59 23 31 2 *" });
  await cluster.advance(2_000);
  expect(told("InvalidSchedule")).toHaveLength(2);
});

test.each([
  ["0 0 29 2 *", {}, 2],
  ["0 0 30 2 *", {}, 2],
  ["59 * * * *", {}, 6],
  // What waits for the Job before it looks no more often than its schedule names a time.
  ["*/10 * * * *", { concurrencyPolicy: "Forbid" }, 16],
  ["*/10 * * * *", { concurrencyPolicy: "Forbid", startingDeadlineSeconds: 1_800 }, 20],
] as const)("%s asks the calendar no more than it must in an hour: %j", async (schedule, more, most) => {
  await apply({ schedule, timeZone: "Europe/Berlin", ...more });
  await cluster.advance(minute);
  await pods.start();
  await cluster.advance(59 * minute);
  expect(questions).toBeGreaterThan(0);
  expect(questions).toBeLessThanOrEqual(most);
});

test("asks anew when its schedule or its zone changes", async () => {
  await apply({ schedule: "0 0 29 2 *" });
  for (const spec of [{ timeZone: "Asia/Tokyo" }, { schedule: "0 9 29 2 *" }, { schedule: "* * * * *" }]) {
    const before = questions;
    await cluster.change("CronJob", "tick", object => ({ ...object, spec: { ...object.spec, ...spec } }));
    await cluster.settle();
    expect(questions - before).toBeGreaterThan(0);
  }
  await cluster.advance(minute);
  expect(cluster.names("Job")).toHaveLength(1);
});

test("of many times a minute starts one Job in each, tells of its end once, and why no more come", async () => {
  await apply({ schedule: "@every 1s" });
  await cluster.advance(2_000);
  await pods.start();
  await cluster.advance(10_000);
  expect(the().status?.active).toHaveLength(1);
  await pods.end("Succeeded");
  const writes = await cluster.writesDuring(() => cluster.advance(30_000));
  expect(cluster.names("Job")).toHaveLength(1);
  expect(countOf("SawCompletedJob")).toBe(1);
  const [name] = cluster.names("Job");
  expect(told("ScheduledTooOften")[0]).toContain(`Job ${name} stands for its minute already`);
  // Those of the event that counts up among them.
  expect(writes).toBeLessThan(60);
  expect(the().status?.active).toBeUndefined();
});

test("a Job that is refused is tried again, later each time, and is for its time still", async () => {
  const create = cluster.registry.create.bind(cluster.registry);
  let tries = 0;
  cluster.registry.create = async (draft, options) => {
    if (draft.kind === "Job" && ++tries < 4) throw new ApiError("Forbidden", "exceeded quota");
    return create(draft, options);
  };
  await apply({ schedule: "0 * * * *", timeZone: "America/New_York" });
  await cluster.advance(60 * minute);
  await cluster.advance(minute);
  expect(tries).toBe(4);
  const [made] = cluster.store.list("Job");
  expect(made?.metadata.annotations).toEqual({
    "batch.kubernetes.io/cronjob-scheduled-timestamp": "2025-12-31T20:00:00-05:00",
  });
  expect(told("FailedCreate")[0]).toContain("Error creating job: exceeded quota");
});
