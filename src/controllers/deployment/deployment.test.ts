import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TestCluster } from "../../loop/test-cluster.ts";
import {
  conditionOf,
  type Deployment,
  type DeploymentCondition,
  type Draft,
  type ReplicaSet,
} from "../../resources/index.ts";
import { garbageCollection } from "../garbage-collection.ts";
import { replicaset } from "../replicaset/index.ts";
import { TestPods } from "../test-pods.ts";
import { deployment } from "./deployment.ts";
import { newSet } from "./revisions.ts";

let cluster: TestCluster;
let pods: TestPods;

beforeEach(async () => {
  cluster = await TestCluster.of(deployment, replicaset, garbageCollection);
  pods = new TestPods(cluster);
});

afterEach(async () => {
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});

function web(spec: Partial<Deployment["spec"]> = {}, image = "echo:v1"): Draft<Deployment> {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "demo" },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "app", image }] } },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...spec,
    },
  };
}

async function apply(spec?: Partial<Deployment["spec"]>): Promise<void> {
  await cluster.create(web(spec));
  await cluster.settle();
}

async function change(spec: Partial<Deployment["spec"]>): Promise<void> {
  await cluster.change("Deployment", "web", object => ({ ...object, spec: { ...object.spec, ...spec } }));
  await cluster.settle();
}

function image(image: string): Promise<void> {
  return change({ template: web({}, image).spec.template });
}

const the = () => cluster.the("Deployment", "web");
const progressing = () => conditionOf<DeploymentCondition>(the(), "Progressing");
const sets = () => cluster.store.list("ReplicaSet");
const sizes = () => sets().map(({ spec }) => spec.replicas);
/** What the events of this reason say about the Deployment. */
async function told(reason: string): Promise<string[]> {
  await cluster.advance(1_000);
  return cluster.events.flatMap(event => event.split(` ${reason} Deployment/web: `).slice(1));
}

describe("a Deployment", () => {
  test("has a ReplicaSet for its template, which makes the pods", async () => {
    await apply({ replicas: 3 });
    const [set] = sets() as [ReplicaSet];
    const hash = set.metadata.labels?.["pod-template-hash"] ?? "";
    expect(hash).toMatch(/^[a-z0-9]{1,10}$/);
    expect(set).toMatchObject({
      metadata: {
        name: `web-${hash}`,
        labels: { app: "web", "pod-template-hash": hash },
        annotations: {
          "deployment.kubernetes.io/revision": "1",
          "deployment.kubernetes.io/desired-replicas": "3",
          "deployment.kubernetes.io/max-replicas": "4",
        },
      },
      spec: { replicas: 3, selector: { matchLabels: { app: "web", "pod-template-hash": hash } } },
    });
    expect(progressing()).toMatchObject({ reason: "ReplicaSetUpdated" });
    expect(the().status).toMatchObject({ replicas: 3, unavailableReplicas: 3, terminatingReplicas: 0 });
    await pods.start();
    expect(the().metadata.annotations).toEqual({ "deployment.kubernetes.io/revision": "1" });
    expect(the().status).toMatchObject({ observedGeneration: 1, updatedReplicas: 3, availableReplicas: 3 });
    expect(progressing()).toMatchObject({
      status: "True",
      reason: "NewReplicaSetAvailable",
      message: `ReplicaSet "web-${hash}" has successfully progressed.`,
    });
    expect(await told("ScalingReplicaSet")).toEqual([`Scaled up replica set web-${hash} from 0 to 3`]);
  });

  test("does nothing the second time", async () => {
    await apply({ replicas: 2 });
    await pods.start();
    await cluster.advance(1_000);
    expect(await cluster.writesDuring(() => cluster.advance(10_000))).toBe(0);
  });

  test("takes in a set that matches and has its template", async () => {
    const draft = newSet(web() as Deployment, { others: [] }, 1);
    await cluster.create({ ...draft, metadata: { ...draft.metadata, ownerReferences: [] } });
    await apply({ replicas: 1 });
    expect(sets()).toHaveLength(1);
    expect(sets()[0]?.metadata.ownerReferences).toMatchObject([{ kind: "Deployment", name: "web" }]);
    await pods.start();
    expect(the().status).toMatchObject({ availableReplicas: 1 });
  });

  test("counts its revisions in 64 bits", async () => {
    const revision = "deployment.kubernetes.io/revision";
    const old = newSet(web({}, "echo:v0") as Deployment, { others: [] }, 0);
    const annotations = { [revision]: "3546343826724305832" };
    await cluster.create({ ...old, metadata: { ...old.metadata, annotations, ownerReferences: [] } });
    await apply({ replicas: 1 });
    expect(sets()).toHaveLength(2);
    expect(the().metadata.annotations?.[revision]).toBe("3546343826724305833");
  });

  test("takes another name where its set's is taken, and counts that", async () => {
    await apply({ replicas: 0 });
    const [set] = sets() as [ReplicaSet];
    await cluster.delete("Deployment", "web");
    await cluster.advance(2_000);
    expect(sets()).toEqual([]);
    const labels = { x: "y" };
    const template = { ...set.spec.template, metadata: { labels } };
    const spec = { replicas: 0, selector: { matchLabels: labels }, template };
    const metadata = { name: set.metadata.name, namespace: "demo" };
    await cluster.create({ apiVersion: "apps/v1", kind: "ReplicaSet", metadata, spec } as Draft<ReplicaSet>);
    await apply({ replicas: 1 });
    await cluster.advance(1_000);
    expect(the().status?.collisionCount).toBe(1);
    expect(sizes()).toEqual(expect.arrayContaining([0, 1]));
  });
});

