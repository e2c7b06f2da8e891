import { expect, test } from "vitest";
import type { ServicePort, ServiceSpec } from "../../generated/kubernetes.gen.ts";
import { updatedSpec } from "./service-update.ts";

const addressed: Partial<ServiceSpec> = {
  clusterIP: "10.96.0.9",
  clusterIPs: ["10.96.0.9"],
  ipFamilies: ["IPv4"],
  ipFamilyPolicy: "SingleStack",
};
const port: ServicePort = { name: "http", port: 80, protocol: "TCP", targetPort: 80 };
const nodePorts: Partial<ServiceSpec> = {
  ports: [{ ...port, nodePort: 30_080 }],
  externalTrafficPolicy: "Cluster",
};
const ports = { ports: [port] };

const inner: ServiceSpec = { type: "ClusterIP", ...addressed, ...ports };
const onNodes: ServiceSpec = { type: "NodePort", ...addressed, ...nodePorts };
const balanced: ServiceSpec = { ...onNodes, type: "LoadBalancer", allocateLoadBalancerNodePorts: true };
const named: ServiceSpec = { type: "ExternalName", externalName: "example.com", ...ports };

test.each<[string, ServiceSpec, ServiceSpec, ServiceSpec]>([
  [
    "keeps all of a type that uses it",
    onNodes,
    { ...onNodes, type: "LoadBalancer" },
    { ...onNodes, type: "LoadBalancer" },
  ],
  ["drops what a load balancer alone has", balanced, { ...balanced, type: "NodePort" }, onNodes],
  ["drops node ports", onNodes, { ...onNodes, type: "ClusterIP" }, inner],
  ["drops the address", inner, { ...inner, ...named }, named],
  ["drops both", balanced, { ...balanced, ...named }, named],
  [
    "leaves to the rules what the writer changed as well",
    onNodes,
    { ...onNodes, type: "ClusterIP", ports: [{ ...port, nodePort: 30_081 }] },
    { ...inner, ports: [{ ...port, nodePort: 30_081 }] },
  ],
  [
    "keeps the address that is left out",
    inner,
    { type: "ClusterIP", ...ports },
    { type: "ClusterIP", ...ports, clusterIP: "10.96.0.9", clusterIPs: ["10.96.0.9"] },
  ],
  ["keeps the node port that is left out", onNodes, { ...onNodes, ...ports }, onNodes],
  [
    "gives no node port to two",
    onNodes,
    { ...onNodes, ports: [port, { ...port, name: "more", port: 81, nodePort: 30_080 }] },
    { ...onNodes, ports: [port, { ...port, name: "more", port: 81, nodePort: 30_080 }] },
  ],
  [
    "takes a changed clusterIP for a changed list",
    inner,
    { ...inner, clusterIP: "10.96.0.10" },
    { ...inner, clusterIP: "10.96.0.10", clusterIPs: ["10.96.0.10"] },
  ],
])("an update %s", (_, old, given, updated) => {
  expect(updatedSpec(given, old)).toEqual(updated);
});
