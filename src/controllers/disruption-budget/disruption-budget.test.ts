import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TestCluster, testKinds } from "../../loop/test-cluster.ts";
import { timestamp } from "../../outside/index.ts";
import type {
  Draft,
  KindDefinition,
  OwnerReference,
  PodDisruptionBudget,
  PodDisruptionBudgetStatus,
  ReplicaSet,
} from "../../resources/index.ts";
import { controllerWriter } from "../../store/index.ts";
import { replicaset } from "../replicaset/index.ts";
import { TestPods } from "../test-pods.ts";
import { disruptionBudget } from "./disruption-budget.ts";

let cluster: TestCluster;
let pods: TestPods;
let kinds: readonly KindDefinition[];

beforeEach(async () => {
  kinds = testKinds;
  cluster = await TestCluster.of(
    disruptionBudget(() => kinds),
    replicaset,
  );
  pods = new TestPods(cluster);
});

afterEach(async () => {
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});

const labels = { app: "web" };

async function budget(spec: object): Promise<void> {
  const metadata = { name: "guard", namespace: "demo" };
  const whole = { selector: { matchLabels: labels }, ...spec };
  await cluster.create({
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata,
    spec: whole,
  } as Draft<PodDisruptionBudget>);
}

async function web(replicas: number): Promise<void> {
  const own = { ...labels, set: "web" };
  const template = { metadata: { labels: own }, spec: { containers: [{ name: "app", image: "echo" }] } };
  const metadata = { name: "web", namespace: "demo" };
  const spec = { replicas, selector: { matchLabels: own }, template };
  await cluster.create({ apiVersion: "apps/v1", kind: "ReplicaSet", metadata, spec } as Draft<ReplicaSet>);
  await cluster.settle();
}

const status = () => cluster.the("PodDisruptionBudget", "guard").status;
/** As another than the controller would write it. */
const report = (more: object) =>
  cluster.registry.modify(
    "PodDisruptionBudget",
    "demo",
    "guard",
    given => ({ ...given, status: { ...given.status, ...more } as PodDisruptionBudgetStatus }),
    { author: controllerWriter("test"), subresource: "status" },
  );
const evict = (name: string, more: object = {}) =>
  cluster.registry.create(
    { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace: "demo" }, ...more },
    { author: controllerWriter("test"), subresource: "eviction", parent: "Pod" },
  );

test.each([
  [{ minAvailable: 2 }, 2, 1],
  [{ minAvailable: "50%" }, 2, 1],
  [{ maxUnavailable: 1 }, 2, 1],
  [{ maxUnavailable: "34%" }, 1, 2],
])("%j over three pods wants %i, and lets %i go", async (spec, desiredHealthy, disruptionsAllowed) => {
  await budget(spec);
  await web(3);
  expect(status()).toMatchObject({ disruptionsAllowed: 0, expectedPods: 3, currentHealthy: 0 });
  await pods.start();
  expect(status()).toMatchObject({ desiredHealthy, disruptionsAllowed, currentHealthy: 3 });
  expect(status()?.conditions).toMatchObject([
    { type: "DisruptionAllowed", status: "True", reason: "SufficientPods" },
  ]);
});

