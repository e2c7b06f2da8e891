import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TestCluster } from "../../loop/test-cluster.ts";
import { conditionOf, type Draft, type Job, type JobCondition, type JobSpec } from "../../resources/index.ts";
import { garbageCollection } from "../garbage-collection.ts";
import { TestPods } from "../test-pods.ts";
import { job } from "./job.ts";
import { trackingFinalizer } from "./tracking.ts";

let cluster: TestCluster;
let pods: TestPods;

beforeEach(async () => {
  cluster = await TestCluster.of(job(), garbageCollection);
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

  test("waits after a deletion by another as after a failure", async () => {
    await apply();
    await pods.start();
    await cluster.delete("Pod", running()[0]?.metadata.name ?? "");
    await cluster.settle();
    await pods.stop();
    expect(the().status).toMatchObject({ failed: 1 });
    await cluster.advance(9_000);
    expect(running()).toEqual([]);
    await cluster.advance(2_000);
    expect(running()).toHaveLength(1);
  });

  test("remembers a failure after the failed pod is deleted", async () => {
    await apply();
    await pods.start();
    await pods.end("Failed");
    await cluster.delete("Pod", pods.alive[0]?.metadata.name ?? "", { gracePeriodSeconds: 0 });
    await cluster.advance(9_000);
    expect(running()).toEqual([]);
    await cluster.advance(2_000);
    expect(running()).toHaveLength(1);
  });

  test("that takes too long is stopped, and has failed when its pods have ended", async () => {
    await apply({ activeDeadlineSeconds: 5 });
    await pods.start();
    await cluster.advance(6_000);
    expect(said()).toEqual(["FailureTarget=True"]);
    // What ran is counted with the end that stopped it.
    expect(the().status).toMatchObject({ failed: 1, terminating: 1 });
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

  test("is left alone where another controller manages it", async () => {
    await apply({ managedBy: "example.com/queue" });
    expect(pods.alive).toEqual([]);
    expect(the().status).toEqual({});
  });

  test("that waits for what it replaces makes no pod before the old one has ended", async () => {
    await apply({ podReplacementPolicy: "Failed" });
    await pods.start();
    const [first] = pods.alive;
    await cluster.delete("Pod", first?.metadata.name ?? "");
    await cluster.settle();
    expect(the().status).toMatchObject({ terminating: 1 });
    expect(pods.alive).toEqual([]);
    await pods.end("Failed", 143);
    await cluster.advance(11_000);
    expect(running()).toHaveLength(1);
    expect(the().status).toMatchObject({ failed: 1, active: 1, terminating: 0 });
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

  test("that is deleted alone lets its pods go, though they have lost their labels", async () => {
    await apply();
    const [pod] = pods.alive;
    await cluster.change("Pod", pod?.metadata.name ?? "", given => ({
      ...given,
      metadata: { ...given.metadata, finalizers: [trackingFinalizer] },
    }));
    await cluster.delete("Job", "work", { propagationPolicy: "Orphan" });
    await cluster.advance(1_000);
    expect(pods.alive.map(({ metadata }) => metadata.finalizers)).toEqual([undefined]);
  });

  test("that is deleted has no look at the pods of others", async () => {
    const looks: (string | undefined)[] = [];
    const { store } = cluster;
    const list = store.list.bind(store);
    vi.spyOn(store, "list").mockImplementation((kind, options) => {
      if (kind === "Pod") looks.push(options?.orphans ? undefined : options?.namespace);
      return list(kind, options);
    });
    await apply();
    await cluster.delete("Job", "work", { propagationPolicy: "Background" });
    await cluster.settle();
    expect(cluster.names("Pod")).toEqual([]);
    expect(looks).not.toContain("demo");
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

describe("a Job that is changed while it runs", () => {
  test("with fewer pods at once counts none of those it stops as failed", async () => {
    await apply({ completions: 5, parallelism: 3 });
    await pods.start();
    await change({ parallelism: 1 });
    await pods.stop();
    expect(running()).toHaveLength(1);
    expect(the().status).toMatchObject({ active: 1, terminating: 0 });
    expect(the().status?.failed).toBeUndefined();
  });

  test("leaves the pods of a work queue alone after the first success", async () => {
    await apply({ parallelism: 3 });
    await pods.start();
    await pods.end("Succeeded", 0, [pods.alive[0]?.metadata.name ?? ""]);
    await change({ parallelism: 1 });
    expect(running()).toHaveLength(2);
  });

  test("that is Indexed may be made smaller and larger", async () => {
    await apply({ completions: 3, parallelism: 3, completionMode: "Indexed" });
    await pods.start();
    await pods.end("Succeeded", 0, named(2));
    expect(the().status).toMatchObject({ completedIndexes: "2", succeeded: 1 });
    await change({ completions: 1, parallelism: 1 });
    await pods.stop();
    expect(the().status?.completedIndexes).toBeUndefined();
    expect(the().status?.succeeded).toBeUndefined();
    expect(hostnames()).toEqual(["work-0"]);
    await change({ completions: 2, parallelism: 2 });
    expect(hostnames()).toEqual(["work-0", "work-1"]);
  });
});

const of = (index: number) => running().filter(({ spec }) => spec.hostname === `work-${index}`);
const named = (index: number) => of(index).map(({ metadata }) => metadata.name);
const hostnames = () =>
  running()
    .map(({ spec }) => spec.hostname)
    .sort();

describe("an Indexed Job", () => {
  test("has one pod for each index: a second one goes, and so does one without an index", async () => {
    await apply({ completions: 2, parallelism: 2, completionMode: "Indexed" });
    await pods.start();
    const [first] = of(0);
    if (!first) throw new Error("there is no pod of index 0");
    const { name: _, uid: __, resourceVersion: ___, annotations, ...metadata } = first.metadata;
    for (const more of [{ name: "twin", annotations }, { name: "stranger" }]) {
      const { nodeName: ____, ...spec } = first.spec;
      await cluster.create({ apiVersion: "v1", kind: "Pod", metadata: { ...metadata, ...more }, spec });
    }
    await cluster.settle();
    expect(pods.alive.map(({ metadata: { name } }) => name).sort()).toEqual(
      [...named(0), ...named(1)].sort(),
    );
    expect(the().status?.failed).toBeUndefined();
  });

  test("keeps the end of a pod's name, however long its own is", async () => {
    const name = "n".repeat(60);
    const template = {
      spec: { restartPolicy: "Never" as const, containers: [{ name: "main", image: "work" }] },
    };
    const spec: JobSpec = { completions: 1, completionMode: "Indexed", template };
    await cluster.create<Job>({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name, namespace: "demo" },
      spec,
    });
    await cluster.settle();
    expect(pods.alive[0]?.metadata.name).toMatch(/^n{55}-0-\w{5}$/);
  });

  test("holds a failed pod until the next one of its index has taken its count", async () => {
    const failures = "batch.kubernetes.io/job-index-failure-count";
    const ignored = "batch.kubernetes.io/job-index-ignored-failure-count";
    const rules = [{ action: "Ignore" as const, onExitCodes: { operator: "In" as const, values: [3] } }];
    await apply({
      completions: 2,
      parallelism: 2,
      completionMode: "Indexed",
      backoffLimitPerIndex: 2,
      podFailurePolicy: { rules },
    });
    await pods.start();
    for (const [exitCode, wait, is] of [
      [1, 10_000, { [failures]: "1" }],
      [3, 20_000, { [failures]: "1", [ignored]: "1" }],
      [1, 40_000, { [failures]: "2", [ignored]: "1" }],
    ] as const) {
      const [failed] = of(1);
      await pods.end("Failed", exitCode, named(1));
      // Deleted by a user: it stays until it was counted.
      await cluster.delete("Pod", failed?.metadata.name ?? "", { gracePeriodSeconds: 0 });
      await cluster.advance(wait - 1_000);
      expect(of(1)).toEqual([]);
      expect(cluster.get("Pod", failed?.metadata.name ?? "")).toBeDefined();
      await cluster.advance(2_000);
      expect(of(1)[0]?.metadata.annotations).toMatchObject(is);
      expect(cluster.get("Pod", failed?.metadata.name ?? "")).toBeUndefined();
      await pods.start();
    }
    await pods.end("Failed", 1, named(1));
    expect(the().status).toMatchObject({ failedIndexes: "1", failed: 3 });
    await pods.end("Succeeded", 0, named(0));
    expect(condition("Failed")).toMatchObject({ reason: "FailedIndexes" });
  });

  test.each([
    { maxFailedIndexes: 1, rule: "FailIndex" as const, failing: [0, 1], reason: "MaxFailedIndexesExceeded" },
    { maxFailedIndexes: 3, rule: "FailJob" as const, failing: [2], reason: "PodFailurePolicy" },
  ])("fails by $reason", async ({ maxFailedIndexes, rule, failing, reason }) => {
    const rules = [{ action: rule, onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }];
    await apply({
      completions: 4,
      parallelism: 4,
      completionMode: "Indexed",
      backoffLimitPerIndex: 5,
      maxFailedIndexes,
      podFailurePolicy: { rules },
    });
    await pods.start();
    for (const index of failing) {
      const conditions = [{ type: "DisruptionTarget", status: "True" as const }];
      await cluster.reportPod(named(index)[0] ?? "", { phase: "Failed", conditions });
      await cluster.settle();
    }
    await pods.stop();
    expect(condition("FailureTarget")?.reason).toBe(reason);
    if (rule === "FailIndex") expect(the().status?.failedIndexes).toBe("0,1");
    expect(condition("Failed")?.reason).toBe(reason);
  });

  test.each([
    { rules: [{ succeededIndexes: "0-2", succeededCount: 2 }], message: "Matched rules at index 0" },
    { rules: [{ succeededIndexes: "3" }, { succeededCount: 2 }], message: "Matched rules at index 1" },
  ])("has succeeded: $message", async ({ rules, message }) => {
    await apply({ completions: 4, parallelism: 4, completionMode: "Indexed", successPolicy: { rules } });
    await pods.start();
    await pods.end("Succeeded", 0, named(0));
    expect(said()).toEqual([]);
    await pods.end("Succeeded", 0, named(2));
    expect(condition("SuccessCriteriaMet")).toMatchObject({ reason: "SuccessPolicy", message });
    await pods.stop();
    expect(condition("Complete")?.status).toBe("True");
  });

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
    await pods.end("Failed", 1, named(1));
    expect(condition("FailureTarget")).toBeUndefined();
    await pods.end("Succeeded", 0, named(0));
    expect(the().status).toMatchObject({
      completedIndexes: "0",
      failedIndexes: "1",
      failed: 1,
      succeeded: 1,
    });
    expect(condition("Failed")).toMatchObject({ reason: "FailedIndexes" });
  });

  test("has no second pod of an index that ends still, where only failed pods are replaced", async () => {
    await apply({
      ...{ completions: 3, parallelism: 2, completionMode: "Indexed", podReplacementPolicy: "Failed" },
    });
    await pods.start();
    const indexes = () => pods.alive.map(({ metadata }) => metadata.name.split("-")[1]).sort();
    await cluster.delete("Pod", pods.alive[0]?.metadata.name ?? "");
    await cluster.settle();
    await pods.end("Succeeded", 0, [pods.alive[0]?.metadata.name ?? ""]);
    await pods.start();
    expect(pods.going).toHaveLength(1);
    expect(indexes()).toEqual(["1", "2"]);
  });

  test("does not count what runs when its successPolicy is met", async () => {
    await apply({
      ...{ completions: 3, parallelism: 3, completionMode: "Indexed" },
      successPolicy: { rules: [{ succeededIndexes: "0" }] },
    });
    await pods.start();
    await pods.end("Succeeded", 0, [pods.alive[0]?.metadata.name ?? ""]);
    expect(said()).toEqual(["SuccessCriteriaMet=True"]);
    expect(the().status).toMatchObject({ succeeded: 1, terminating: 2 });
    await pods.stop();
    expect(said()).toEqual(["SuccessCriteriaMet=True", "Complete=True"]);
    expect(the().status?.failed).toBeUndefined();
  });

  test("has succeeded when its successPolicy is met", async () => {
    await apply({
      completions: 3,
      parallelism: 3,
      completionMode: "Indexed",
      successPolicy: { rules: [{ succeededIndexes: "0" }] },
    });
    await pods.start();
    await pods.end("Succeeded", 0, named(0));
    await pods.stop();
    expect(condition("Complete")).toMatchObject({ reason: "SuccessPolicy" });
  });
});
