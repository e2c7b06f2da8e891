/** Ordinary servers and clients in pods, as programs of Node and of npm are: none of this code knows k4s. */
import dns from "node:dns";
import { once } from "node:events";
import { createRequire } from "node:module";
import { type AddressInfo, createServer } from "node:net";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serverCertificate } from "../src/access/server-certificate.ts";
import { type Scene, scene } from "./scene.ts";

const ws = JSON.stringify(pathToFileURL(createRequire(import.meta.url).resolve("ws")).href);

const server = `
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import WebSocket from ${ws};
const { CERT: cert, KEY: key } = process.env;
const endsOf = ({ remoteAddress, localAddress, localPort }) => ({ remoteAddress, localAddress, localPort });
const answer = ({ socket, httpVersion }, response) => response.end(JSON.stringify({ httpVersion, ...endsOf(socket) }));
createServer(answer).listen(80);
createHttp2Server(answer).listen(82);
https.createServer({ cert, key }, answer).listen(443);
tls.createServer({ cert, key }, socket => socket.pipe(socket)).listen(444);
createServer(answer).listen(81, "127.0.0.1");
new WebSocket.Server({ port: 83 }).on("connection", (socket, { socket: { remoteAddress } }) => socket.on("message", text => socket.send(text + " " + remoteAddress)));
net.createServer(socket => socket.on("error", () => {}).on("data", () => socket.end("counted")).on("close", () => (counted = [socket.bytesRead, socket.bytesWritten]))).listen(85);
let counted;
createServer((_, response) => response.end(JSON.stringify(counted))).listen(86);
net.createServer({ allowHalfOpen: true }, socket => {
  let length = 0;
  socket.on("error", () => {}).on("data", piece => (length += piece.length)).on("end", () => socket.end(length + " from " + socket.remoteAddress));
}).listen({ port: 84, host: "::", backlog: 1 });
process.on("SIGTERM", () => process.exit());
`;

