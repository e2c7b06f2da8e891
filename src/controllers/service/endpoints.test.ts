import { afterEach, beforeEach, expect, test } from "vitest";
import { pod, TestCluster, testKinds } from "../../loop/test-cluster.ts";
import type { Draft, Service } from "../../resources/index.ts";
import { resourceQuota } from "../resource-quota.ts";
import { endpoints } from "./endpoints.ts";
import { service } from "./service.ts";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of(
    service(),
    endpoints,
    resourceQuota(() => testKinds),
  );
});

afterEach(async () => {
  await cluster.stop();
  expect(cluster.failures).toEqual([]);
});

const web = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "demo" },
  spec: { selector: { app: "web" }, ports: [{ protocol: "TCP", port: 80, targetPort: 8080 }] },
} as const;

async function running(name: string, podIP: string, status: "True" | "False"): Promise<void> {
  await cluster.create(pod(name, { labels: { app: "web" } }, { nodeName: "node-1" }));
  await cluster.reportPod(name, { phase: "Running", podIP, conditions: [{ type: "Ready", status }] });
}

test("a Service's Endpoints tell what its slices tell, and go with it", async () => {
  await running("a", "10.0.0.2", "True");
  await running("b", "10.0.0.1", "True");
  await running("c", "10.0.0.3", "False");
  await cluster.create<Service>(web);
  await cluster.advance(100);
  const told = cluster.store.get("Endpoints", "demo", "web");
  expect(told?.subsets).toMatchObject([
    {
      addresses: [{ ip: "10.0.0.1", nodeName: "node-1", targetRef: { name: "b" } }, { ip: "10.0.0.2" }],
      notReadyAddresses: [{ ip: "10.0.0.3" }],
      ports: [{ port: 8080, protocol: "TCP" }],
    },
  ]);
  await cluster.reportPod("c", { conditions: [{ type: "Ready", status: "True" }] });
  await cluster.advance(100);
  expect(cluster.store.get("Endpoints", "demo", "web")?.subsets?.[0]?.addresses).toHaveLength(3);
  await cluster.delete("Service", "web");
  await cluster.advance(100);
  expect(cluster.store.get("Endpoints", "demo", "web")).toBeUndefined();
});

test("of more than a thousand addresses those are told that are ready, and that there are more", async () => {
  const ips = Array.from({ length: 1_001 }, (_, i) => `10.0.${Math.floor(i / 250)}.${(i % 250) + 1}`);
  for (const [i, ip] of ips.entries()) await running(`p${i}`, ip, i % 2 === 0 ? "False" : "True");
  await cluster.create<Service>(web);
  await cluster.advance(100);
  const told = () => cluster.the("Endpoints", "web");
  const [{ addresses = [], notReadyAddresses = [] } = {}, ...others] = told().subsets ?? [];
  expect([addresses.length, notReadyAddresses.length, others]).toEqual([500, 500, []]);
  expect(told().metadata.annotations).toMatchObject({ "endpoints.kubernetes.io/over-capacity": "truncated" });
  await cluster.delete("Pod", "p0");
  await cluster.advance(100);
  expect(told().metadata.annotations).not.toHaveProperty("endpoints.kubernetes.io/over-capacity");
  expect(told().subsets?.[0]?.notReadyAddresses).toHaveLength(500);
});

test("the Endpoints of a Service without a selector are their maker's until it is deleted", async () => {
  await cluster.create<Service>({ ...web, spec: { ports: web.spec.ports } });
  const metadata = { name: "web", namespace: "demo" };
  const subsets = [{ addresses: [{ ip: "10.0.0.9" }], ports: [{ port: 80, protocol: "TCP" }] }];
  await cluster.create({ apiVersion: "v1", kind: "Endpoints", metadata, subsets } as Draft);
  await cluster.advance(2_000);
  expect(cluster.store.get("Endpoints", "demo", "web")?.subsets).toEqual(subsets);
  await cluster.delete("Service", "web");
  await cluster.advance(2_000);
  // Kubernetes looks for the name alone.
  expect(cluster.store.get("Endpoints", "demo", "web")).toBeUndefined();
});

test("a quota's status tells what is used of what it limits, by objects and by what pods ask for", async () => {
  const hard = { pods: "3", "requests.cpu": "1", "count/services": "2" };
  const metadata = { name: "q", namespace: "demo" };
  await cluster.create({ apiVersion: "v1", kind: "ResourceQuota", metadata, spec: { hard } });
  await cluster.advance(100);
  const used = () => cluster.store.get("ResourceQuota", "demo", "q")?.status?.used;
  expect(used()).toEqual({ pods: "0", "requests.cpu": "0", "count/services": "0" });
  const asking = { name: "app", image: "echo", resources: { requests: { cpu: "200m" } } };
  await cluster.create(pod("a", {}, { containers: [asking] }));
  await cluster.create<Service>(web);
  await cluster.advance(1_100);
  expect(used()).toEqual({ pods: "1", "requests.cpu": "200m", "count/services": "1" });
  await cluster.reportPod("a", { phase: "Succeeded" });
  await cluster.advance(100);
  expect(used()).toMatchObject({ pods: "0", "requests.cpu": "0" });
});
