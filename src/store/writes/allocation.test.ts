import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../outside/index.ts";
import { type Draft, KindRegistry, type Service, type ServiceSpec } from "../../resources/index.ts";
import { MemoryStore } from "../drivers/memory.ts";
import { author } from "../test-worlds.ts";
import { allocate } from "./allocation.ts";

const kind = new KindRegistry().find("Service");

async function storeWith(...services: Service[]): Promise<MemoryStore> {
  const store = new MemoryStore({ clock: new VirtualClock(), onFault: fault => expect.fail(String(fault)) });
  for (const service of services) {
    const { namespace = "", name } = service.metadata;
    await store.add({ kind: "Service", namespace, name }, service, author);
  }
  return store;
}

function service(spec: Partial<ServiceSpec>, name = "web"): Draft<Service> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default", uid: `uid-of-${name}` },
    spec,
  };
}

async function given(spec: Partial<ServiceSpec>, store?: MemoryStore): Promise<ServiceSpec> {
  return (allocate(kind, service(spec), store ?? (await storeWith())) as Draft<Service>).spec;
}

describe("what a Service is given", () => {
  it("is an address nobody else has", async () => {
    const first = await given({});
    expect(first.clusterIP).toMatch(/^10\.96\.\d+\.\d+$/);
    expect(first.clusterIPs).toEqual([first.clusterIP]);
    const taken = await storeWith(service(first, "other") as Service);
    expect((await given({}, taken)).clusterIP).not.toBe(first.clusterIP);
  });

  it.each([
    ["a headless one", { clusterIP: "None" }],
    ["a mere name", { type: "ExternalName", externalName: "example.com" }],
    ["one that has one", { clusterIP: "10.96.0.9" }],
  ] as const)("is no address for %s", async (_, spec) => {
    expect(await given(spec)).toBe(spec);
  });

  it("is a port of every node for each of its ports, no two alike, and those it chose itself stay", async () => {
    const ports = [
      { port: 1, name: "a" },
      { port: 2, name: "b", nodePort: 30_000 },
      { port: 3, name: "c" },
    ];
    const nodePorts = (await given({ type: "NodePort", ports })).ports?.map(({ nodePort }) => nodePort) ?? [];
    expect(nodePorts[1]).toBe(30_000);
    expect(new Set(nodePorts).size).toBe(3);
    for (const port of nodePorts) expect(port).toSatisfy((port: number) => port >= 30_000 && port < 32_768);
  });
});