const client = `
import dns, { getServers } from "node:dns";
import { Resolver, resolve4 } from "node:dns/promises";
import { createServer, get } from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { promisify } from "node:util";
import WebSocket from ${ws};
const { CA: ca } = process.env;
const textOf = async stream => { let text = ""; for await (const piece of stream) text += piece; return text; };
const answerTo = asked => new Promise((resolve, reject) => asked.on("response", answer => resolve(textOf(answer))).on("error", reject));
const failure = async promise => { try { return await promise; } catch (error) { const { code, message } = error.cause ?? error; return [code, message]; } };
const listening = async (server, ...at) => { await new Promise((resolve, reject) => server.on("error", reject).listen(...at, resolve)); return server; };
const does = {
  fetch: url => failure(fetch(url).then(answer => answer.text())),
  get: url => failure(answerTo(get(url))),
  https: (host, port) => failure(answerTo(https.get({ host, port, ca }))),
  async http2(url) {
    const session = http2.connect(url);
    try { return await textOf(session.request({ ":path": "/" })); } finally { session.close(); }
  },
  ws: url => new Promise((resolve, reject) => { const socket = new WebSocket(url); socket.on("error", reject).on("open", () => socket.send("hello")).on("message", text => { resolve(String(text)); socket.close(); }); }),
  tls: (host, port) => failure(new Promise((resolve, reject) => { const socket = tls.connect({ host, port, ca }, () => socket.write("secret")); socket.on("error", reject).on("data", text => { resolve([String(text), socket.authorized, socket.remotePort]); socket.end(); }); })),
  async end(host, port, length) {
    const socket = net.connect({ host, port, allowHalfOpen: true });
    socket.setNoDelay(true).setKeepAlive(true).end("x".repeat(length));
    return textOf(socket);
  },
  bytes: (host, port) => new Promise((resolve, reject) => { const socket = net.connect(port, host, () => { const first = socket.bytesWritten; socket.write("three"); socket.on("data", () => resolve([first, socket.bytesWritten, socket.bytesRead])); }).on("error", reject); }),
  ends: (host, port) => new Promise((resolve, reject) => { const socket = net.connect(port, host, () => { resolve([socket.remoteAddress, socket.remotePort, socket.localAddress, socket.address().family]); socket.destroy(); }).on("error", reject); }),
  lookup: (host, options) => failure(dns.promises.lookup(host, options)),
  promisified: host => promisify(dns.lookup)(host),
  resolve: (method, ...args) => failure(dns.promises[method](...args)),
  resolveByCallback: (method, ...args) => new Promise(done => dns[method](...args, (error, ...values) => done(error ? [error.code, error.message] : values))),
  // Whoever asks again at each answer lets other things happen all the same.
  async untilTimer(method, host) {
    let isOver = false;
    setTimeout(() => (isOver = true), 1);
    while (!isOver) await dns.promises[method](host);
    return "over";
  },
  resolveByName: host => failure(resolve4(host)),
  async resolver(servers, method, ...args) {
    const resolver = new Resolver({ timeout: 500, tries: 1 });
    if (servers) resolver.setServers(servers);
    return failure(resolver[method](...args));
  },
  servers: async () => [dns.getServers(), dns.promises.getServers(), getServers(), new Resolver().getServers(), new dns.Resolver().getServers()],
  // As Node has them, which asks these.
  async nodesServers(...servers) {
    const resolver = new dns.Resolver({ timeout: 500, tries: 1 });
    if (servers.length > 0) resolver.setServers(servers);
    resolver.resolve4("example.com", () => {});
    resolver.cancel();
    return [resolver.getServers(), resolver._handle.getServers().map(([address]) => address)];
  },
  async defaultServers(servers, method, ...args) {
    dns.setServers(servers);
    return [dns.getServers(), await failure(dns.promises[method](...args)), await does.resolveByCallback(method, ...args)];
  },
  async listenTwice() {
    const first = await listening(net.createServer(), 0);
    const { port } = first.address();
    const second = await failure(listening(net.createServer(), port));
    first.close();
    return [first.listening, second, port];
  },
  async ownServer(host) {
    const server = await listening(createServer((asked, answer) => answer.end(asked.socket.remoteAddress)), 0, host);
    const { port, ...address } = server.address();
    const answers = await Promise.all(["localhost", "127.0.0.1", "[::1]", "0.0.0.0", process.env.HOSTNAME].map(each => failure(fetch("http://" + each + ":" + port).then(answer => answer.text()))));
    server.closeAllConnections();
    server.close();
    return [address, answers];
  },
  burst: (host, port, count) => Promise.all(Array.from({ length: count }, () => does.end(host, port, 1))).then(all => all.filter(text => text.startsWith("1 from")).length),
  many: (url, count) => Promise.all(Array.from({ length: count }, () => does.get(url))).then(all => [...new Set(all.map(text => JSON.parse(text).localAddress))].length),
};
export default async ({ inbox }) => {
  for await (const message of inbox) {
    const [what, ...given] = message.body;
    does[what](...given).then(value => message.reply(value), error => message.fail(error));
  }
};
`;

/** Without their ports. */
const machinesServers = () =>
  dns.getServers().map(server => server.replace(/^\[(.*)\]:\d+$|^([^:]+):\d+$/, "$1$2"));

