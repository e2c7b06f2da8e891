import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TestCluster } from "../../loop/test-cluster.ts";
import { conditionOf, type Draft, type Job, type JobCondition, type JobSpec } from "../../resources/index.ts";
import { garbageCollection } from "../garbage-collection.ts";
import { TestPods } from "../test-pods.ts";
import { formatIndexes, parseIndexes } from "./indexes.ts";
import { job } from "./job.ts";
import { trackingFinalizer } from "./tracking.ts";

let cluster: TestCluster;
let pods: TestPods;

beforeEach(async () => {
  cluster = await TestCluster.of(job, garbageCollection);
  pods = new TestPods(cluster);
});

afterEach(async () => {
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});

async function apply(spec: Partial<JobSpec> = {}): Promise<void> {
  const template = {
    spec: {
      restartPolicy: "Never" as const,
      containers: [{ name: "main", image: "work" }],
      ...spec.template?.spec,
    },
  };
  const metadata = { name: "work", namespace: "demo" };
  await cluster.create({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata,
    spec: { ...spec, template },
  } as Draft<Job>);
  await cluster.settle();
}

async function change(spec: Partial<JobSpec>): Promise<void> {
  await cluster.change("Job", "work", object => ({ ...object, spec: { ...object.spec, ...spec } }));
  await cluster.settle();
}

const the = () => cluster.the("Job", "work");
const condition = (type: string) => conditionOf<JobCondition>(the(), type);
const said = () => (the().status?.conditions ?? []).map(({ type, status }) => `${type}=${status}`);
const running = () =>
  pods.alive.filter(({ status }) => status?.phase !== "Succeeded" && status?.phase !== "Failed");

