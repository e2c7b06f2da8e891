/** Which Containers need no run at a resync. Its life is told in replicaset.test.ts, and in whole clusters. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { TestCluster } from "../loop/test-cluster.ts";
import type { Container, Draft } from "../resources/index.ts";
import { container } from "./container.ts";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of(container);
  const metadata = { name: "echo", namespace: "demo" };
  const spec = { module: "echo" };
  await cluster.create<Container>({
    apiVersion: "k4s.dev/v1",
    kind: "Container",
    metadata,
    spec,
  } as Draft<Container>);
  await cluster.settle();
});

afterEach(() => cluster.stop());

const looks = (seen: Partial<Container["status"]> = {}) => {
  const echo = cluster.the("Container", "echo");
  const reader = { now: () => 0, get: cluster.store.get.bind(cluster.store) };
  const shown = { ...echo, status: { ...echo.status, ...seen } } as Container;
  return container.concerns?.(shown, undefined, reader as never);
};

it("is spared a run while its pod is as it is reported", () => {
  expect(looks()).toBe(false);
  expect(looks({ ready: true })).toBe(true);
  expect(looks({ phase: "Running" })).toBe(true);
  expect(looks({ reason: "CrashLoopBackOff" })).toBe(true);
  expect(looks({ observedGeneration: 7 })).toBe(true);
});

it("gets one when its pod is gone", async () => {
  await cluster.stop();
  await cluster.delete("Pod", "echo", { gracePeriodSeconds: 0 });
  expect(looks()).toBe(true);
});