describe("a rolling update", () => {
  beforeEach(async () => {
    await apply({ replicas: 4 });
    await pods.start();
  });

  test("grows the new set and shrinks the old one within its bounds", async () => {
    await image("echo:v2");
    for (let step = 0; step < 20; step++) {
      expect(pods.alive.length).toBeLessThanOrEqual(5);
      const ready = pods.alive.filter(pod => conditionOf(pod, "Ready")?.status === "True");
      expect(ready.length).toBeGreaterThanOrEqual(3);
      const next = pods.alive.find(({ spec }) => !spec.nodeName);
      if (!next) break;
      await pods.bind(next);
      await pods.ready(next.metadata.name);
      await cluster.settle();
    }
    await pods.stop();
    expect(sizes().sort()).toEqual([0, 4]);
    expect(the().status).toMatchObject({ replicas: 4, updatedReplicas: 4, availableReplicas: 4 });
    expect(the().metadata.annotations?.["deployment.kubernetes.io/revision"]).toBe("2");
    const steps = (await told("ScalingReplicaSet")).map(text => text.split(" from ")[1]);
    expect(steps.sort()).toEqual([
      "0 to 1",
      "0 to 4",
      "1 to 0",
      "1 to 2",
      "2 to 1",
      "2 to 3",
      "3 to 2",
      "3 to 4",
      "4 to 3",
    ]);
  });

  test("goes back to a revision that was there, which becomes the newest and remembers its number", async () => {
    await image("echo:v2");
    await pods.follow();
    await image("echo:v1");
    await pods.follow();
    expect(sets()).toHaveLength(2);
    const first = sets().find(({ spec }) => spec.replicas === 4);
    expect(first?.metadata.annotations).toMatchObject({
      "deployment.kubernetes.io/revision": "3",
      "deployment.kubernetes.io/revision-history": "1",
    });
    expect(first?.spec.template.spec.containers[0]?.image).toBe("echo:v1");
  });

  test("that never becomes available is given up when the deadline has passed, and the old pods stay", async () => {
    await change({ progressDeadlineSeconds: 20, template: web({}, "broken").spec.template });
    await pods.stop();
    await cluster.advance(22_000);
    expect(progressing()).toMatchObject({ status: "False", reason: "ProgressDeadlineExceeded" });
    expect(the().status).toMatchObject({ availableReplicas: 3 });
    // Repaired, it goes on.
    await image("echo:v3");
    await pods.follow();
    expect(progressing()).toMatchObject({ status: "True", reason: "NewReplicaSetAvailable" });
  });

  test("waits while it is paused, and goes on when resumed", async () => {
    await change({ paused: true });
    expect(progressing()).toMatchObject({ status: "Unknown", reason: "DeploymentPaused" });
    await image("echo:v2");
    expect(sets()).toHaveLength(1);
    await change({ replicas: 6 });
    expect(sizes()).toEqual([6]);
    await change({ paused: false });
    expect(sets()).toHaveLength(2);
    await pods.follow();
    expect(sizes().sort()).toEqual([0, 6]);
  });

  test("that is scaled in its middle shares the pods out in proportion", async () => {
    await change({ replicas: 10 });
    await pods.follow();
    await change({
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } },
      template: web({}, "broken").spec.template,
    });
    expect(sizes()).toEqual(expect.arrayContaining([8, 5]));
    await change({ replicas: 15 });
    // The example of Kubernetes' documentation: of five more, three go to the old set and two to the new.
    expect(sizes()).toEqual(expect.arrayContaining([11, 7]));
  });

  test("passes its annotations on to the set in use", async () => {
    const annotations = { "kubernetes.io/change-cause": "a better echo" };
    await cluster.change("Deployment", "web", object => ({
      ...object,
      metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } },
    }));
    await cluster.settle();
    expect(sets()[0]?.metadata.annotations).toMatchObject(annotations);
  });

  test("keeps so many old revisions, and forgets the oldest", async () => {
    await change({ revisionHistoryLimit: 1 });
    for (const version of [2, 3, 4]) {
      await image(`echo:v${version}`);
      await pods.follow();
    }
    const images = sets().map(({ spec }) => spec.template.spec.containers[0]?.image);
    expect(images.sort()).toEqual(["echo:v3", "echo:v4"]);
  });
});

