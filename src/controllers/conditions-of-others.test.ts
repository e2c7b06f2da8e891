import { afterEach, beforeEach, expect, test } from "vitest";
import { TestCluster } from "../loop/test-cluster.ts";
import type { Draft } from "../resources/index.ts";
import { controllerWriter } from "../store/index.ts";
import { daemonset } from "./daemonset/index.ts";
import { deployment } from "./deployment/index.ts";
import { replicaset, replicationController } from "./replicaset/index.ts";
import { statefulset } from "./statefulset/index.ts";

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await TestCluster.of(deployment, replicaset, replicationController, daemonset(), statefulset);
});
afterEach(async () => {
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});

const kinds = ["Deployment", "ReplicaSet", "ReplicationController", "DaemonSet", "StatefulSet"] as const;

test.each(kinds)("a condition that another says of a %s stays when its controller reports", async kind => {
  const labels = { app: "web" };
  const isOld = kind === "ReplicationController";
  const draft = {
    apiVersion: isOld ? "v1" : "apps/v1",
    kind,
    metadata: { name: "web", namespace: "demo" },
    spec: {
      selector: isOld ? labels : { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "app", image: "x" }] } },
    },
  };
  await cluster.create(draft as unknown as Draft);
  await cluster.settle();
  const said = { type: "StatusUpdate", status: "True", reason: "Said" };
  const say = <T extends object>(object: T): T => {
    const { status } = object as { readonly status?: { readonly conditions?: readonly object[] } };
    return { ...object, status: { ...status, conditions: [...(status?.conditions ?? []), said] } };
  };
  const request = { author: controllerWriter("another"), subresource: "status" };
  await cluster.registry.modify(kind, "demo", "web", say, request);
  await cluster.change(
    kind,
    "web",
    ({ spec, ...object }) => ({ ...object, spec: { ...spec, minReadySeconds: 1 } }) as never,
  );
  await cluster.settle();
  const { generation } = cluster.the(kind, "web").metadata;
  expect(generation).toBe(2);
  expect(cluster.the(kind, "web").status).toMatchObject({
    observedGeneration: generation,
    conditions: expect.arrayContaining([said]),
  });
});
