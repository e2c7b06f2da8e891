import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { afterEach, expect, it } from "vitest";
import { TestCluster } from "../../loop/test-cluster.ts";
import { realClock } from "../../outside/index.ts";
import { TestEntrance } from "../entrance/test-entrance.ts";
import { nodePortController } from "./node-port-controller.ts";
import { NodePorts } from "./node-ports.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function started() {
  const cluster = await TestCluster.of();
  const entrance = new TestEntrance(cluster);
  /** The machine's ports of UDP ports of pods, by address. */
  const datagrams = new Map<string, number>();
  const denials: string[] = [];
  const ports = new NodePorts({
    services: entrance.services,
    dial: entrance.dial,
    findDatagramPort: ({ address }) => {
      const port = datagrams.get(address);
      return port === undefined ? undefined : { host: "127.0.0.1", port, head: () => Buffer.from("k4s ") };
    },
    denied(client, endpoint) {
      const denied = entrance.denied(client, endpoint);
      if (denied !== undefined) denials.push(denied);
      return denied;
    },
    clock: realClock,
    follow: entrance.connections.follow,
    traffic: entrance.traffic,
  });
  const [loop] = cluster.run(nodePortController(ports));
  closing.push(
    () => loop?.stop(),
    () => ports.stop(),
    () => entrance.close(),
  );
  const status = () => cluster.store.get("Service", "demo", "web")?.status;
  const nodePort = () => cluster.store.get("Service", "demo", "web")?.spec.ports?.[0]?.nodePort ?? 0;
  const told = async (isDone: () => boolean) => {
    // Ports are the machine's: they open by no clock of ours.
    while (!isDone()) {
      await new Promise(resolve => setImmediate(resolve));
      await cluster.settle();
    }
  };
  return { cluster, entrance, datagrams, denials, ports, status, nodePort, told };
}

const ask = async (port: number | undefined) => (await fetch(`http://127.0.0.1:${port}/`)).text();

it("leads a node port to the pods of a LoadBalancer, tells where, and closes it with the Service", async () => {
  const { cluster, entrance, status, nodePort, told } = await started();
  await entrance.serve("192.0.2.1", (_request, response) => response.end("one"));
  await entrance.service("web", ["192.0.2.1"], { type: "LoadBalancer" });
  const reached = () => status()?.loadBalancer?.ingress?.[0];
  await told(() => reached() !== undefined);
  const port = reached()?.ports?.[0]?.port;
  expect(reached()).toEqual({ ip: "127.0.0.1", ipMode: "Proxy", ports: [{ port, protocol: "TCP" }] });
  expect(port).toBe(nodePort());
  expect(await ask(port)).toBe("one");
  await cluster.change("Service", "web", service => ({
    ...service,
    spec: { ...service.spec, type: "ClusterIP" as const },
  }));
  await told(() => reached() === undefined);
  await expect(ask(port)).rejects.toThrow();
});

it("stands aside where the machine's port is taken, and says so", async () => {
  const { cluster, entrance, status, nodePort, told } = await started();
  const taken = createServer();
  closing.push(() => taken.close());
  // Any port of the range that is free: what else runs on the machine is not known.
  let wanted = 0;
  for (const candidate of Array.from({ length: 50 }, (_, i) => 32_000 + i)) {
    taken.listen(candidate, "127.0.0.1");
    const [event] = await Promise.race([once(taken, "listening").then(() => ["up"]), once(taken, "error")]);
    if (event !== "up") continue;
    wanted = (taken.address() as AddressInfo).port;
    break;
  }
  await entrance.serve("192.0.2.1", (_request, response) => response.end("one"));
  const ports = [{ name: "http", port: 80, targetPort: 8080, nodePort: wanted }];
  await entrance.service("web", ["192.0.2.1"], { type: "NodePort", ports });
  await told(() => (status()?.conditions ?? []).length > 0);
  const [condition] = status()?.conditions ?? [];
  expect(condition).toMatchObject({ type: "NodePortMoved", status: "True", reason: "PortInUse" });
  const [, instead] = /; (\d+) stands in for it$/.exec(condition?.message ?? "") ?? [];
  expect(await ask(Number(instead))).toBe("one");
  expect(nodePort()).toBe(wanted);
  await cluster.recorder.written();
  const [event] = cluster.store.list("Event");
  expect([event?.reason, event?.message]).toEqual(["NodePortMoved", condition?.message]);
});