describe("a Job", () => {
  test("runs a pod to its end, counts it, and is complete", async () => {
    await apply();
    expect(pods.alive[0]?.metadata.finalizers).toEqual([trackingFinalizer]);
    expect(the().status).toMatchObject({ active: 1, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    await pods.start();
    expect(the().status).toMatchObject({ active: 1, ready: 1 });
    await pods.end("Succeeded");
    expect(said()).toEqual(["SuccessCriteriaMet=True", "Complete=True"]);
    expect(the().status).toMatchObject({ succeeded: 1, ready: 0, completionTime: expect.any(String) });
    expect(the().status?.active).toBeUndefined();
    expect(pods.alive[0]?.metadata.finalizers).toBeUndefined();
    await cluster.advance(1_000);
    expect(cluster.events).toContain("Normal Completed Job/work: Job completed");
    expect(await cluster.writesDuring(() => cluster.advance(10_000))).toBe(0);
  });

  test("runs as many at once as it may, until so many have succeeded", async () => {
    await apply({ completions: 5, parallelism: 2 });
    for (const left of [2, 2, 1]) {
      expect(running()).toHaveLength(left);
      await pods.start();
      await pods.end("Succeeded");
    }
    expect(the().status?.succeeded).toBe(5);
    expect(condition("Complete")?.status).toBe("True");
  });

  test("without a number of completions is done when one has succeeded and all have ended", async () => {
    await apply({ parallelism: 3 });
    await pods.start();
    const [first] = pods.alive;
    await pods.end("Succeeded", 0, [first?.metadata.name ?? ""]);
    expect(running()).toHaveLength(2);
    expect(condition("Complete")).toBeUndefined();
    await pods.end("Succeeded");
    expect(the().status?.succeeded).toBe(3);
    expect(condition("Complete")?.status).toBe("True");
  });

  test("waits longer after each failure, and gives up after backoffLimit", async () => {
    await apply({ backoffLimit: 2 });
    for (const wait of [9_000, 19_000]) {
      await pods.start();
      await pods.end("Failed");
      await cluster.advance(wait);
      expect(running()).toEqual([]);
      await cluster.advance(2_000);
      expect(running()).toHaveLength(1);
    }
    await pods.end("Failed");
    expect(said()).toEqual(["FailureTarget=True", "Failed=True"]);
    expect(condition("Failed")).toMatchObject({ reason: "BackoffLimitExceeded" });
    expect(the().status?.failed).toBe(3);
  });

  test("that takes too long is stopped, and has failed when its pods have ended", async () => {
    await apply({ activeDeadlineSeconds: 5 });
    await pods.start();
    await cluster.advance(6_000);
    expect(said()).toEqual(["FailureTarget=True"]);
    await pods.stop();
    expect(condition("Failed")).toMatchObject({ reason: "DeadlineExceeded" });
    expect(the().status?.failed).toBe(1);
  });

  test("stops its pods while it is suspended, and begins anew when resumed", async () => {
    await apply();
    await pods.start();
    await change({ suspend: true });
    await pods.stop();
    expect(cluster.store.list("Pod")).toEqual([]);
    expect(condition("Suspended")).toMatchObject({ status: "True", reason: "JobSuspended" });
    expect(the().status?.failed).toBeUndefined();
    await change({ suspend: false });
    expect(condition("Suspended")).toMatchObject({ status: "False", reason: "JobResumed" });
    expect(running()).toHaveLength(1);
  });

  test("goes when its time to live is over", async () => {
    await apply({ ttlSecondsAfterFinished: 3 });
    await pods.start();
    await pods.end("Succeeded");
    await cluster.advance(2_000);
    expect(cluster.get("Job", "work")).toBeDefined();
    await cluster.advance(2_000);
    expect(cluster.get("Job", "work")).toBeUndefined();
    expect(cluster.store.list("Pod")).toEqual([]);
  });

  test("that is deleted lets its pods go", async () => {
    await apply();
    await pods.start();
    await cluster.delete("Job", "work", { propagationPolicy: "Background" });
    await cluster.advance(1_000);
    await pods.stop();
    expect(cluster.store.list("Pod")).toEqual([]);
  });

  test("fails at once by a rule of its podFailurePolicy, and does not count what another ignores", async () => {
    const rules = [
      { action: "FailJob" as const, onExitCodes: { operator: "In" as const, values: [42] } },
      { action: "Ignore" as const, onExitCodes: { operator: "In" as const, values: [3] } },
    ];
    await apply({ podFailurePolicy: { rules }, backoffLimit: 0 });
    await pods.start();
    await pods.end("Failed", 3);
    expect(the().status?.failed).toBeUndefined();
    await cluster.advance(30_000);
    await pods.start();
    await pods.end("Failed", 42);
    expect(condition("Failed")?.reason).toBe("PodFailurePolicy");
    expect(condition("Failed")?.message).toMatch(
      /^Container main for pod demo\/work-\w+ failed with exit code 42 matching FailJob rule at index 0$/,
    );
  });
});

describe("an Indexed Job", () => {
  test("has a pod for each index, which knows its number", async () => {
    await apply({ completions: 3, parallelism: 2, completionMode: "Indexed" });
    expect(pods.alive.map(({ spec }) => spec.hostname).sort()).toEqual(["work-0", "work-1"]);
    expect(pods.alive[0]?.spec.containers[0]?.env?.[0]?.name).toBe("JOB_COMPLETION_INDEX");
    await pods.start();
    await pods.end("Succeeded");
    await pods.start();
    await pods.end("Succeeded");
    expect(the().status).toMatchObject({ completedIndexes: "0-2", succeeded: 3 });
    expect(condition("Complete")?.status).toBe("True");
  });

  test("with a limit for each index fails when an index has failed and all others have ended", async () => {
    await apply({ completions: 2, parallelism: 2, completionMode: "Indexed", backoffLimitPerIndex: 0 });
    await pods.start();
    const of = (index: number) => pods.alive.filter(pod => pod.spec.hostname === `work-${index}`);
    await pods.end(
      "Failed",
      1,
      of(1).map(({ metadata }) => metadata.name),
    );
    expect(condition("FailureTarget")).toBeUndefined();
    await pods.end(
      "Succeeded",
      0,
      of(0).map(({ metadata }) => metadata.name),
    );
    expect(the().status).toMatchObject({
      completedIndexes: "0",
      failedIndexes: "1",
      failed: 1,
      succeeded: 1,
    });
    expect(condition("Failed")).toMatchObject({ reason: "FailedIndexes" });
  });

  test("has succeeded when its successPolicy is met", async () => {
    await apply({
      completions: 3,
      parallelism: 3,
      completionMode: "Indexed",
      successPolicy: { rules: [{ succeededIndexes: "0" }] },
    });
    await pods.start();
    const leader = pods.alive
      .filter(pod => pod.spec.hostname === "work-0")
      .map(({ metadata }) => metadata.name);
    await pods.end("Succeeded", 0, leader);
    await pods.stop();
    expect(condition("Complete")).toMatchObject({ reason: "SuccessPolicy" });
  });
});

test("indexes are written as ranges, and read again", () => {
  expect(formatIndexes([7, 3, 4, 5, 1])).toBe("1,3-5,7");
  expect(formatIndexes([0, 1])).toBe("0,1");
  expect([...parseIndexes("1,3-5,7,x", 6)]).toEqual([1, 3, 4, 5]);
});
