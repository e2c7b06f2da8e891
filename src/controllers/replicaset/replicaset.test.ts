import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pod, TestCluster } from "../../loop/test-cluster.ts";
import {
  bindingOf,
  type Container,
  type Draft,
  expand,
  type KubernetesObject,
  type Pod,
  type ReplicaSet,
} from "../../resources/index.ts";
import { controllerWriter } from "../../store/index.ts";
import { container } from "../container.ts";
import { garbageCollection } from "../garbage-collection.ts";
import { TestPods } from "../test-pods.ts";
import { byActiveOrder, byVictimOrder } from "../victims.ts";
import { replicaset } from "./replicaset.ts";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of(replicaset, container, garbageCollection);
});

afterEach(() => cluster.stop());

function set(spec: object, name = "rs"): Draft<ReplicaSet> {
  const metadata = { name, namespace: "demo" };
  return expand({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata,
    spec,
  }) as unknown as Draft<ReplicaSet>;
}

const template = {
  metadata: { labels: { app: "rs" } },
  spec: { containers: [{ name: "app", image: "echo" }] },
};
const ofPods = { selector: { matchLabels: { app: "rs" } }, template };

function templateOf(app: string) {
  return { ...template, metadata: { labels: { app } } };
}

function deploymentOf(name: string): Draft {
  const spec = { selector: { matchLabels: { app: name } }, template: templateOf(name) };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace: "demo" }, spec };
}

const podsOf = (app: string) => pods().filter(({ metadata }) => metadata.labels?.app === app);

async function apply(draft: Draft): Promise<void> {
  await cluster.create(draft);
  await cluster.settle();
}

async function scale(replicas: number): Promise<void> {
  await cluster.change("ReplicaSet", "rs", set => ({ ...set, spec: { ...set.spec, replicas } }));
  await cluster.settle();
}

function pods(): Pod[] {
  return cluster.store.list("Pod").filter(pod => !pod.metadata.deletionTimestamp);
}

/** Plays the node of every pod that has none: it runs, and is ready. */
async function nodesStartPods(): Promise<void> {
  for (const { metadata, spec } of pods().filter(pod => !pod.spec.nodeName)) {
    await cluster.registry.create<KubernetesObject>(bindingOf(metadata, spec.nodeName ?? "node-1"), {
      author: controllerWriter("test"),
      subresource: "binding",
      parent: "Pod",
    });
    await becomesReady(metadata.name);
  }
  await cluster.settle();
}

async function becomesReady(name: string): Promise<void> {
  const lastTransitionTime = new Date(cluster.clock.now()).toISOString();
  await cluster.reportPod(name, {
    phase: "Running",
    conditions: [{ type: "Ready", status: "True", lastTransitionTime }],
  });
}

/** Plays the nodes: pods that were told to stop have stopped. */
async function nodesStopPods(): Promise<void> {
  for (const { metadata } of cluster.store.list("Pod").filter(pod => pod.metadata.deletionTimestamp))
    await cluster.delete("Pod", metadata.name, { gracePeriodSeconds: 0 });
  await cluster.settle();
}

