import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { configMap, pod, TestCluster, testKinds } from "../loop/test-cluster.ts";
import type { Namespace } from "../resources/index.ts";
import { type Contents, type Holdable, namespaceController, statusOf } from "./namespace.ts";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of(namespaceController(() => testKinds));
});

afterEach(async () => {
  await cluster.stop();
  expect(cluster.failures).toEqual([]);
});

function condition(type: string) {
  return cluster.the("Namespace", "demo").status?.conditions?.find(condition => condition.type === type);
}

test("a namespace that nobody deletes is left alone", async () => {
  expect(await cluster.writesDuring(() => cluster.advance(10_000))).toBe(0);
});

test("its contents are left alone for five seconds, then they go, and it with them", async () => {
  await cluster.create(configMap("settings"));
  await cluster.delete("Namespace", "demo");
  await cluster.advance(4_900);
  expect(cluster.names("ConfigMap")).toEqual(["settings"]);
  await cluster.advance(200);
  expect(cluster.names("ConfigMap")).toEqual([]);
  expect(cluster.names("Namespace")).toEqual(["default"]);
});

test("pods go first and get their time; the rest goes when no pod is left", async () => {
  await cluster.create(configMap("settings"));
  await cluster.create(pod("web", {}, { nodeName: "node-1" }));
  await cluster.delete("Namespace", "demo");
  await cluster.advance(5_000);
  expect(cluster.the("Pod", "web").metadata.deletionGracePeriodSeconds).toBe(30);
  expect(cluster.names("ConfigMap")).toEqual(["settings"]);
  expect(
    cluster.the("Namespace", "demo").status?.conditions?.map(({ type, reason }) => [type, reason]),
  ).toEqual([
    ["NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered"],
    ["NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions"],
    ["NamespaceDeletionContentFailure", "ContentDeletionFailed"],
    ["NamespaceContentRemaining", "ContentRemoved"],
    ["NamespaceFinalizersRemaining", "ContentHasNoFinalizers"],
  ]);
  expect(condition("NamespaceDeletionContentFailure")?.message).toBe(
    "Failed to delete all resource types, 1 remaining: unexpected items still remain in namespace: demo for gvr: /v1, Resource=pods",
  );

  await cluster.delete("Pod", "web", { gracePeriodSeconds: 0 });
  await cluster.settle();
  expect(cluster.names("ConfigMap")).toEqual([]);
  expect(cluster.names("Namespace")).toEqual(["default"]);
});

test("an object with a finalizer holds it, and it says so", async () => {
  await cluster.create(configMap("settings"));
  await cluster.create(configMap("stuck", { finalizers: ["example.com/hold"] }));
  await cluster.delete("Namespace", "demo");
  await cluster.advance(5_000);
  expect(cluster.names("ConfigMap")).toEqual(["stuck"]);
  expect(condition("NamespaceContentRemaining")).toMatchObject({
    status: "True",
    reason: "SomeResourcesRemain",
    message: "Some resources are remaining: configmaps. has 1 resource instances",
  });
  expect(condition("NamespaceFinalizersRemaining")).toMatchObject({
    status: "True",
    reason: "SomeFinalizersRemain",
    message:
      "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
  });
  expect(await cluster.writesDuring(() => cluster.advance(10_000))).toBe(0);

  await cluster.change("ConfigMap", "stuck", object => ({
    ...object,
    metadata: { ...object.metadata, finalizers: [] },
  }));
  await cluster.settle();
  expect(cluster.names("Namespace")).toEqual(["default"]);
});

test("a namespace with more in it than one run deletes goes as well", async () => {
  for (let i = 0; i < 1_200; i++) await cluster.create(configMap(`settings-${i}`));
  await cluster.delete("Namespace", "demo");
  await cluster.advance(5_100);
  expect(cluster.names("Namespace")).toEqual(["default"]);
});

describe("what it says", () => {
  const kind = (plural: string, group: string): Holdable => ({
    name: plural,
    plural,
    group,
    scope: "Namespaced",
  });
  const namespace = { metadata: { name: "demo" }, status: { phase: "Terminating" } } as Namespace;
  const message = (contents: Contents, type: string) =>
    statusOf(namespace, contents, 0).conditions?.find(condition => condition.type === type)?.message;

  test("counts what remains by resource, and the finalizers by name", () => {
    const held = (...finalizers: string[]) => ({ metadata: { finalizers } }) as never;
    const contents: Contents = {
      remaining: [
        { kind: kind("deployments", "apps"), objects: [held("b/b", "a/a"), held("a/a")] },
        { kind: kind("configmaps", ""), objects: [held()] },
      ],
      isLeftToDo: false,
    };
    expect(message(contents, "NamespaceContentRemaining")).toBe(
      "Some resources are remaining: configmaps. has 1 resource instances, deployments.apps has 2 resource instances",
    );
    expect(message(contents, "NamespaceFinalizersRemaining")).toBe(
      "Some content in the namespace has finalizers remaining: a/a in 2 resource instances, b/b in 1 resource instances",
    );
  });

  test("keeps the time of a condition that says the same as before", () => {
    const nothing = { remaining: [], isLeftToDo: false };
    const first = statusOf(namespace, nothing, 0);
    expect(statusOf({ ...namespace, status: first }, nothing, 60_000)).toEqual(first);
  });
});
