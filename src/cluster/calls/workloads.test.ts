import { afterEach, beforeEach, expect, test } from "vitest";
import type { AdmissionPlugin } from "../../admission/index.ts";
import { seededRandom, VirtualClock } from "../../outside/index.ts";
import type { Deployment } from "../../resources/index.ts";
import { Cluster } from "../cluster.ts";

let clock: VirtualClock;
let cluster: Cluster;
/** What happens when a Deployment is to be changed, before it is. */
let changing: (deployment: { readonly spec?: unknown }) => Promise<void>;

beforeEach(async () => {
  clock = new VirtualClock();
  changing = async () => {};
  const asks: AdmissionPlugin = {
    name: "Asks",
    on: [{ operations: ["UPDATE"], kinds: ["Deployment"] }],
    validate: object => object && changing(object),
  };
  const admission = { plugins: [asks] };
  cluster = new Cluster({ clock, random: seededRandom(1), runtime: "hollow", nodes: 2, admission });
  await during(cluster.start());
});

afterEach(() => cluster.stop());

/** Waits for what is under way, with all that follows at once. */
async function during<T>(work: Promise<T>): Promise<T> {
  await clock.settle();
  return work;
}

async function apply(
  kind: string,
  image: string,
  more: object = {},
  annotations: object = {},
): Promise<void> {
  const labels = { app: "web" };
  const containers = [{ name: "main", image, resources: { requests: { cpu: "250m", memory: "64Mi" } } }];
  // It takes a while, so that there is something to wait for.
  const slowly = { "k4s.dev/hollow-start-after": "500ms" };
  const template = { metadata: { labels, annotations: slowly }, spec: { containers } };
  const spec = { selector: { matchLabels: labels }, template, ...more };
  await during(cluster.apply({ apiVersion: "apps/v1", kind, metadata: { name: "web", annotations }, spec }));
}

const imageOf = async (kind: string) => {
  const { spec } = (await cluster.get(kind, "web")) as unknown as Deployment;
  return spec.template.spec.containers[0]?.image;
};

test("a Deployment is scaled, rolled out, back, anew, and paused", async () => {
  await apply("Deployment", "web:1", {}, { "kubernetes.io/change-cause": "the first" });
  await clock.advance(2_000);
  await during(cluster.scale("Deployment/web", 3));
  expect(await cluster.rollout.status("Deployment/web")).toEqual({
    done: false,
    message: expect.stringMatching(/^Waiting for deployment "web" rollout to finish: /),
  });
  await clock.advance(2_000);
  expect(await cluster.rollout.status("Deployment/web")).toEqual({
    done: true,
    message: 'deployment "web" successfully rolled out',
  });
  await apply("Deployment", "web:2", { replicas: 3 }, { "kubernetes.io/change-cause": "the second" });
  await clock.advance(5_000);
  const history = await cluster.rollout.history("Deployment/web");
  expect(history).toMatchObject([
    { revision: 1, changeCause: "the first", template: { spec: { containers: [{ image: "web:1" }] } } },
    { revision: 2, changeCause: "the second", template: { metadata: { labels: { app: "web" } } } },
  ]);
  await during(cluster.rollout.undo("Deployment/web"));
  await clock.advance(5_000);
  expect(await imageOf("Deployment")).toBe("web:1");
  expect((await cluster.rollout.history("Deployment/web")).map(({ revision }) => revision)).toEqual([2, 3]);
  await during(cluster.rollout.undo("Deployment/web", { toRevision: 2 }));
  expect(await imageOf("Deployment")).toBe("web:2");
  await expect(cluster.rollout.undo("Deployment/web", { toRevision: 9 })).rejects.toMatchObject({
    reason: "NotFound",
  });

  await during(cluster.rollout.pause("Deployment/web"));
  await expect(cluster.rollout.pause("Deployment/web")).rejects.toThrow("Deployment web is already paused");
  await expect(cluster.rollout.undo("Deployment/web")).rejects.toThrow("while it is paused");
  await during(cluster.rollout.resume("Deployment/web"));
  const before = (await cluster.list("Pod")).map(({ metadata }) => metadata.uid);
  await during(cluster.rollout.restart("Deployment/web"));
  await clock.advance(20_000);
  const after = (await cluster.list("Pod")).map(({ metadata }) => metadata.uid);
  expect(after).toHaveLength(3);
  expect(after.filter(uid => before.includes(uid))).toEqual([]);
});

test("a roll-back puts nothing back but the template: what changes meanwhile stays", async () => {
  await apply("Deployment", "web:1");
  await clock.advance(2_000);
  await apply("Deployment", "web:2");
  await clock.advance(2_000);
  let isScaled = false;
  changing = async ({ spec }) => {
    if (isScaled || (spec as Deployment["spec"]).template.spec.containers[0]?.image !== "web:1") return;
    isScaled = true;
    await cluster.scale("Deployment/web", 3);
  };
  await during(cluster.rollout.undo("Deployment/web"));
  expect(isScaled).toBe(true);
  expect(((await cluster.get("Deployment", "web")) as Deployment).spec.replicas).toBe(3);
  expect(await imageOf("Deployment")).toBe("web:1");
});