test("an eviction that would take too much is refused until another pod is ready", async () => {
  await budget({ minAvailable: 1 });
  await web(2);
  await pods.start();
  const [first, second] = pods.alive.map(({ metadata }) => metadata.name);
  await evict(first ?? "");
  await cluster.settle();
  await expect(evict(second ?? "")).rejects.toMatchObject({ reason: "TooManyRequests" });
  const target = { type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI" };
  expect(cluster.the("Pod", first ?? "").status?.conditions).toContainEqual(expect.objectContaining(target));
  expect(JSON.stringify(cluster.the("Pod", second ?? "").status)).not.toContain("DisruptionTarget");
  await pods.follow();
  await evict(second ?? "");
});

function policy(unhealthyPodEvictionPolicy: "AlwaysAllow" | "IfHealthyBudget") {
  return { unhealthyPodEvictionPolicy };
}

describe("a pod that runs and is not ready", () => {
  /** Three pods, of which one is ready no more. Returns its name, and those of the ready ones. */
  async function oneUnready(spec: object): Promise<string[]> {
    await budget(spec);
    await web(3);
    await pods.start();
    const names = pods.alive.map(({ metadata }) => metadata.name);
    await pods.ready(names[0] ?? "", "False");
    await cluster.settle();
    expect(status()).toMatchObject({ currentHealthy: 2 });
    return names;
  }
  const askFor = (name = "") =>
    evict(name).then(
      () => "goes",
      ({ reason }) => reason,
    );

  test.each([
    ["stays where too few are ready", { minAvailable: 3 }, "TooManyRequests"],
    ["stays by IfHealthyBudget", { minAvailable: 3, ...policy("IfHealthyBudget") }, "TooManyRequests"],
    ["goes by AlwaysAllow", { minAvailable: 3, ...policy("AlwaysAllow") }, "goes"],
    ["goes by AlwaysAllow where none may go", { maxUnavailable: 0, ...policy("AlwaysAllow") }, "goes"],
    ["goes where enough are ready", { minAvailable: 2 }, "goes"],
    ["goes by IfHealthyBudget, too", { maxUnavailable: 1, ...policy("IfHealthyBudget") }, "goes"],
  ])("%s", async (_, spec, answer) => {
    const [unready, ready] = await oneUnready(spec);
    expect(await askFor(ready)).toBe("TooManyRequests");
    expect(await askFor(unready)).toBe(answer);
  });

  test("uses nothing up of what its budget allows", async () => {
    const [unready, one, other] = await oneUnready({ minAvailable: 1 });
    expect(status()).toMatchObject({ disruptionsAllowed: 1 });
    const asked = await Promise.all([unready, one, other].map(askFor));
    expect(asked).toEqual(["goes", "goes", "TooManyRequests"]);
  });
});

test("of two evictions at once each sees what the other has noted", async () => {
  await budget({ minAvailable: 1 });
  await web(2);
  await pods.start();
  const [first, second] = pods.alive.map(({ metadata }) => metadata.name);
  const both = await Promise.allSettled([evict(first ?? ""), evict(second ?? "")]);
  expect(both).toMatchObject([
    { status: "fulfilled" },
    {
      reason: {
        reason: "TooManyRequests",
        details: {
          causes: [{ message: "The disruption budget guard does not allow evicting pods currently" }],
        },
      },
    },
  ]);
});

test("an eviction writes its budget, the condition of the pod, and its deletion, in this order", async () => {
  await budget({ minAvailable: 1 });
  await web(2);
  await pods.start();
  const [name = ""] = pods.alive.map(({ metadata }) => metadata.name);
  const from = cluster.store.revision;
  const preconditions = { resourceVersion: cluster.the("Pod", name).metadata.resourceVersion };
  await evict(name, { deleteOptions: { preconditions } });
  const written = cluster.store.history({ after: from }).slice(0, 3);
  expect(written.map(({ key, actor }) => [key.kind, actor])).toEqual([
    ["PodDisruptionBudget", "kube-apiserver"],
    ["Pod", "test"],
    ["Pod", "test"],
  ]);
  expect(written.map(({ object }) => object)).toMatchObject([
    {
      status: {
        ...{ disruptionsAllowed: 0, currentHealthy: 2, observedGeneration: 1 },
        disruptedPods: { [name]: expect.any(String) },
        conditions: [{ status: "False", reason: "InsufficientPods" }],
      },
    },
    {
      status: { conditions: expect.arrayContaining([expect.objectContaining({ type: "DisruptionTarget" })]) },
    },
    { metadata: { deletionTimestamp: expect.any(String) } },
  ]);
  await cluster.settle();
  expect(status()).not.toHaveProperty("disruptedPods");
});

test("an eviction of another version of the pod writes nothing on it", async () => {
  await web(1);
  await pods.start();
  const [name = ""] = pods.alive.map(({ metadata }) => metadata.name);
  const before = cluster.the("Pod", name);
  const asked = evict(name, { deleteOptions: { preconditions: { resourceVersion: "1" } } });
  await expect(asked).rejects.toMatchObject({ reason: "Conflict" });
  expect(cluster.the("Pod", name)).toBe(before);
});

test("a pod that an eviction has noted counts no more, until its deletion is overdue, which is told", async () => {
  await budget({ minAvailable: 1 });
  await web(2);
  await pods.start();
  const [name = ""] = pods.alive.map(({ metadata }) => metadata.name);
  const disruptedPods = { [name]: timestamp(cluster.clock.now()) };
  await report({ disruptedPods });
  await cluster.advance(119_000);
  expect(status()).toMatchObject({ currentHealthy: 1, disruptionsAllowed: 0, disruptedPods });
  await cluster.advance(3_000);
  expect(status()).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1 });
  expect(status()).not.toHaveProperty("disruptedPods");
  const [told] = cluster.store.list("Event").filter(({ reason }) => reason === "NotDeleted");
  expect(told).toMatchObject({
    type: "Warning",
    message: "Pod was expected by PDB demo/demo to be deleted but it wasn't",
    involvedObject: { kind: "Pod", name },
  });
});