it("ends a connection at once where nothing behind the Service is ready, and says which ports are not served", async () => {
  const { entrance, status, told } = await started();
  const ports = [
    { name: "http", port: 80, targetPort: 8080 },
    { name: "sctp", port: 53, targetPort: 53, protocol: "SCTP" },
  ];
  await entrance.service("web", [], { type: "LoadBalancer", ports });
  await told(() => status()?.loadBalancer?.ingress !== undefined);
  const [http, sctp] = status()?.loadBalancer?.ingress?.[0]?.ports ?? [];
  await expect(ask(http?.port)).rejects.toThrow();
  expect(sctp).toEqual({ port: 53, protocol: "SCTP", error: "k4s.dev/NotServed" });
});

/** A socket of UDP that says to all that it hears who it is, or is silent. */
async function datagramSocket(name?: string): Promise<DatagramSocket> {
  const socket = createSocket("udp4");
  if (name !== undefined)
    socket.on("message", (text, { port, address }) =>
      socket.send(`${name}: ${String(text).slice("k4s ".length)}`, port, address),
    );
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  closing.push(() => socket.close());
  return socket;
}

it("leads the datagrams of each client to one endpoint of the Service, and what comes back to that client", async () => {
  const { cluster, entrance, datagrams, denials, status, told } = await started();
  const pods = ["192.0.2.1", "192.0.2.2"];
  for (const ip of pods) datagrams.set(ip, (await datagramSocket(ip)).address().port);
  // Of the name that the slice has.
  const dns = { name: "http", port: 53, targetPort: 8080, protocol: "UDP" };
  const both = [dns, { ...dns, name: "dns-tcp", protocol: "TCP" }];
  await entrance.service("web", pods, { type: "LoadBalancer", ports: both });
  const reached = () => status()?.loadBalancer?.ingress?.[0]?.ports;
  await told(() => reached() !== undefined);
  const port = reached()?.find(({ protocol }) => protocol === "UDP")?.port ?? 0;
  expect(reached()?.map(({ error }) => error)).toEqual([undefined, undefined]);

  const client = await datagramSocket();
  const ask = async (from: DatagramSocket, text: string) => {
    from.send(text, port, "127.0.0.1");
    const [answer, { port: by }] = (await once(from, "message")) as [Buffer, { port: number }];
    expect(by).toBe(port);
    return String(answer);
  };
  const first = await ask(client, "1");
  const [server = ""] = first.split(":");
  expect(pods).toContain(server);
  for (const n of ["2", "3", "4"]) expect(await ask(client, n)).toBe(`${server}: ${n}`);
  // Others are led anywhere.
  const by = new Set<string | undefined>();
  while (by.size < 2) by.add((await ask(await datagramSocket(), "5")).split(":")[0]);

  // The endpoint goes: from now on the other one answers.
  await cluster.change("EndpointSlice", "web", slice => ({
    ...slice,
    endpoints: slice.endpoints?.filter(({ addresses }) => addresses[0] !== server) ?? [],
  }));
  const [other] = pods.filter(ip => ip !== server);
  expect(await ask(client, "6")).toBe(`${other}: 6`);

  // What a policy denies is lost, and so is what nothing takes.
  entrance.denials.set(`127.0.0.1 ${other}:8080`, "NetworkPolicy demo/deny denies it");
  const heard: string[] = [];
  client.on("message", text => heard.push(String(text)));
  client.send("lost", port, "127.0.0.1");
  await expect.poll(() => denials).toHaveLength(1);
  entrance.denials.clear();
  expect(await ask(client, "7")).toBe(`${other}: 7`);
  expect(heard).toEqual([`${other}: 7`]);
  await cluster.delete("Service", "web");
  await cluster.settle();
});

