import { expect, test } from "vitest";
import { TestCluster } from "../loop/test-cluster.ts";
import type { APIService, EndpointSlice, Service } from "../resources/index.ts";
import { apiServiceAvailability } from "./api-service-availability.ts";

test("an APIService says why the Service that it stands for cannot be asked", async () => {
  const cluster = await TestCluster.of(apiServiceAvailability);
  const told = () => {
    const found = cluster.store.get("APIService", "", "v1.example.com");
    return found?.status?.conditions?.map(({ type, status, reason, message }) => [
      type,
      status,
      reason,
      message,
    ]);
  };
  await cluster.create<APIService>({
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: "v1.example.com" },
    spec: {
      group: "example.com",
      version: "v1",
      groupPriorityMinimum: 100,
      versionPriority: 10,
      insecureSkipTLSVerify: true,
      service: { name: "api", namespace: "demo" },
    },
  });
  await cluster.settle();
  expect(told()).toEqual([["Available", "False", "ServiceNotFound", 'service/api in "demo" is not present']]);
  const service = await cluster.create<Service>({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "api", namespace: "demo" },
    spec: { ports: [{ name: "web", port: 80 }] },
  });
  await cluster.settle();
  expect(told()?.[0]?.slice(2)).toEqual([
    "ServicePortError",
    'service/api in "demo" is not listening on port 443',
  ]);
  await cluster.change("Service", "api", object => ({
    ...object,
    spec: { ...object.spec, ports: [{ name: "web", port: 443 }] },
  }));
  await cluster.settle();
  expect(told()?.[0]?.[2]).toBe("EndpointsNotFound");
  await cluster.create<EndpointSlice>({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "api-1", namespace: "demo", labels: { "kubernetes.io/service-name": "api" } },
    addressType: "IPv4",
    endpoints: [],
    ports: [{ name: "web", port: 8443 }],
  });
  await cluster.settle();
  expect(told()?.[0]?.slice(2)).toEqual([
    "MissingEndpoints",
    'endpointslices for service/api in "demo" have no addresses with port name "web"',
  ]);
  await cluster.change("EndpointSlice", "api-1", object => ({
    ...object,
    endpoints: [{ addresses: ["10.0.0.1"] }],
  }));
  await cluster.settle();
  expect(told()?.[0]?.[2]).toBe("FailedDiscoveryCheck");
  expect(told()?.[0]?.[3]).toContain(`https://${service.spec.clusterIP}:443/apis/example.com/v1`);
  await cluster.stop();
  expect(cluster.failures).toEqual([]);
});