test("where it cannot count, an eviction says so, and the numbers stay those of the last count", async () => {
  await budget({ maxUnavailable: 1 });
  const uid = "11111111-1111-4111-8111-111111111111";
  await bare("one", { apiVersion: "batch/v1", kind: "Job", name: "work", uid });
  expect(status()).not.toHaveProperty("conditions.0.observedGeneration");
  const causes = [
    {
      message: "The disruption budget guard is still being processed by the server.",
      reason: "DisruptionBudget",
    },
  ];
  await expect(evict("one")).rejects.toMatchObject({ details: { retryAfterSeconds: 10, causes } });
  await report({ observedGeneration: 1 });
  const problem = "jobs.batch does not implement the scale subresource";
  const message = `The disruption budget guard does not allow evicting pods currently because it failed sync: ${problem}`;
  await expect(evict("one")).rejects.toMatchObject({ details: { causes: [{ message }] } });
});

/** A pod that runs and is ready, of this controller. */
async function bare(name: string, owner?: Omit<OwnerReference, "controller">): Promise<void> {
  const ownerReferences = owner && [{ ...owner, controller: true }];
  const metadata = { name, namespace: "demo", labels, ...(ownerReferences && { ownerReferences }) };
  const spec = { containers: [{ name: "app", image: "echo" }] };
  await cluster.create({ apiVersion: "v1", kind: "Pod", metadata, spec } as Draft);
  await pods.start();
}

test("pods that nothing has in charge count for none, which is told", async () => {
  await budget({ maxUnavailable: 1 });
  await web(3);
  await pods.start();
  await bare("alone");
  await cluster.advance(10_000);
  expect(status()).toMatchObject({
    expectedPods: 3,
    desiredHealthy: 2,
    currentHealthy: 4,
    disruptionsAllowed: 2,
  });
  const told = cluster.store.list("Event").filter(({ reason }) => reason === "UnmanagedPods");
  expect(told).toMatchObject([{ type: "Warning", count: 1 }]);
  expect(told[0]?.message).toContain(
    "(selector: &LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged.",
  );
});

test.each([
  ["batch/v1", "Job", "jobs.batch does not implement the scale subresource"],
  ["v1", "Node", "nodes does not implement the scale subresource"],
  ["example.com/v1", "Fleet", 'no matches for kind "Fleet" in version "example.com/v1"'],
  ["apps/v1", "ReplicaSet", 'found no controllers for pod "one"'],
])("a pod of a controller %s %s without a scale: none may go", async (apiVersion, kind, message) => {
  await budget({ maxUnavailable: 1 });
  await bare("one", { apiVersion, kind, name: "fleet", uid: "11111111-1111-4111-8111-111111111111" });
  expect(status()).toMatchObject({ disruptionsAllowed: 0 });
  expect(status()?.conditions).toMatchObject([{ status: "False", reason: "SyncFailed", message }]);
});

test("any kind with a scale says how many there should be, and wakes its budgets when it says another number", async () => {
  // Stands for a kind of a user's: what is scaled is known by its kind alone.
  const own = testKinds.find(({ kind }) => kind === "ReplicationController");
  kinds = own ? [own] : [];
  await budget({ maxUnavailable: 1 });
  const metadata = { name: "fleet", namespace: "demo" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "app", image: "echo" }] } };
  const spec = { replicas: 2, selector: labels, template };
  const fleet = await cluster.create({ apiVersion: "v1", kind: "ReplicationController", metadata, spec });
  for (const name of ["one", "two"])
    await bare(name, {
      apiVersion: "v1",
      kind: "ReplicationController",
      name: "fleet",
      uid: fleet.metadata.uid,
    });
  expect(status()).toMatchObject({ expectedPods: 2, desiredHealthy: 1, disruptionsAllowed: 1 });
  await cluster.change("ReplicationController", "fleet", given => ({
    ...given,
    spec: { ...given.spec, replicas: 5 },
  }));
  await cluster.settle();
  expect(status()).toMatchObject({ expectedPods: 5, desiredHealthy: 4, disruptionsAllowed: 0 });
});

test("what it cannot count is told when it becomes so, not each second", async () => {
  await budget({ maxUnavailable: 1 });
  await cluster.advance(10_000);
  const uid = "11111111-1111-4111-8111-111111111111";
  await bare("one", { apiVersion: "batch/v1", kind: "Job", name: "work", uid });
  await cluster.advance(10_000);
  expect(cluster.store.list("Event").map(({ reason, count }) => [reason, count])).toEqual([
    ["NoPods", 1],
    ["CalculateExpectedPodCountFailed", 1],
  ]);
});