describe("a ReplicaSet with a pod template", () => {
  beforeEach(() => apply(set({ replicas: 3, ...ofPods })));

  test("makes pods with random names, in its charge", () => {
    expect(pods()).toHaveLength(3);
    for (const { metadata } of pods()) {
      expect(metadata.name).toMatch(/^rs-[a-z0-9]{5}$/);
      expect(metadata.ownerReferences).toMatchObject([{ kind: "ReplicaSet", name: "rs", controller: true }]);
    }
  });

  test("counts what it sees, and leaves out the counts that are zero", async () => {
    expect(cluster.the("ReplicaSet", "rs").status).toEqual({
      replicas: 3,
      fullyLabeledReplicas: 3,
      terminatingReplicas: 0,
      observedGeneration: 1,
    });
    await nodesStartPods();
    expect(cluster.the("ReplicaSet", "rs").status).toMatchObject({ readyReplicas: 3, availableReplicas: 3 });
  });

  test("does nothing the second time", async () => {
    await nodesStartPods();
    await cluster.recorder.written();
    expect(await cluster.writesDuring(() => cluster.advance(10_000))).toBe(0);
  });

  test("replaces one that was deleted, and one that has ended", async () => {
    const [first, second] = pods();
    await cluster.delete("Pod", first?.metadata.name ?? "");
    await cluster.reportPod(second?.metadata.name ?? "", { phase: "Failed" });
    await cluster.settle();
    const alive = pods().filter(pod => pod.status?.phase !== "Failed");
    expect(alive).toHaveLength(3);
    expect(alive.map(({ metadata }) => metadata.uid)).not.toContain(first?.metadata.uid);
  });

  test("lets one go whose labels no longer match, and replaces it (replicaset-releases.json)", async () => {
    const lost = pods()[0]?.metadata.name ?? "";
    await cluster.change("Pod", lost, pod => ({
      ...pod,
      metadata: { ...pod.metadata, labels: { app: "lost" } },
    }));
    await cluster.settle();
    expect(cluster.the("Pod", lost).metadata.ownerReferences ?? []).toEqual([]);
    expect(pods()).toHaveLength(4);
  });

  test("takes in an orphan that matches, instead of making another", async () => {
    await cluster.delete("ReplicaSet", "rs", { propagationPolicy: "Orphan" });
    await cluster.settle();
    const orphans = pods().map(({ metadata }) => metadata.uid);
    expect(orphans).toHaveLength(3);
    await apply(set({ replicas: 3, ...ofPods }));
    expect(pods().map(({ metadata }) => metadata.uid)).toEqual(orphans);
    expect(pods()[0]?.metadata.ownerReferences).toMatchObject([{ name: "rs", controller: true }]);
  });

  test("leaves alone what another controller has in charge", async () => {
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "other", uid: "other", controller: true };
    cluster.store.watch({ kind: "Pod" }, ({ type, object }) => {
      if (object.metadata.name === "theirs") expect(type).not.toBe("MODIFIED");
    });
    const cm = await cluster.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "other", namespace: "demo" },
    });
    await apply(
      pod("theirs", { labels: { app: "rs" }, ownerReferences: [{ ...owner, uid: cm.metadata.uid }] }),
    );
    expect(pods()).toHaveLength(4);
    expect(cluster.the("ReplicaSet", "rs").status?.replicas).toBe(3);
  });

  test("takes its pods with it when it is deleted", async () => {
    await cluster.delete("ReplicaSet", "rs");
    await cluster.settle();
    expect(pods()).toEqual([]);
  });

  test("makes the others when one name is taken, says which, and comes back for it", async () => {
    await cluster.create({
      apiVersion: "k4s.dev/v1",
      kind: "Container",
      metadata: { name: "zz-0", namespace: "demo" },
      spec: { module: "any" },
    } as Draft);
    await apply(set({ replicas: 3, template: { module: "any" } }, "zz"));
    await cluster.advance(5_000);
    const ours = () => cluster.store.list("Container").filter(({ metadata }) => metadata.ownerReferences);
    expect(ours().map(({ metadata }) => metadata.name)).toEqual(["zz-1", "zz-2"]);
    expect(cluster.the("ReplicaSet", "zz").status?.conditions).toMatchObject([
      { type: "ReplicaFailure", reason: "FailedCreate", message: expect.stringContaining("zz-0") },
    ]);
    expect(cluster.events.join()).toMatch(/FailedCreate ReplicaSet\/zz: .*zz-0/);
    expect(cluster.failures).toEqual([]);
    await cluster.delete("Container", "zz-0");
    await cluster.settle();
    expect(ours()).toHaveLength(3);
    expect(cluster.the("ReplicaSet", "zz").status?.conditions).toBeUndefined();
  });

  test("says what stands in the way, and goes on when that is gone", async () => {
    await cluster.delete("ReplicaSet", "rs");
    await cluster.settle();
    const create = cluster.registry.create.bind(cluster.registry);
    const { ApiError } = await import("../../errors/index.ts");
    let tried = 0;
    cluster.registry.create = async (draft, options) => {
      if (draft.kind === "Pod") throw new ApiError("Forbidden", `exceeded quota${tried++ ? " again" : ""}`);
      return create(draft, options);
    };
    await apply(set({ replicas: 1, ...ofPods }));
    expect(cluster.the("ReplicaSet", "rs").status?.conditions).toMatchObject([
      { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "exceeded quota" },
    ]);
    await cluster.recorder.written();
    // What failed first stands there: further tries are no writes.
    const { resourceVersion } = cluster.the("ReplicaSet", "rs").metadata;
    await cluster.advance(2_000);
    expect(tried).toBeGreaterThan(3);
    expect(cluster.the("ReplicaSet", "rs").metadata.resourceVersion).toBe(resourceVersion);
    expect(cluster.events).toContain("Warning FailedCreate ReplicaSet/rs: Error creating: exceeded quota");
    cluster.registry.create = create;
    await cluster.advance(1_000);
    expect(pods()).toHaveLength(1);
    expect(cluster.the("ReplicaSet", "rs").status?.conditions).toBeUndefined();
  });

  test("is available only after minReadySeconds", async () => {
    await cluster.change("ReplicaSet", "rs", set => ({ ...set, spec: { ...set.spec, minReadySeconds: 5 } }));
    await nodesStartPods();
    expect(cluster.the("ReplicaSet", "rs").status?.availableReplicas).toBeUndefined();
    await cluster.advance(5_000);
    expect(cluster.the("ReplicaSet", "rs").status?.availableReplicas).toBe(3);
  });
});