test("Recreate makes new pods when the old ones have ended, even if their objects are still there", async () => {
  await apply({ replicas: 2, strategy: { type: "Recreate" } });
  await pods.start();
  await image("echo:v2");
  expect(pods.alive).toEqual([]);
  expect(sets()).toHaveLength(1);
  await pods.end("Succeeded");
  expect(sizes().sort()).toEqual([0, 2]);
  await pods.follow();
  expect(the().status).toMatchObject({ replicas: 2, updatedReplicas: 2, availableReplicas: 2 });
});

test("one that was in the middle of a rolling update when it was to recreate its pods, and to have another number of them, does so", async () => {
  await apply({ replicas: 2 });
  await pods.start();
  await image("echo:v2");
  expect(sizes()).toEqual([2, 1]);
  const strategy = { type: "Recreate" } as const;
  await change({ replicas: 4, strategy, template: web({}, "echo:v3").spec.template });
  await pods.end("Succeeded");
  await pods.follow();
  expect(the().status).toMatchObject({ replicas: 4, updatedReplicas: 4, availableReplicas: 4 });
  expect(sizes().sort()).toEqual([0, 0, 4]);
});

test("one whose only set has as many as are wanted by chance goes to the next template all the same", async () => {
  await apply({ replicas: 3, strategy: { type: "Recreate" } });
  await pods.start();
  const [{ metadata }] = sets() as [ReplicaSet];
  const desired = "deployment.kubernetes.io/desired-replicas";
  await cluster.change("ReplicaSet", metadata.name, set => ({
    ...set,
    metadata: { ...set.metadata, annotations: { ...set.metadata.annotations, [desired]: "5" } },
  }));
  await image("echo:v2");
  await pods.end("Succeeded");
  await pods.follow();
  expect(the().status).toMatchObject({ replicas: 3, updatedReplicas: 3 });
});

test("one whose pods are refused says so", async () => {
  const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "none", namespace: "demo" } };
  await cluster.create({ ...quota, spec: { hard: { pods: "0" } } } as Draft);
  await apply({ replicas: 1 });
  const failure = conditionOf<DeploymentCondition>(the(), "ReplicaFailure");
  expect(failure).toMatchObject({ status: "True", reason: "FailedCreate" });
  expect(failure?.message).toContain("exceeded quota: none");
});

test("one whose set is refused says so, and goes on when it is not", async () => {
  const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "none", namespace: "demo" } };
  await cluster.create({ ...quota, spec: { hard: { "count/replicasets.apps": "0" } } } as Draft);
  await apply({ replicas: 1 });
  expect(progressing()).toMatchObject({ status: "False", reason: "ReplicaSetCreateError" });
  expect(progressing()?.message).toMatch(
    /^Failed to create new replica set "web-\w+": .*exceeded quota: none/,
  );
  expect(await told("ReplicaSetCreateError")).not.toEqual([]);
  await cluster.delete("ResourceQuota", "none");
  await cluster.advance(60_000);
  expect(sizes()).toEqual([1]);
});

test("an old set that can spare a broken pod and others is scaled twice, and both is told", async () => {
  await apply({
    replicas: 10,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 2, maxUnavailable: 5 } },
  });
  await pods.start();
  await pods.ready(pods.alive[0]?.metadata.name ?? "", "False");
  await cluster.settle();
  await image("echo:v2");
  const down = (await told("ScalingReplicaSet")).filter(text => text.startsWith("Scaled down"));
  expect(down.map(text => text.replace(/.* from/, "from")).slice(0, 2)).toEqual([
    "from 10 to 9",
    "from 9 to 5",
  ]);
});
