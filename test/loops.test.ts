/** Services whose endpoints are where the cluster itself listens: nothing goes round in a circle, and an event says why. */
import { createSocket } from "node:dgram";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Service } from "../src/resources/index.ts";
import { type Scene, scene } from "./scene.ts";

let cluster: Scene;
beforeAll(async () => {
  const idle = "setInterval(() => {}, 1_000);";
  cluster = await scene({ "idle.mjs": idle }, { ingress: "127.0.0.1:0", nodePorts: true });
}, 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

/** A Service, and where it is reached. */
async function service(name: string, port: object = {}, selector?: object): Promise<number> {
  await cluster.apply({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { type: "LoadBalancer", ports: [{ port: 80, ...port }], ...(selector && { selector }) },
  });
  let listens = 0;
  await cluster.waitFor(`Service/${name}`, found => {
    listens = (found as Service | undefined)?.status?.loadBalancer?.ingress?.[0]?.ports?.[0]?.port ?? 0;
    return listens > 0;
  });
  return listens;
}

async function leadsTo(name: string, port: number, protocol = "TCP"): Promise<void> {
  await cluster.apply({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: [{ port, protocol }],
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

it("a node port of UDP that leads to itself", async () => {
  const port = await service("datagrams", { protocol: "UDP" });
  await leadsTo("datagrams", port, "UDP");
  const socket = createSocket("udp4");
  socket.send("round and round", port, "127.0.0.1");
  expect(await cluster.told("Service/datagrams", "EndpointLoops")).toBe(loop(port));
  socket.close();
});

it("a node port, and the entrance, of the same number as the port of a pod that does not listen yet", async () => {
  const pod = (name: string, containerPort: number) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: { containers: [{ name: "main", image: "idle", ports: [{ containerPort }] }] },
  });
  const entrance = Number(cluster.ingress?.split(":")[1]);
  const port = await service("early", {}, { app: "early" });
  await cluster.apply([
    pod("early", port),
    pod("behind", entrance),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "early" },
      spec: {
        type: "LoadBalancer",
        ports: [{ port: 80, targetPort: port, nodePort: port }],
        selector: { app: "early" },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "behind" },
      spec: { ports: [{ port: 80, targetPort: entrance }], selector: { app: "behind" } },
    },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "behind" },
      spec: {
        rules: [
          {
            host: "localhost",
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service: { name: "behind", port: { number: 80 } } },
                },
              ],
            },
          },
        ],
      },
    },
  ]);
  for (const name of ["early", "behind"]) {
    await cluster.waitFor(`Pod/${name}`, "Ready");
    const has = async () => (await cluster.discovery.service(name)).endpoints.length;
    await expect.poll(has).toBe(1);
  }
  // Who comes in is led to the pod, where nobody listens, and not in at the same door.
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  await expect.poll(async () => (await fetch(`http://localhost:${entrance}/`)).status).toBe(502);
});
