/** UDP between pods, by ordinary programs: none of this code knows k4s. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { decode, encode } from "dns-packet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Scene, scene } from "./scene.ts";

const server = `
const dgram = require("node:dgram");
const udp = dgram.createSocket("udp4");
udp.on("message", (bytes, from) => udp.send([process.env.HOSTNAME, " from ", from.address, ": ", bytes], from.port, from.address));
udp.bind(53);
require("node:net").createServer().listen(53);
`;
const client = `
const dgram = require("node:dgram");
const { once } = require("node:events");
const asks = async (socket, send, patience = 20_000) => {
  const timer = setTimeout(() => socket.emit("message", "silence", {}), patience);
  const heard = once(socket, "message");
  send(socket);
  const [text, { address, port }] = await heard;
  clearTimeout(timer);
  return [String(text), address, port];
};
const bound = async (port, type = "udp4", address) => { const socket = dgram.createSocket(type); socket.bind(port, address); await once(socket, "listening"); return socket; };
const does = {
  async ask(host, port, patience) {
    const socket = dgram.createSocket("udp4");
    const answer = await asks(socket, () => socket.send("hello", port, host), patience);
    socket.close();
    return answer;
  },
  async askBytes(host, port, bytes) {
    const socket = dgram.createSocket("udp4");
    const heard = once(socket, "message");
    socket.send(Buffer.from(bytes, "base64"), port, host);
    const [answer, from] = await heard;
    socket.close();
    return [answer.toString("base64"), from.address, from.port];
  },
  async same(host, port, count) {
    const socket = dgram.createSocket("udp4");
    const names = new Set();
    for (let i = 0; i < count; i++) names.add((await asks(socket, () => socket.send("hello", port, host)))[0].split(" ")[0]);
    socket.close();
    return names.size;
  },
  async connected(host, port) {
    const socket = dgram.createSocket("udp4");
    socket.connect(port, host);
    await once(socket, "connect");
    const peer = socket.remoteAddress();
    const answer = await asks(socket, () => socket.send(Buffer.from("-hello-"), 1, 5));
    socket.close();
    return [answer, peer.address, peer.port];
  },
  async twice() {
    const first = await bound(4000);
    const second = dgram.createSocket("udp4").bind(4000);
    const [{ code, message }] = await once(second, "error");
    second.close();
    const { address, port } = first.address();
    first.close();
    await once(first, "close");
    const third = await bound(4000);
    third.close();
    return [code, message, address, port, third !== first];
  },
  async itself(type, listen, to) {
    const receiver = await bound(4001, type, listen);
    const sender = dgram.createSocket(type);
    const [bytes, , , written] = await new Promise((resolve, reject) => {
      let written;
      receiver.once("message", (text, from) => setImmediate(() => resolve([String(text), from.address, from.family, written])));
      sender.send(["a", Buffer.from("b")], 4001, to, (error, count) => (error ? reject(error) : (written = count)));
    });
    receiver.close();
    sender.close();
    return [bytes, written];
  },
  async closed(host, port) {
    const open = dgram.createSocket("udp4");
    open.send("hello", port, host);
    open.close();
    const shut = dgram.createSocket("udp4");
    shut.close();
    try { shut.send("hello", port, host); } catch ({ code }) { return code; }
  },
  nowhere: host => new Promise(resolve => { const socket = dgram.createSocket("udp4"); socket.send("hello", 1, host, error => { socket.close(); resolve(error?.code); }); }),
  async many(host, port) {
    const socket = dgram.createSocket("udp4");
    const heard = once(socket, "message");
    for (let i = 0; i < 20; i++) socket.send("hello", port, host);
    const listeners = socket.listenerCount("listening");
    await heard;
    socket.close();
    return listeners;
  },
  // Two workers of Node's cluster have one port, also when one of them has ended.
  cluster: (host, port) => new Promise((resolve, reject) => {
    const primary = require("node:path").join(__dirname, "primary.cjs");
    require("node:child_process").fork(primary, [host, port]).on("message", resolve).on("error", reject);
  }),
  inThread: (host, port) => new Promise((resolve, reject) => new (require("node:worker_threads").Worker)(
    'const udp = require("node:dgram").createSocket("udp4"); udp.on("message", text => { require("node:worker_threads").parentPort.postMessage(String(text)); udp.close(); }); udp.send("thread", ' + port + ', "' + host + '")',
    { eval: true }).on("message", resolve).on("error", reject)),
  inChild: (host, port) => String(require("node:child_process").execFileSync(process.execPath, ["-e",
    'const udp = require("node:dgram").createSocket("udp4"); udp.on("message", text => { process.stdout.write(String(text)); udp.close(); }); udp.send("child", ' + port + ', "' + host + '")'])),
};
module.exports = async ({ inbox }) => {
  for await (const message of inbox) {
    const [what, ...given] = message.body;
    Promise.resolve().then(() => does[what](...given)).then(value => message.reply(value), error => message.fail(error));
  }
};
`;

const primary = `
const cluster = require("node:cluster");
const dgram = require("node:dgram");
const [host, port] = process.argv.slice(2);
const ask = (text, port, host, done) => {
  const udp = dgram.createSocket("udp4");
  const again = setInterval(() => udp.send(text, port, host), 200);
  udp.once("message", answer => { clearInterval(again); udp.close(); done(String(answer)); });
  udp.send(text, port, host);
};
if (cluster.isWorker) {
  const udp = dgram.createSocket("udp4");
  udp.on("error", ({ code }) => process.send(code));
  udp.on("message", (text, from) => udp.send("shared: " + text, from.port, from.address));
  udp.bind(6000, () => ask("worker", port, host, text => process.send(text.replace(/^.*: /, "") + " at " + udp.address().port)));
} else {
  const [first] = [cluster.fork(), cluster.fork()];
  const told = [];
  cluster.on("message", (_, text) => {
    if (told.push(text) < 2) return;
    first.once("exit", () => ask("one is left", 6000, "127.0.0.1", text => process.send([...told, text], () => process.exit())));
    first.process.kill("SIGKILL");
  });
}
`;

describe.each(["thread", "process"] as const)("a program in a %s", runtime => {
  let cluster: Scene;
  let clusterIP: string;
  let podIP: string;
  beforeAll(async () => {
    cluster = await scene(
      { "server.cjs": server, "client.cjs": client, "primary.cjs": primary },
      { runtime, nodePorts: true },
    );
    const pod = (name: string, image: string) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, labels: { app: image } },
      spec: {
        containers: [
          {
            name: "main",
            image,
            ...(image === "server" && { readinessProbe: { tcpSocket: { port: 53 } } }),
            resources: { limits: { memory: "256Mi" } },
          },
        ],
      },
    });
    await cluster.apply([
      pod("names-0", "server"),
      pod("names-1", "server"),
      pod("client", "client"),
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "names" },
        spec: { selector: { app: "server" }, ports: [{ port: 5353, targetPort: 53, protocol: "UDP" }] },
      },
    ]);
    for (const name of ["names-0", "names-1", "client"]) await cluster.waitFor(`Pod/${name}`, "Ready");
    clusterIP = (await cluster.get("Service", "names"))?.spec.clusterIP ?? "";
    podIP = (await cluster.get("Pod", "names-0"))?.status?.podIP ?? "";
  }, 60_000);
  afterAll(() => cluster[Symbol.asyncDispose]());
  const does = (...what: unknown[]) => cluster.api.request("pod/client", what);

  it("asks a pod, which knows who asks", async () => {
    const own = (await cluster.get("Pod", "client"))?.status?.podIP;
    expect(await does("ask", podIP, 53)).toEqual([`names-0 from ${own}: hello`, podIP, 53]);
  });

  it("asks a Service, by its name and by its address, which answers", async () => {
    expect(await does("ask", "names", 5353)).toEqual([expect.stringMatching(/: hello$/), clusterIP, 5353]);
    expect(await does("ask", clusterIP, 5353)).toEqual([expect.stringMatching(/: hello$/), clusterIP, 5353]);
    expect(await does("ask", "names", 1, 300)).toEqual(["silence", undefined, undefined]);
  });

  it("is led to one endpoint by one socket", async () => {
    expect(await does("same", "names", 5353, 12)).toBe(1);
  });

  it("connects to a Service", async () => {
    const [[text, ...from], ...peer] = (await does("connected", "names", 5353)) as [
      [string, ...unknown[]],
      ...unknown[],
    ];
    expect(text).toMatch(/: hello$/);
    expect([from, peer]).toEqual([
      [clusterIP, 5353],
      [clusterIP, 5353],
    ]);
  });

  it("has a port for itself until it closes it", async () => {
    expect(await does("twice")).toEqual([
      "EADDRINUSE",
      "bind EADDRINUSE: address already in use 0.0.0.0:4000",
      "0.0.0.0",
      4000,
      true,
    ]);
  });

  it.each([
    ["udp4", "127.0.0.1", "127.0.0.1"],
    ["udp4", undefined, "localhost"],
    ["udp6", undefined, "::1"],
  ])("sends to itself: %s %s %s", async (type, listen, to) => {
    expect(await does("itself", type, listen, to)).toEqual(["ab", 2]);
  });

  it("shares a port between workers of Node's cluster", async () => {
    const told = await does("cluster", "names", 5353);
    expect(told).toEqual(["worker at 6000", "worker at 6000", "shared: one is left"]);
  });

  it("sends nothing once it is closed, and is told of a name that nobody has", async () => {
    expect(await does("closed", "names", 5353)).toBe("ERR_SOCKET_DGRAM_NOT_RUNNING");
    expect(await does("nowhere", "nosuch")).toBe("ENOTFOUND");
    // Whoever sends much before the socket is bound has no listeners of ours for that.
    expect(await does("many", "names", 5353)).toBeLessThanOrEqual(1);
  });

  it("has threads and child processes that do so, too", { timeout: 30_000 }, async () => {
    expect(await does("inThread", "names", 5353)).toMatch(/: thread$/);
    expect(await does("inChild", "names", 5353)).toMatch(/: child$/);
  });

  it("asks the DNS server of the cluster, at its address", async () => {
    await cluster.serveDns();
    const questions = [{ type: "A" as const, name: "names.default.svc.cluster.local" }];
    const query = encode({ type: "query", id: 7, questions }).toString("base64");
    const [answer, ...from] = (await does("askBytes", "10.96.0.10", 53, query)) as [string, ...unknown[]];
    const { id, answers = [] } = decode(Buffer.from(answer, "base64"));
    expect([id, ...answers]).toMatchObject([7, { data: clusterIP }]);
    expect(from).toEqual(["10.96.0.10", 53]);
  });

  // Of the machine itself, and of its network where it has one.
  it.each(["127.0.0.1", ...addressesOfMachine()])(
    "hears what it has asked, and nobody else: %s",
    async at => {
      const [asked, other] = await Promise.all([bound(at), bound(at)]);
      asked.on("message", (_, { port, address }) => {
        other.send("from another", port, address, () => asked.send("answer", port, address));
      });
      const { port } = asked.address();
      expect(await does("ask", at, port)).toEqual(["answer", at, port]);
      for (const socket of [asked, other]) socket.close();
    },
  );

  it("answers any program of the machine at the node port of its Service", async () => {
    await cluster.apply({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "reached" },
      spec: {
        type: "LoadBalancer",
        selector: { app: "server" },
        ports: [{ port: 5353, targetPort: 53, protocol: "UDP" }],
      },
    });
    const service = await cluster.waitFor(
      "Service/reached",
      each => each?.status?.loadBalancer?.ingress !== undefined,
      { timeoutMs: 10_000 },
    );
    const port = service?.status?.loadBalancer?.ingress?.[0]?.ports?.[0]?.port ?? 0;
    const socket = createSocket("udp4");
    const heard = once(socket, "message");
    socket.send("hello", port, "127.0.0.1");
    const [text, from] = (await heard) as [Buffer, { address: string; port: number }];
    socket.close();
    expect(String(text)).toMatch(/^names-[01] from 127.0.0.1: hello$/);
    expect([from.address, from.port]).toEqual(["127.0.0.1", port]);
  });

  it("is silent where a policy denies it", { timeout: 60_000 }, async () => {
    await cluster.apply({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "deny" },
      spec: { podSelector: { matchLabels: { app: "server" } }, policyTypes: ["Ingress"] },
    });
    await expect
      .poll(async () => ((await does("ask", podIP, 53, 500)) as unknown[])[0], { timeout: 20_000 })
      .toBe("silence");
    await cluster.apply({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "allow" },
      spec: {
        podSelector: { matchLabels: { app: "server" } },
        ingress: [{ ports: [{ port: 53, protocol: "UDP" }] }],
      },
    });
    await expect
      .poll(async () => ((await does("ask", podIP, 53, 500)) as unknown[])[1], { timeout: 20_000 })
      .toBe(podIP);
  });
});

function addressesOfMachine(): string[] {
  const all = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? []);
  return all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
}

async function bound(address: string): Promise<Socket> {
  const socket = createSocket("udp4").bind(0, address);
  await once(socket, "listening");
  return socket;
}