describe("a ReplicaSet of Containers", () => {
  const calc: Draft<Container> = {
    apiVersion: "k4s.dev/v1",
    kind: "Container",
    metadata: { name: "calc", namespace: "demo" },
    spec: { module: "calculator", function: "calculator", parameters: { precision: 2 } },
  };
  const copies = () =>
    cluster
      .names("Container")
      .filter(name => name.startsWith("rs-"))
      .sort();

  test("copies the one it names, and counts from 0", async () => {
    await apply(calc);
    await apply(set({ container: "calc", replicas: 3 }));
    expect(copies()).toEqual(["rs-0", "rs-1", "rs-2"]);
    expect(cluster.the("Container", "rs-1").spec).toEqual(cluster.the("Container", "calc").spec);
    expect(cluster.the("Pod", "rs-2").spec.containers[0]).toMatchObject({
      image: "calculator",
      args: ["--precision=2"],
    });
  });

  test("says clearly that the one it names does not exist, and starts when it does", async () => {
    await apply(set({ container: "calc", replicas: 2 }));
    expect(cluster.the("ReplicaSet", "rs").status?.conditions).toMatchObject([
      { type: "ReplicaFailure", status: "True", reason: "TemplateNotFound" },
    ]);
    await cluster.recorder.written();
    expect(cluster.events.join("\n")).toContain(
      'Container "calc" to copy does not exist in namespace "demo"',
    );
    expect(cluster.failures).toEqual([]);
    await apply(calc);
    expect(copies()).toEqual(["rs-0", "rs-1"]);
    expect(cluster.the("ReplicaSet", "rs").status?.conditions).toBeUndefined();
  });

  test("needs none if it has a template of its own", async () => {
    await apply(set({ replicas: 2, template: { module: "echo", function: "echo" } }));
    expect(copies()).toEqual(["rs-0", "rs-1"]);
    await cluster.recorder.written();
    expect(await cluster.writesDuring(() => cluster.advance(5_000))).toBe(0);
  });

  test("removes the highest first, and a gap in the middle closes", async () => {
    await apply(set({ replicas: 4, template: { module: "echo" } }));
    await cluster.delete("Container", "rs-1");
    await cluster.settle();
    expect(copies()).toEqual(["rs-0", "rs-1", "rs-2", "rs-3"]);
    await scale(2);
    expect(copies()).toEqual(["rs-0", "rs-1"]);
    await scale(0);
    expect(copies()).toEqual([]);
  });

  test("rolls a changed template out one by one, each when the others are ready", async () => {
    await apply(calc);
    await apply(set({ container: "calc", replicas: 3 }));
    await nodesStartPods();
    const changed = () =>
      copies().filter(name => cluster.the("Container", name).spec.parameters?.precision === 3);
    await cluster.change("Container", "calc", c => ({
      ...c,
      spec: { ...c.spec, parameters: { precision: 3 } },
    }));
    await cluster.settle();
    const order: string[][] = [changed()];
    for (let i = 0; i < 3; i++) {
      expect(pods().filter(({ metadata }) => metadata.name.startsWith("rs-")).length).toBeGreaterThanOrEqual(
        2,
      );
      await nodesStopPods();
      await nodesStartPods();
      order.push(changed());
    }
    expect(order).toEqual([["rs-2"], ["rs-1", "rs-2"], ["rs-0", "rs-1", "rs-2"], ["rs-0", "rs-1", "rs-2"]]);
  });

  test("replaces a broken copy at once: there is nothing to lose", async () => {
    await apply(calc);
    await apply(set({ container: "calc", replicas: 2 }));
    await cluster.change("Container", "calc", c => ({ ...c, spec: { ...c.spec, function: "other" } }));
    await cluster.settle();
    expect(copies().map(name => cluster.the("Container", name).spec.function)).toEqual(["other", "other"]);
  });
});

