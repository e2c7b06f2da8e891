import { afterEach, beforeEach, expect, test } from "vitest";
import { TestCluster } from "../../loop/test-cluster.ts";
import type { CronJob, CronJobSpec, Draft } from "../../resources/index.ts";
import { garbageCollection } from "../garbage-collection.ts";
import { job } from "../job/index.ts";
import { TestPods } from "../test-pods.ts";
import { cronjob } from "./cronjob.ts";

let cluster: TestCluster;
let pods: TestPods;

beforeEach(async () => {
  cluster = await TestCluster.of(cronjob, job, garbageCollection);
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

test("that cannot be run says why", async () => {
  await apply({ schedule: "@never" });
  await cluster.advance(1_000);
  expect(told("UnparseableSchedule")).toHaveLength(1);
});

test("on a day that never comes is told of", async () => {
  await apply({ schedule: "59 23 31 2 *" });
  await cluster.advance(1_000);
  expect(told("InvalidSchedule")).toHaveLength(1);
});
