/** What a program sets on its servers and sockets has the effect that it has of TCP. None of this code knows k4s. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Scene, scene } from "./scene.ts";

const program = `
const net = require("node:net");
const { once } = require("node:events");
const { hostname } = require("node:os");
const ip = process.env.POD_IP;
const listen = async (server, ...at) => { server.listen(...at); await once(server, "listening"); return server; };
const ending = socket => new Promise(resolve => {
  let text = "";
  socket.on("error", ({ code }) => resolve(code)).on("data", piece => (text += piece)).on("close", () => resolve(text || "closed"));
});
const withList = addresses => { const list = new net.BlockList(); for (const each of addresses) list.addAddress(each); return list; };
const does = {
  async serverBlocks() {
    const server = await listen(net.createServer(socket => socket.end("hello")), 0);
    // Newer versions of Node take it as an option.
    server.blockList = withList([ip]);
    const dropped = once(server, "drop");
    const socket = net.connect(server.address().port, ip);
    const end = await ending(socket);
    const [{ remoteAddress, localAddress, localPort }] = await dropped;
    const own = await ending(net.connect(server.address().port, "127.0.0.1"));
    server.close();
    return [end, remoteAddress === ip, localAddress === ip, localPort === server.address()?.port || localPort > 0, own];
  },
  clientBlocks: () => ending(net.connect({ port: 1, host: ip, blockList: withList([ip]) })),
  async closesAtOnce() {
    const server = await listen(net.createServer(), 0);
    const accepted = once(server, "connection");
    const socket = net.connect(server.address().port, ip);
    const [other] = await accepted;
    other.on("error", () => {}).resume();
    const left = once(other, "close");
    const same = socket.resetAndDestroy() === socket;
    await left;
    server.close();
    return [same, socket.destroyed];
  },
  async names() {
    const server = await listen(net.createServer(), 0, hostname());
    const { address, family } = server.address();
    server.close();
    return [address === ip, family, hostname() === process.env.HOSTNAME, String(hostname)];
  },
  async ports() {
    const server = await listen(net.createServer(socket => socket.end(String(socket.remotePort))), 0);
    const socket = net.connect({ port: server.address().port, host: ip, localPort: 40404 });
    const told = await ending(socket);
    server.close();
    return told;
  },
  async stopped() {
    const stop = new AbortController();
    const server = await listen(net.createServer(), { port: 0, signal: stop.signal });
    const { port } = server.address();
    const second = await new Promise(resolve => net.createServer().on("error", ({ code }) => resolve(code)).listen(port));
    stop.abort();
    await once(server, "close");
    const third = await listen(net.createServer(), port);
    third.close();
    return second;
  },
  async listeners() {
    const server = await listen(net.createServer(), 0);
    const accepted = once(server, "connection");
    const socket = net.connect(server.address().port, ip);
    const [other] = await accepted;
    await new Promise(resolve => socket.connecting ? socket.once("connect", resolve) : resolve());
    const counts = [socket.listenerCount("close"), other.listenerCount("close")];
    socket.destroy();
    server.close();
    return counts;
  },
};
module.exports = async ({ inbox }) => {
  for await (const message of inbox) does[message.body]().then(value => message.reply(value), error => message.fail(error));
};
`;

let cluster: Scene;
beforeAll(async () => {
  cluster = await scene({ "program.cjs": program });
  const env = [{ name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }];
  await cluster.run("program", { module: "program", env });
}, 30_000);
afterAll(() => cluster[Symbol.asyncDispose]());
const does = (what: string) => cluster.api.request("pod/program", what);

it("a server's list of blocked addresses has the addresses of pods", async () => {
  expect(await does("serverBlocks")).toEqual(["closed", true, true, true, "hello"]);
});

it("a client's list, too", async () => {
  expect(await does("clientBlocks")).toBe("ERR_IP_BLOCKED");
});

it("a connection that is reset is closed at once, on both sides", async () => {
  expect(await does("closesAtOnce")).toEqual([true, true]);
});

it("a server at the name of its pod is at its address", async () => {
  expect(await does("names")).toEqual([true, "IPv4", true, "program"]);
});

it("a client has the port that it asks for", async () => {
  expect(await does("ports")).toBe("40404");
});

it("a port is taken until the signal of its server aborts", async () => {
  expect(await does("stopped")).toBe("EADDRINUSE");
});

it("a connection has one listener of ours for its end", async () => {
  const [client, server] = (await does("listeners")) as [number, number];
  expect(client).toBeLessThanOrEqual(1);
  expect(server).toBeLessThanOrEqual(1);
});