it("lets in whom the source ranges of a LoadBalancer name, and nobody else", async () => {
  const { entrance, status, told } = await started();
  await entrance.serve("192.0.2.1", (_request, response) => response.end("one"));
  const reached = () => status()?.loadBalancer?.ingress?.[0]?.ports?.[0]?.port;
  await entrance.service("web", ["192.0.2.1"], {
    type: "LoadBalancer",
    loadBalancerSourceRanges: ["203.0.113.0/24", "127.0.0.0/8"],
  });
  await told(() => reached() !== undefined);
  // A connection that is there already goes on, as everywhere.
  const anew = (signal?: AbortSignal) =>
    fetch(`http://127.0.0.1:${reached()}/`, { headers: { connection: "close" }, ...(signal && { signal }) });
  expect(await (await anew()).text()).toBe("one");
  await entrance.cluster.change("Service", "web", service => ({
    ...service,
    spec: { ...service.spec, loadBalancerSourceRanges: ["203.0.113.0/24"] },
  }));
  await expect(anew(AbortSignal.timeout(200))).rejects.toMatchObject({ name: "TimeoutError" });
});

it("tells balancers at the health check port how many endpoints there are", async () => {
  const { cluster, entrance, status, told } = await started();
  const local = { type: "LoadBalancer", externalTrafficPolicy: "Local" };
  await entrance.service("web", ["192.0.2.1", "192.0.2.2"], local);
  await told(() => status()?.loadBalancer?.ingress !== undefined);
  const port = cluster.store.get("Service", "demo", "web")?.spec.healthCheckNodePort;
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    service: { namespace: "demo", name: "web" },
    localEndpoints: 2,
    serviceProxyHealthy: true,
  });
  await cluster.change("EndpointSlice", "web", slice => ({ ...slice, endpoints: [] }));
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(503);
  await cluster.delete("Service", "web");
  await cluster.settle();
  await expect.poll(() => fetch(`http://127.0.0.1:${port}/`).catch(() => "closed")).toBe("closed");
});

it("says that the health check port cannot be opened, and opens it once it can", async () => {
  const { cluster, entrance, status, told } = await started();
  const other = createServer();
  // Outside of the range from which the cluster gives out node ports of its own accord.
  other.listen(0, "127.0.0.1");
  closing.push(() => other.close());
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const local = { type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: port };
  await entrance.service("web", ["192.0.2.1"], local);
  await told(() => (status()?.conditions ?? []).length > 0);
  const message = `${port} on 127.0.0.1: another program of this machine listens there`;
  expect(status()?.conditions).toEqual([
    expect.objectContaining({ type: "HealthCheckNodePortNotServed", reason: "PortNotOpened", message }),
  ]);
  await cluster.recorder.written();
  const events = cluster.store.list("Event").map(event => [event.reason, event.message]);
  expect(events).toContainEqual(["FailedToStartServiceHealthcheck", message]);
  other.close();
  await once(other, "close");
  await cluster.change("Service", "web", service => ({
    ...service,
    metadata: { ...service.metadata, labels: { again: "yes" } },
  }));
  await told(() => (status()?.conditions ?? []).length === 0);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
});

it("ends an open connection when a policy denies it from now on, and no other", async () => {
  const { entrance, nodePort, status, told } = await started();
  const server = await entrance.serve("192.0.2.1", (_request, response) => response.write("begun"));
  await entrance.service("web", ["192.0.2.1"], { type: "LoadBalancer" });
  await told(() => status()?.loadBalancer?.ingress !== undefined);
  const socket = connect(nodePort(), "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
  await once(socket, "data");
  const ended = once(socket, "close");
  entrance.deniedChanged();
  await new Promise(resolve => setImmediate(resolve));
  expect(socket.destroyed).toBe(false);
  entrance.denials.set("127.0.0.1 192.0.2.1:8080", "NetworkPolicy demo/deny denies it");
  entrance.deniedChanged();
  await ended;
  server.closeAllConnections();
});

it.each([
  ["who has sent nothing", []],
  ["whom a policy denies", ["127.0.0.1 192.0.2.1:8080"]],
])("lets go at once who hangs up: %s", async (_, denials) => {
  const { entrance, nodePort, status, told } = await started();
  const server = await entrance.serve("192.0.2.1", () => {});
  await entrance.service("web", ["192.0.2.1"], { type: "LoadBalancer" });
  await told(() => status()?.loadBalancer?.ingress !== undefined);
  for (const each of denials) entrance.denials.set(each, "NetworkPolicy demo/deny denies it");
  const client = connect(nodePort(), "127.0.0.1");
  client.resume();
  const faults: Error[] = [];
  client.on("error", error => faults.push(error));
  client.end();
  await once(client, "close");
  expect(faults).toEqual([]);
  await expect
    .poll(() => new Promise(resolve => server.getConnections((_error, count) => resolve(count))))
    .toBe(0);
});
