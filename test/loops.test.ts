/** Services whose endpoints are where the cluster itself listens: nothing goes round in a circle, and an event says why. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Service } from "../src/resources/index.ts";
import { type Scene, scene } from "./scene.ts";

let cluster: Scene;
beforeAll(async () => {
  cluster = await scene({}, { ingress: "127.0.0.1:0", nodePorts: true });
}, 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

/** A Service without a selector, and where it is reached. */
async function service(name: string): Promise<number> {
  await cluster.apply({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
  });
  let port = 0;
  await cluster.waitFor(`Service/${name}`, found => {
    port = (found as Service | undefined)?.status?.loadBalancer?.ingress?.[0]?.ports?.[0]?.port ?? 0;
    return port > 0;
  });
  return port;
}

async function leadsTo(name: string, port: number): Promise<void> {
  await cluster.apply({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: [{ port, protocol: "TCP" }],
    endpoints: [{ addresses: ["127.0.0.1"] }],
  });
}

const loop = (port: number) =>
  `endpoint 127.0.0.1:${port} is where this cluster itself listens, which would lead in a circle`;

it("a node port that leads to itself", async () => {
  const port = await service("self");
  await leadsTo("self", port);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  expect(await cluster.told("Service/self", "EndpointLoops")).toBe(loop(port));
});

it("two node ports that lead to one another", async () => {
  const [one, other] = [await service("one"), await service("other")];
  await leadsTo("one", other);
  await leadsTo("other", one);
  await expect(fetch(`http://127.0.0.1:${one}/`)).rejects.toThrow();
  expect(await cluster.told("Service/one", "EndpointLoops")).toBe(loop(other));
});

it("the entrance and a node port that lead to one another", async () => {
  const port = await service("shop");
  const entrance = Number(cluster.ingress?.split(":")[1]);
  await leadsTo("shop", entrance);
  await cluster.apply({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "shop" },
    spec: { defaultBackend: { service: { name: "shop", port: { number: 80 } } } },
  });
  await expect.poll(async () => (await fetch(`http://127.0.0.1:${entrance}/`)).status).toBe(502);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  expect(await cluster.told("Service/shop", "EndpointLoops")).toBe(loop(entrance));
});