test.each(["StatefulSet", "DaemonSet"] as const)("a %s goes back to the template before", async kind => {
  await apply(kind, "web:1");
  await clock.advance(5_000);
  await apply(kind, "web:2");
  expect((await cluster.rollout.status(`${kind}/web`)).done).toBe(false);
  await clock.advance(10_000);
  expect((await cluster.rollout.status(`${kind}/web`)).done).toBe(true);
  await during(cluster.rollout.undo(`${kind}/web`));
  await clock.advance(10_000);
  expect(await imageOf(kind)).toBe("web:1");
  expect((await cluster.rollout.history(`${kind}/web`)).map(({ revision }) => revision)).toEqual([2, 3]);
  expect((await cluster.list("Pod")).every(({ spec }) => spec.containers[0]?.image === "web:1")).toBe(true);
  await expect(cluster.rollout.pause(`${kind}/web`)).rejects.toThrow(`a ${kind} cannot be paused`);
});

test("a rollout is waited for until it is done, past its deadline, or gone", async () => {
  await apply("Deployment", "web:1", { replicas: 3, progressDeadlineSeconds: 30 });
  const done = cluster.rollout.wait("Deployment/web");
  await clock.advance(5_000);
  expect(await done).toEqual({ done: true, message: 'deployment "web" successfully rolled out' });

  const template = { metadata: { annotations: { "k4s.dev/hollow-start-after": "90s" } } };
  await during(cluster.patch("Deployment", "web", { spec: { template } }));
  const fault = (options = {}) => cluster.rollout.wait("Deployment/web", options).catch(error => error);
  const [early, stuck] = [fault({ timeoutMs: 1_000 }), fault()];
  await clock.advance(40_000);
  expect(await early).toMatchObject({
    reason: "Timeout",
    message: expect.stringMatching(/^waited 1000 ms: Waiting for deployment "web" rollout to finish: \d/),
  });
  expect(await stuck).toMatchObject({ message: 'deployment "web" exceeded its progress deadline' });

  await during(cluster.rollout.undo("Deployment/web"));
  const gone = fault();
  await during(cluster.delete("Deployment", "web"));
  expect(await gone).toMatchObject({ reason: "NotFound" });
  await expect(cluster.rollout.wait("Deployment/web")).rejects.toMatchObject({ reason: "NotFound" });
});

test("what cannot be scaled or rolled out is BadRequest, what is not there NotFound", async () => {
  await expect(cluster.scale("ConfigMap/x", 1)).rejects.toMatchObject({ reason: "BadRequest" });
  await expect(cluster.scale("Deployment/x", 1)).rejects.toMatchObject({ reason: "NotFound" });
  await expect(cluster.rollout.status("Job/x")).rejects.toMatchObject({ reason: "BadRequest" });
  await expect(cluster.rollout.status("Deployment/x")).rejects.toMatchObject({ reason: "NotFound" });
  await expect(cluster.scale("Deployment/x", -1)).rejects.toMatchObject({ reason: "BadRequest" });
});

test("a workload is scaled by load through an autoscaler of its name", async () => {
  await apply("Deployment", "web:1");
  const made = await during(cluster.autoscale("Deployment/web", { min: 2, max: 5, cpu: 50 }));
  expect(made).toMatchObject({
    metadata: { name: "web" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 2,
      maxReplicas: 5,
      metrics: [{ resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } }],
    },
  });
  await clock.advance(20_000);
  expect(await cluster.list("Pod")).toHaveLength(2);
});

test("an autoscaler is made of what is there and can be scaled, and of no other", async () => {
  const refused = (ref: string) => cluster.autoscale(ref, { max: 5 }).catch(error => error);
  expect(await during(refused("Deployment/none"))).toMatchObject({
    reason: "NotFound",
    message: 'deployments.apps "none" not found',
  });
  expect(await during(refused("ConfigMap/none"))).toMatchObject({
    reason: "BadRequest",
    message: "a ConfigMap has no scale",
  });
  expect(await cluster.list("HorizontalPodAutoscaler")).toEqual([]);
  await apply("Deployment", "web:1");
  await during(cluster.autoscale("Deployment/web", { max: 5 }));
  const again = await during(cluster.autoscale("Deployment/web", { max: 9 }).catch(error => error));
  expect(again).toMatchObject({
    reason: "AlreadyExists",
    message: 'horizontalpodautoscalers.autoscaling "web" already exists',
  });
  expect((await cluster.get("HorizontalPodAutoscaler", "web"))?.spec.maxReplicas).toBe(5);
});

test("stats tell how large the cluster is, how full, and what it has done", async () => {
  await apply("Deployment", "web:1", { replicas: 2 });
  await clock.advance(20_000);
  await during(cluster.nodes.crash("node-0"));
  await clock.advance(400_000);
  // A roll-out scales ReplicaSets, and no workload.
  await apply("Deployment", "web:2", { replicas: 3 });
  await clock.advance(20_000);
  const stats = await cluster.stats();
  expect(stats).toMatchObject({
    nodes: { total: 2, ready: 1 },
    capacity: { pods: 1_000 },
    healing: { restarts: 0, evacuations: 1, reschedules: 1 },
    scaling: { workloads: 1, autoscalers: 0 },
  });
  expect(stats.pods).toMatchObject({ total: 4, Running: 4, Failed: 0 });
  expect(stats.requested).toEqual({ cpu: 1, memory: 4 * 64 * 2 ** 20, pods: 4 });
});

test.each(["Deployment", "StatefulSet", "ReplicaSet"])(
  "a %s that is given another size counts once",
  async kind => {
    await apply(kind, "web:1", { replicas: 2 });
    await during(cluster.scale(`${kind}/web`, 3));
    // The size that it has is none.
    await during(cluster.scale(`${kind}/web`, 3));
    await clock.advance(5_000);
    expect((await cluster.stats()).scaling).toEqual({ workloads: 1, autoscalers: 0 });
  },
);
