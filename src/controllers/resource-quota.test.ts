import { afterEach, beforeEach, expect, test } from "vitest";
import { TestCluster } from "../loop/test-cluster.ts";
import { builtInKinds, type Draft, type ResourceQuota } from "../resources/index.ts";
import { resourceQuota } from "./resource-quota.ts";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of(resourceQuota(() => builtInKinds));
});

afterEach(async () => {
  await cluster.stop();
  expect(cluster.failures).toEqual([]);
});

const metadata = (name: string) => ({ name, namespace: "demo" });

async function quota(hard: Readonly<Record<string, string>>): Promise<void> {
  const draft: Draft<ResourceQuota> = {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: metadata("q"),
    spec: { hard },
  };
  await cluster.create(draft);
  await cluster.settle();
}

const used = () => cluster.the("ResourceQuota", "q").status?.used;

test("what comes and goes is counted at once, of whatever kind", async () => {
  await quota({ "count/leases.coordination.k8s.io": "5", configmaps: "5" });
  expect(used()).toEqual({ "count/leases.coordination.k8s.io": "0", configmaps: "0" });
  await cluster.create({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: metadata("l"),
  } as Draft);
  await cluster.create({ apiVersion: "v1", kind: "ConfigMap", metadata: metadata("c") });
  await cluster.settle();
  expect(used()).toEqual({ "count/leases.coordination.k8s.io": "1", configmaps: "1" });
  await cluster.delete("Lease", "l");
  await cluster.settle();
  expect(used()).toEqual({ "count/leases.coordination.k8s.io": "0", configmaps: "1" });
});

test("what a Service is changed to is counted at once, and that another kind is changed wakes nothing", async () => {
  await quota({ "services.nodeports": "5", "count/leases.coordination.k8s.io": "5" });
  const service = (type: string) => ({ ports: [{ port: 80 }], type });
  await cluster.create({
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata("s"),
    spec: service("ClusterIP"),
  } as Draft);
  await cluster.create({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: metadata("l"),
  } as Draft);
  await cluster.settle();
  await cluster.change("Service", "s", object => ({
    ...object,
    spec: { ...object.spec, type: "NodePort" as const },
  }));
  await cluster.settle();
  expect(used()).toMatchObject({ "services.nodeports": "1" });
  const changed = () => cluster.change("Lease", "l", lease => ({ ...lease, spec: { holderIdentity: "x" } }));
  expect(await cluster.writesDuring(async () => changed().then(() => cluster.settle()))).toBe(1);
});