describe.each(["thread", "process"] as const)("a program in a %s", runtime => {
  let cluster: Scene;
  let clusterIP: string;
  let clientIP: string;
  let podIPs: readonly string[];
  beforeAll(async () => {
    cluster = await scene({ "server.mjs": server, "client.mjs": client }, { runtime });
    const { cert, key, ca } = await serverCertificate({ hosts: ["web"], now: Date.now() });
    const ports = [80, 81, 82, 83, 84, 85, 86, 443, 444].map(port => ({ name: `p${port}`, port }));
    const template = {
      metadata: { labels: { app: "web" } },
      spec: {
        subdomain: "all",
        ...(runtime === "process" && { runtimeClassName: "process" }),
        containers: [
          {
            name: "server",
            image: "server",
            env: [
              { name: "CERT", value: cert },
              { name: "KEY", value: key },
            ],
            readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 },
          },
        ],
      },
    };
    await cluster.apply([
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web" },
        spec: { replicas: 3, selector: { matchLabels: { app: "web" } }, template },
      },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web" },
        spec: { selector: { app: "web" }, ports },
      },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "all" },
        spec: { clusterIP: "None", selector: { app: "web" }, ports },
      },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "empty" },
        spec: { selector: { app: "none" }, ports },
      },
    ]);
    await cluster.run("client", { module: "client", env: [{ name: "CA", value: ca }] });
    await cluster.waitFor("Deployment/web", "Available", { timeoutMs: 30_000 });
    const pods = await cluster.list("Pod", { labelSelector: "app=web" });
    podIPs = pods.map(({ status }) => status?.podIP ?? "").sort();
    clientIP = (await cluster.get("Pod", "client"))?.status?.podIP ?? "";
    clusterIP = (await cluster.get("Service", "web"))?.spec.clusterIP ?? "";
  }, 60_000);
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  const does = (...what: unknown[]) => cluster.api.request("client", what, { timeoutMs: 20_000 });
  const json = async (...what: unknown[]) => JSON.parse(String(await does(...what)));

  it.each([
    ["fetch", "http://web/"],
    ["get", "http://web.default/"],
    ["fetch", "http://web.default.svc.cluster.local:80/"],
    ["get", "http://all/"],
    ["https", "web", 443],
    ["http2", "http://web:82"],
  ])("reaches a pod: %s %s", async (...what) => {
    const { remoteAddress, localAddress } = await json(...what);
    expect(remoteAddress).toBe(clientIP);
    expect(podIPs).toContain(localAddress);
  });

  it("reaches pods by the address of a Service, and by their own", async () => {
    expect(podIPs).toContain((await json("get", `http://${clusterIP}/`)).localAddress);
    for (const podIP of podIPs)
      expect(await json("fetch", `http://${podIP}/`)).toMatchObject({ localAddress: podIP, localPort: 80 });
    const [podIP = ""] = podIPs;
    expect(await json("fetch", `http://${podIP.replaceAll(".", "-")}.all/`)).toMatchObject({
      localAddress: podIP,
    });
    expect(await json("fetch", `http://[::ffff:${podIP}]/`)).toMatchObject({ localAddress: podIP });
  });

  it("goes to each of the pods in time", async () => {
    expect(await does("many", "http://web/", 60)).toBe(3);
    expect(await does("many", "http://all/", 60)).toBe(3);
  });

  it("speaks WebSocket and TLS", async () => {
    expect(await does("ws", "ws://web:83")).toBe(`hello ${clientIP}`);
    expect(await does("tls", "web", 444)).toEqual(["secret", true, 444]);
    expect(await does("tls", "web", 9)).toEqual(["ECONNREFUSED", `connect ECONNREFUSED ${clusterIP}:9`]);
  });

  it("ends its half of a connection before there is one, and hears the other", async () => {
    expect(await does("end", "web.default.svc", 84, 100_000)).toBe(`100000 from ::ffff:${clientIP}`);
  });

  it("counts what its own sockets send and read, and nothing else", async () => {
    const [host = ""] = podIPs;
    expect(await does("bytes", host, 85)).toEqual([0, 5, 7]);
    await expect.poll(() => does("fetch", `http://${host}:86`)).toBe("[5,7]");
  });

  it("sees the ends as addresses", async () => {
    expect(await does("ends", "web", 84)).toEqual([clusterIP, 84, clientIP, "IPv4"]);
  });

  it("waits where a server has no room in its queue", async () => {
    expect(await does("burst", "web", 84, 100)).toBe(100);
  });

  it("looks up names", async () => {
    expect(await does("lookup", "web")).toEqual({ address: clusterIP, family: 4 });
    expect(await does("promisified", "web")).toEqual({ address: clusterIP, family: 4 });
    const all = (await does("lookup", "all", { all: true })) as { readonly address: string }[];
    expect(all.map(({ address }) => address).sort()).toEqual(podIPs);
    expect(await does("lookup", "web", 6)).toEqual(["ENOTFOUND", "getaddrinfo ENOTFOUND web"]);
    expect(await does("lookup", "client")).toEqual({ address: clientIP, family: 4 });
  });

  it("asks Node's resolver of the cluster, without a server of DNS", async () => {
    const zone = "default.svc.cluster.local";
    expect(await does("resolve", "resolve4", `web.${zone}`)).toEqual([clusterIP]);
    expect(await does("resolveByName", `WEB.${zone}.`)).toEqual([clusterIP]);
    expect(await does("resolve", "resolve4", `web.${zone}`, { ttl: true })).toEqual([
      { address: clusterIP, ttl: 5 },
    ]);
    expect(await does("resolve", "resolve", `web.${zone}`, "A")).toEqual([clusterIP]);
    expect(((await does("resolver", undefined, "resolve4", `all.${zone}`)) as string[]).sort()).toEqual(
      podIPs,
    );
    expect(await does("resolveByCallback", "resolveSrv", `_p80._tcp.web.${zone}`)).toMatchObject([
      [{ name: `web.${zone}`, port: 80, priority: 0, weight: 100 }],
    ]);
    expect(await does("resolveByCallback", "resolve4", `web.${zone}`)).toEqual([[clusterIP]]);
    expect(await does("resolve", "reverse", clusterIP)).toEqual([`web.${zone}`]);
    expect(await does("resolve", "lookupService", clusterIP, 80)).toEqual({
      hostname: `web.${zone}`,
      service: "http",
    });
    expect(await does("resolveByCallback", "lookupService", clusterIP, 443)).toEqual([
      `web.${zone}`,
      "https",
    ]);
    expect(await does("resolve", "resolveTxt", "dns-version.cluster.local")).toEqual([["1.1.0"]]);
    expect(await does("resolve", "resolveSoa", "cluster.local")).toMatchObject({ minttl: 5 });
  });

  it("is told by Node's resolver what there is not", async () => {
    const zone = "default.svc.cluster.local";
    const none = (syscall: string, code: string, name: string) => [code, `${syscall} ${code} ${name}`];
    const asked = (method: string, name: string) => does("resolve", method, name);
    expect(await asked("resolve6", `web.${zone}`)).toEqual(none("queryAaaa", "ENODATA", `web.${zone}`));
    expect(await asked("resolve4", `no.${zone}`)).toEqual(none("queryA", "ENOTFOUND", `no.${zone}`));
    expect(await asked("reverse", "10.96.255.1")).toEqual(none("getHostByAddr", "ENOTFOUND", "10.96.255.1"));
    expect(await asked("reverse", "no address")).toEqual(["EINVAL", expect.any(String)]);
  });

  it("asks the servers that it has set itself", async () => {
    const nobody = createServer().listen(0, "127.0.0.1");
    await once(nobody, "listening");
    const { port } = nobody.address() as AddressInfo;
    nobody.close();
    const answer = await does("resolver", [`127.0.0.1:${port}`], "resolve4", "web.default.svc.cluster.local");
    expect(["ECONNREFUSED", "ETIMEOUT"]).toContain((answer as string[])[0]);
  });

  it("asks the cluster's DNS, and says so", async () => {
    const name = "web.default.svc.cluster.local";
    const cluster = ["10.96.0.10"];
    expect(await does("servers")).toEqual([cluster, cluster, cluster, cluster, cluster]);
    for (const servers of [cluster, ["10.96.0.10:53", "192.0.2.1"], ["[::ffff:10.96.0.10]"]])
      expect(await does("resolver", servers, "resolve4", name)).toEqual([clusterIP]);
    // What the cluster does not know, the machine's are asked for.
    expect(await does("nodesServers", "10.96.0.10")).toEqual([cluster, machinesServers()]);
    expect(await does("nodesServers", "192.0.2.1", "10.96.0.10")).toEqual([
      ["192.0.2.1", "10.96.0.10"],
      ["192.0.2.1", "10.96.0.10"],
    ]);
    expect(await does("defaultServers", cluster, "resolve4", name)).toEqual([
      cluster,
      [clusterIP],
      [[clusterIP]],
    ]);
    await expect(does("resolver", ["nobody"], "resolve4", name)).rejects.toThrow(
      "Invalid IP address: nobody",
    );
  });

  it("asks the servers that its manifest says", async () => {
    const none = { dnsPolicy: "None", dnsConfig: { nameservers: ["192.0.2.1"] } };
    const runtimeClassName = runtime === "process" ? { runtimeClassName: "process" } : {};
    const pod = (name: string, spec: object) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: { ...runtimeClassName, ...spec, containers: [{ name: "c", image: "client" }] },
    });
    await cluster.apply([pod("elsewhere", none), pod("machines", { dnsPolicy: "Default" })]);
    const asks = (name: string, ...body: unknown[]) => cluster.api.request(name, body, { timeoutMs: 20_000 });
    for (const name of ["elsewhere", "machines"]) await cluster.waitFor(`Pod/${name}`, "Ready");
    const own = ["192.0.2.1"];
    expect(await asks("elsewhere", "servers")).toEqual([own, own, own, own, own]);
    expect(await asks("elsewhere", "nodesServers")).toEqual([own, own]);
    const machines = dns.getServers();
    expect(await asks("machines", "servers")).toEqual([machines, machines, machines, machines, machines]);
    // Whoever asks the cluster is told.
    for (const name of ["elsewhere", "machines"])
      expect(
        await asks(name, "resolver", ["10.96.0.10"], "resolve4", "web.default.svc.cluster.local"),
      ).toEqual([clusterIP]);
  });

  it.each(["lookup", "resolve4"])("answers %s again and again, and lets timers run", async method => {
    expect(await does("untilTimer", method, "web.default.svc.cluster.local")).toBe("over");
  });

  it("hears of a name's records that change", async () => {
    const name = "later.default.svc.cluster.local";
    expect(await does("resolve", "resolve4", name)).toMatchObject({ 0: "ENOTFOUND" });
    const service = (ports: readonly object[]) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "later" },
      spec: { clusterIP: "10.96.7.7", ports },
    });
    await cluster.apply(service([{ port: 1 }]));
    await expect.poll(() => does("resolve", "resolve4", name)).toEqual(["10.96.7.7"]);
    await expect.poll(() => does("resolve", "reverse", "10.96.7.7")).toEqual([name]);
    await cluster.delete("Service", "later");
    await expect.poll(() => does("resolve", "resolve4", name)).toMatchObject({ 0: "ENOTFOUND" });
    await expect.poll(() => does("resolve", "reverse", "10.96.7.7")).toMatchObject({ 0: "ENOTFOUND" });
  });

  it("is refused as in Kubernetes", async () => {
    const refused = (port: number) => ["ECONNREFUSED", `connect ECONNREFUSED ${clusterIP}:${port}`];
    expect(await does("fetch", "http://web:8123")).toEqual(refused(8123));
    expect(await does("get", "http://web:81")).toEqual(refused(81));
    expect(await does("get", "http://empty")).toEqual([
      "ECONNREFUSED",
      expect.stringContaining("ECONNREFUSED 10.96."),
    ]);
    expect(await does("fetch", "http://nothing.default.svc.cluster.local")).toMatchObject({ 0: "ENOTFOUND" });
    expect(await does("get", "http://localhost:8124")).toEqual([
      "ECONNREFUSED",
      expect.stringContaining("127.0.0.1:8124"),
    ]);
  });

  it("listens on a free port, and on none twice", async () => {
    const [listens, second, port] = (await does("listenTwice")) as unknown[];
    expect(listens).toBe(false);
    expect(second).toEqual(["EADDRINUSE", `listen EADDRINUSE: address already in use 0.0.0.0:${port}`]);
  });

  it("is its own localhost", async () => {
    const local = "127.0.0.1";
    expect(await does("ownServer")).toEqual([
      { address: "0.0.0.0", family: "IPv4" },
      [local, local, local, local, clientIP],
    ]);
    expect(await does("ownServer", "localhost")).toEqual([
      { address: local, family: "IPv4" },
      [local, local, local, local, ["ECONNREFUSED", expect.any(String)]],
    ]);
  });

  it("reaches what listens on the loopback of the machine", async () => {
    const outside = createServer(socket => socket.end(`outside ${socket.remoteAddress}`)).listen(
      0,
      "127.0.0.1",
    );
    await once(outside, "listening");
    const { port } = outside.address() as AddressInfo;
    expect(await does("end", "127.0.0.1", port, 0)).toBe("outside 127.0.0.1");
    outside.close();
  });
});
