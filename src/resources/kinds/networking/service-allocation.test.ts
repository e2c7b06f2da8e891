import { describe, expect, it } from "vitest";
import type { Service, ServiceSpec } from "../../generated/kubernetes.gen.ts";
import type { Draft, KubernetesObject } from "../../object.ts";
import { allocated } from "./service-allocation.ts";

function service(spec: Partial<ServiceSpec>, name = "web"): Draft<Service> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default", uid: `uid-of-${name}` },
    spec,
  };
}

function given(spec: Partial<ServiceSpec>, ...others: Draft<Service>[]): ServiceSpec {
  const has = (address?: string) => (other: Draft<Service>) =>
    address === undefined || other.spec.clusterIP === address;
  const found = (fields?: Readonly<Record<string, string>>) =>
    others.filter(has(fields?.["spec.clusterIP"])) as Service[];
  return allocated(service(spec), found).spec;
}

describe("what a Service is given", () => {
  it("is an address nobody else has", () => {
    const first = given({});
    expect(first.clusterIP).toMatch(/^10\.96\.\d+\.\d+$/);
    expect(first.clusterIPs).toEqual([first.clusterIP]);
    expect(given({}, service(first, "other")).clusterIP).not.toBe(first.clusterIP);
  });

  it.each([
    ["a headless one", { clusterIP: "None" }],
    ["a mere name", { type: "ExternalName", externalName: "example.com" }],
    ["one that has one", { clusterIP: "10.96.0.9" }],
  ] as const)("is no address for %s", (_, spec) => {
    expect(given(spec)).toBe(spec);
  });

  it("is a port of every node for each of its ports, no two alike, and those it chose itself stay", () => {
    const ports = [
      { port: 1, name: "a" },
      { port: 2, name: "b", nodePort: 30_000 },
      { port: 3, name: "c" },
    ];
    const nodePorts = given({ type: "NodePort", ports }).ports?.map(({ nodePort }) => nodePort) ?? [];
    expect(nodePorts[1]).toBe(30_000);
    expect(new Set(nodePorts).size).toBe(3);
    for (const port of nodePorts) expect(port).toSatisfy((port: number) => port >= 30_000 && port < 32_768);
  });

  it("lies within the ranges", () => {
    const ports = [{ port: 1, nodePort: 80 }];
    expect(() => given({ type: "NodePort", ports })).toThrow(
      "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767",
    );
    expect(() => given({ clusterIP: "1.2.3.4" })).toThrow(
      "the provided IP (1.2.3.4) is not in the valid range. The range of valid IPs is 10.96.0.0/16",
    );
  });

  it("is not what another has already", () => {
    const other = service({ clusterIP: "10.96.0.9", ports: [{ port: 1, nodePort: 30_001 }] }, "other");
    expect(() => given({ clusterIP: "10.96.0.9" }, other)).toThrow("provided IP is already allocated");
    const ports = [{ port: 2, nodePort: 30_001 }];
    expect(() => given({ type: "NodePort", ports }, other)).toThrow(
      "spec.ports[0].nodePort: Invalid value: 30001: provided port is already allocated",
    );
    const headless = service({ clusterIP: "None" }, "headless");
    expect(given({ clusterIP: "None" }, headless).clusterIP).toBe("None");
    expect(given(other.spec, { ...other, metadata: service({}).metadata }).clusterIP).toBe("10.96.0.9");
  });

  it("is a port for the health check where a load balancer keeps traffic on its node", () => {
    const local = { type: "LoadBalancer", externalTrafficPolicy: "Local", ports: [{ port: 1 }] } as const;
    const { healthCheckNodePort = 0, ports } = given(local);
    expect(healthCheckNodePort).toBeGreaterThanOrEqual(30_000);
    expect(healthCheckNodePort).not.toBe(ports?.[0]?.nodePort);
    expect(given({ ...local, externalTrafficPolicy: "Cluster" })).not.toHaveProperty("healthCheckNodePort");
    expect(given({ ...local, healthCheckNodePort: 32_000 }).healthCheckNodePort).toBe(32_000);
  });
});

describe("with further blocks", () => {
  const blockOf = (cidr: string, status: string, more = {}) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "ServiceCIDR",
    metadata: { name: cidr, uid: cidr, ...more },
    spec: { cidrs: [cidr] },
    status: { conditions: [{ type: "Ready", status }] },
  });
  const reading = (...blocks: object[]) => ({
    get: () => undefined,
    list: () => blocks as unknown as readonly KubernetesObject[],
  });
  const everyOf = (prefix: string) => (fields?: Readonly<Record<string, string>>) =>
    (fields?.["spec.clusterIP"]?.startsWith(prefix) ? [service({}, "other")] : []) as Service[];

  it("addresses come from the cluster's own block first, then from one that is ready", () => {
    const more = reading(blockOf("10.97.0.0/30", "True"), blockOf("fd00::/64", "True"));
    expect(allocated(service({}), () => [], false, more).spec.clusterIP).toMatch(/^10\.96\./);
    expect(allocated(service({}), everyOf("10.96."), false, more).spec.clusterIP).toMatch(
      /^10\.97\.0\.[12]$/,
    );
    expect(() => allocated(service({}), everyOf("10."), false, more)).toThrow(
      "all addresses of 10.96.0.0/16,10.97.0.0/30 are taken",
    );
  });

  it.each([
    ["is not ready", blockOf("10.97.0.0/30", "False")],
    ["is to go", blockOf("10.97.0.0/30", "True", { deletionTimestamp: "2026-01-01T00:00:00Z" })],
  ])("none comes from one that %s", (_, block) => {
    expect(() => allocated(service({}), everyOf("10.96."), false, reading(block))).toThrow("are taken");
  });
});