describe("whom a ReplicaSet removes first", () => {
  const now = Date.parse("2026-01-01T00:02:30Z");
  const ready = (since: string) => [{ type: "Ready", status: "True" as const, lastTransitionTime: since }];
  const at = (time: string): Partial<Pod["metadata"]> => ({ creationTimestamp: `2026-01-01T${time}Z` });
  const made = (metadata: object, spec: object, status: object): Pod =>
    ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...at("00:00:00"), ...metadata },
      spec,
      status,
    }) as unknown as Pod;
  const running = { phase: "Running", conditions: ready("2026-01-01T00:01:00Z") };
  const on = (nodeName: string) => ({ nodeName });
  const cost = (n: string) => ({ annotations: { "controller.kubernetes.io/pod-deletion-cost": n } });
  const restarted = (restartCount: number) => ({ ...running, containerStatuses: [{ restartCount }] });

  test.each([
    ["one without a node", made({}, {}, { phase: "Pending" }), made({}, on("a"), { phase: "Pending" })],
    ["one that is pending", made({}, on("a"), { phase: "Pending" }), made({}, on("a"), running)],
    ["one that is not ready", made({}, on("a"), { phase: "Running" }), made({}, on("a"), running)],
    ["the cheaper one", made(cost("-1"), on("a"), running), made({}, on("a"), running)],
    [
      "one that became ready later",
      made({}, on("a"), { ...running, conditions: ready("2026-01-01T00:02:00Z") }),
      made({}, on("a"), running),
    ],
    ["one that restarted more often", made({}, on("a"), restarted(2)), made({}, on("a"), restarted(1))],
    ["the younger one", made(at("00:02:01"), on("a"), running), made({}, on("a"), running)],
    [
      "the younger one of two that are not ready",
      made(at("00:02:01"), on("a"), { phase: "Running" }),
      made({}, on("a"), { phase: "Running" }),
    ],
  ])("%s", (_, victim, other) => {
    expect([other, victim].toSorted(byVictimOrder([victim, other], now))).toEqual([victim, other]);
    expect([victim, other].toSorted(byVictimOrder([victim, other], now))).toEqual([victim, other]);
  });

  test("any of those whose ages are of one order of magnitude: their uids decide", () => {
    const [older, younger] = [
      made({ uid: "a" }, on("a"), running),
      made({ uid: "b", ...at("00:00:01") }, on("a"), running),
    ];
    expect([younger, older].toSorted(byVictimOrder([], now))).toEqual([older, younger]);
    // A Job's go by their ages alone, whatever their deletion would cost.
    expect([older, younger].toSorted(byActiveOrder)).toEqual([younger, older]);
    const cheap = made({ uid: "c", ...cost("-1") }, on("a"), running);
    expect([younger, cheap].toSorted(byActiveOrder)).toEqual([younger, cheap]);
  });

  test("one on a node with many pods of the Deployment's other sets", async () => {
    const deployment = await cluster.create(deploymentOf("web"));
    const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: deployment.metadata.uid };
    for (const [app, nodes] of Object.entries({ old: ["a", "a"], new: ["a", "b"] })) {
      const draft = set({ replicas: 2, selector: { matchLabels: { app } }, template: templateOf(app) }, app);
      await apply({
        ...draft,
        metadata: { ...draft.metadata, ownerReferences: [{ ...owner, controller: true }] },
      });
      for (const [index, pod] of podsOf(app).entries()) {
        await new TestPods(cluster).bind(pod, nodes[index]);
        await becomesReady(pod.metadata.name);
      }
    }
    await cluster.change("ReplicaSet", "new", given => ({ ...given, spec: { ...given.spec, replicas: 1 } }));
    await cluster.settle();
    expect(podsOf("new").map(({ spec }) => spec.nodeName)).toEqual(["b"]);
  });

  test("one of those that share a node", () => {
    const [a1, a2, b] = [made({}, on("a"), running), made({}, on("a"), running), made({}, on("b"), running)];
    expect([b, a1, a2].toSorted(byVictimOrder([a1, a2, b], now))[2]).toBe(b);
  });
});

test("whatever is deleted, scaled and started: in the end there are as many as were asked for, with the lowest numbers", async () => {
  const act = fc.oneof(
    fc.record({ do: fc.constant("scale" as const), to: fc.nat(6) }),
    fc.record({ do: fc.constant("delete" as const), which: fc.nat(6) }),
    fc.constant({ do: "start" as const }),
    fc.constant({ do: "stop" as const }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 12 }), async acts => {
      cluster = await TestCluster.of(replicaset, container, garbageCollection);
      await apply(set({ replicas: 2, template: { module: "echo" } }));
      let wanted = 2;
      for (const act of acts) {
        if (act.do === "scale") {
          wanted = act.to;
          await scale(wanted);
        } else if (act.do === "delete") {
          if (cluster.get("Container", `rs-${act.which}`))
            await cluster.delete("Container", `rs-${act.which}`);
        } else if (act.do === "start") await nodesStartPods();
        else await nodesStopPods();
      }
      for (let i = 0; i < 3; i++) {
        await nodesStopPods();
        await nodesStartPods();
        await cluster.advance(1_000);
      }
      const names = Array.from({ length: wanted }, (_, i) => `rs-${i}`);
      expect(cluster.names("Container").sort()).toEqual(names);
      expect(
        pods()
          .map(({ metadata }) => metadata.name)
          .sort(),
      ).toEqual(names);
      expect(await cluster.writesDuring(() => cluster.advance(5_000))).toBe(0);
      expect(cluster.failures).toEqual([]);
      await cluster.stop();
    }),
    { numRuns: 40 },
  );
});
