import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { node, pod, TestCluster } from "../loop/test-cluster.ts";
import { conditionOf, type Draft } from "../resources/index.ts";
import { container } from "./container.ts";
import { podGarbageCollection } from "./pod-garbage-collection.ts";
import { replicaset } from "./replicaset/index.ts";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of(podGarbageCollection, container, replicaset);
  await cluster.create(node("node-1"));
});

afterEach(async () => {
  await cluster.stop();
  expect(cluster.failures).toEqual([]);
});

test("a pod that had ended goes with its node, and is no evacuation; nor is one that no node took up", async () => {
  const startTime = "2026-01-01T00:00:00Z";
  for (const [name, phase] of [
    ["done", "Succeeded"],
    ["broken", "Failed"],
  ] as const) {
    await cluster.create(pod(name, {}, { nodeName: "node-1" }));
    await cluster.reportPod(name, { startTime, phase });
  }
  await cluster.create(pod("mistyped", {}, { nodeName: "node-2" }));
  await cluster.delete("Node", "node-1");
  await cluster.advance(50_000);
  expect(cluster.names("Pod")).toEqual([]);
  expect(cluster.recorder.counts.healed("evacuation")).toBe(0);
  await cluster.create(node("node-3"));
  await cluster.create(pod("runs", {}, { nodeName: "node-3" }));
  await cluster.reportPod("runs", { startTime, phase: "Running" });
  await cluster.delete("Node", "node-3");
  await cluster.advance(100);
  expect(cluster.recorder.counts.healed("evacuation")).toBe(1);
});

test("a pod that a node had taken up goes at once with its node, and an event says so", async () => {
  await cluster.create(pod("web", {}, { nodeName: "node-1" }));
  await cluster.reportPod("web", { startTime: "2026-01-01T00:00:00Z", phase: "Running" });
  await cluster.delete("Node", "node-1");
  await cluster.advance(100);
  expect(cluster.names("Pod")).toEqual([]);
  expect(cluster.events).toEqual([
    'Warning DeletionByPodGC Pod/web: Deleted pod web: its node "node-1" does not exist',
  ]);
});

test("a pod whose node never was is told at once, with the name that was probably meant, and goes after 40 seconds", async () => {
  await cluster.create(pod("web", {}, { nodeName: "node-2" }));
  await cluster.advance(100);
  const message = 'node "node-2" does not exist (did you mean "node-1"?)';
  expect(conditionOf(cluster.the("Pod", "web"), "Ready")).toMatchObject({ reason: "NodeNotFound", message });
  const rest = "the pod is deleted 40 s from now unless the node comes";
  expect(cluster.events).toEqual([`Warning NodeNotFound Pod/web: ${message}; ${rest}`]);
  expect(await cluster.writesDuring(() => cluster.advance(39_000))).toBe(0);
  await cluster.advance(2_000);
  expect(cluster.names("Pod")).toEqual([]);
  expect(cluster.events.at(-1)).toContain("DeletionByPodGC Pod/web");
});

test("a pod whose node comes in time is left alone", async () => {
  await cluster.create(pod("web", {}, { nodeName: "node-2" }));
  await cluster.advance(30_000);
  await cluster.create(node("node-2"));
  await cluster.advance(60_000);
  expect(cluster.names("Pod")).toEqual(["web"]);
});

describe("what makes the pod again", () => {
  const spec = { module: "echo", nodeName: "node-7" };
  const makers: [Draft["kind"], Draft][] = [
    ["Container", { apiVersion: "k4s.dev/v1", kind: "Container", metadata: { name: "lost" }, spec } as Draft],
    [
      "ReplicaSet",
      {
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        metadata: { name: "lost" },
        spec: {
          replicas: 2,
          selector: { matchLabels: { app: "lost" } },
          template: {
            metadata: { labels: { app: "lost" } },
            spec: { nodeName: "node-7", containers: [{ name: "app", image: "echo" }] },
          },
        },
      } as Draft,
    ],
  ];

  test.each(makers)("a %s says why, and writes little", async (kind, draft) => {
    await cluster.create({ ...draft, metadata: { ...draft.metadata, namespace: "demo" } });
    await cluster.advance(30_000);
    const writes = await cluster.writesDuring(() => cluster.advance(600_000));
    expect(writes).toBeGreaterThan(0);
    expect(writes / 10).toBeLessThan(40);
    expect(JSON.stringify(cluster.the(kind, "lost").status)).toMatch(/NodeNotFound.*node-7/);
  });
});

describe("a node that is out of service", () => {
  const taints = [
    { key: "node.kubernetes.io/out-of-service", value: "nodeshutdown", effect: "NoExecute" as const },
  ];
  const ready = (status: "True" | "Unknown") => ({ conditions: [{ type: "Ready", status }] });

  test("loses the pods that are being deleted there, at once; others stay", async () => {
    for (const name of ["leaves", "stays"]) {
      await cluster.create(pod(name, {}, { nodeName: "node-1" }));
      await cluster.reportPod(name, { startTime: "2026-01-01T00:00:00Z", phase: "Running" });
    }
    await cluster.delete("Pod", "leaves");
    await cluster.reportNode("node-1", ready("Unknown"));
    await cluster.advance(1_000);
    expect(cluster.names("Pod")).toEqual(["leaves", "stays"]);
    await cluster.change("Node", "node-1", each => ({ ...each, spec: { ...each.spec, taints } }));
    await cluster.advance(1_000);
    expect(cluster.names("Pod")).toEqual(["stays"]);
    expect(cluster.events.at(-1)).toBe(
      'Warning DeletionByPodGC Pod/leaves: Deleted pod leaves: its node "node-1" is out of service',
    );
    await cluster.delete("Pod", "stays");
    await cluster.advance(1_000);
    expect(cluster.names("Pod")).toEqual([]);
  });

  test("that is ready has an agent to stop them", async () => {
    await cluster.create(pod("leaves", {}, { nodeName: "node-1" }));
    await cluster.reportPod("leaves", { startTime: "2026-01-01T00:00:00Z", phase: "Running" });
    await cluster.change("Node", "node-1", each => ({ ...each, spec: { ...each.spec, taints } }));
    await cluster.reportNode("node-1", ready("True"));
    await cluster.delete("Pod", "leaves");
    await cluster.advance(1_000);
    expect(cluster.names("Pod")).toEqual(["leaves"]);
  });
});
