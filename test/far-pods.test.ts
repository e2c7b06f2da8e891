/**
 * Programs in pods that connect to pods of another process: two clusters with one authority, of which each takes the other for a node of its
 * own. What they say goes by the receiving node's server, encrypted, and looks as if both were in one process.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Scene, scene } from "./scene.ts";

const server = `
import { createServer } from "node:http";
import net from "node:net";
createServer((request, response) => {
  let length = 0;
  request.on("data", piece => (length += piece.length));
  request.on("end", () => response.end(length + " from " + request.socket.remoteAddress));
}).listen(80);
net.createServer({ allowHalfOpen: true }, socket => {
  let length = 0;
  socket.on("error", () => {}).on("data", piece => (length += piece.length)).on("end", () => socket.end(String(length)));
}).listen(81);
net.createServer(socket => socket.on("error", () => {}).write("hello first")).listen(82);
process.on("SIGTERM", () => process.exit());
`;

const client = `
import net from "node:net";
const failure = async promise => { try { return await promise; } catch (error) { const { code, message } = error.cause ?? error; return [code, message]; } };
const textOf = async stream => { let text = ""; for await (const piece of stream) text += piece; return text; };
let kept;
const does = {
  fetch: url => failure(fetch(url).then(answer => answer.text())),
  post: (url, length) => failure(fetch(url, { method: "POST", body: "x".repeat(length) }).then(answer => answer.text())),
  many: async (url, count) => new Set(await Promise.all(Array.from({ length: count }, () => does.fetch(url)))).size,
  halves(host, port) {
    const socket = net.connect({ host, port, allowHalfOpen: true });
    socket.end(Buffer.alloc(3_000_000));
    return failure(textOf(socket));
  },
  first: (host, port) => failure(new Promise((resolve, reject) => net.connect(port, host).on("error", reject).on("data", function (piece) { this.destroy(); resolve(String(piece)); }))),
  open: (host, port) => new Promise(resolve => { kept = failure(new Promise((end, reject) => net.connect(port, host).on("error", reject).on("end", () => end("ended")).on("data", piece => resolve(String(piece))))); }),
  kept: () => kept,
  ends: (host, port) => new Promise(resolve => { const socket = net.connect(port, host, () => { const { remoteAddress, remotePort } = socket; socket.destroy(); resolve({ remoteAddress, remotePort }); }); }),
};
export default async ({ inbox }) => { for await (const message of inbox) { const [what, ...given] = message.body; message.reply(await does[what](...given)); } };
`;

let near: Scene;
let far: Scene;
let address = "";
const ask = (...body: unknown[]) => near.api.request("client", body, { timeoutMs: 20_000 });

beforeAll(async () => {
  near = await scene({ "client.mjs": client }, { nodes: 0 });
  far = await scene({ "server.mjs": server }, { nodes: 0 });
  for (const [cluster, own, other] of [
    [near, "near", "far"],
    [far, "far", "near"],
  ] as const) {
    await cluster.serve();
    await cluster.nodes.add({ name: own });
    await cluster.apply({ apiVersion: "v1", kind: "Node", metadata: { name: other } });
  }
  // Their addresses are given out in the same order: the second one is nobody's near.
  for (const name of ["first", "server"]) await far.run(name, { module: "server" });
  const pod = await far.waitFor("Pod/server", pod => pod?.status?.podIP !== undefined);
  address = pod?.status?.podIP ?? "";
  const node = await far.waitFor(
    "Node/far",
    each => (each?.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 10_250) !== 10_250,
  );
  const { addresses, daemonEndpoints } = node?.status ?? {};
  const mine = await near.patch("Node", "far", { spec: { podCIDR: `${address}/32` } });
  await near.updateStatus({ ...mine, status: { addresses, daemonEndpoints } });
  await near.run("client", { module: "client" });
});

afterAll(async () => {
  await near[Symbol.asyncDispose]();
  await far[Symbol.asyncDispose]();
});

describe("a program in a pod", () => {
  it("asks a server in a pod of another process by HTTP, and the server sees who asks", async () => {
    const own = (await near.get("Pod", "client"))?.status?.podIP;
    expect(await ask("fetch", `http://${address}/`)).toBe(`0 from ${own}`);
    expect(await ask("post", `http://${address}/`, 2_000_000)).toBe(`2000000 from ${own}`);
    expect(await ask("many", `http://${address}/`, 40)).toBe(1);
    expect(await ask("ends", address, 80)).toEqual({ remoteAddress: address, remotePort: 80 });
  });

  it("ends its half and reads on, and hears of who speaks first", async () => {
    expect(await ask("halves", address, 81)).toBe("3000000");
    expect(await ask("first", address, 82)).toBe("hello first");
  });

  it("is refused as by TCP where nothing listens, and where there is no such pod", async () => {
    expect(await ask("first", address, 83)).toEqual(["ECONNREFUSED", `connect ECONNREFUSED ${address}:83`]);
    expect(await ask("first", "127.99.0.1", 83)).toEqual([
      "ECONNREFUSED",
      "connect ECONNREFUSED 127.99.0.1:83",
    ]);
  });

  it("reaches it by the name of a Service whose endpoint is there", async () => {
    await near.apply(`
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { ports: [{ port: 8080 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-1, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
ports: [{ port: 80 }]
endpoints: [{ addresses: [${address}], nodeName: far }]
`);
    expect(await ask("fetch", "http://web:8080/")).toContain("0 from");
  });

  it("is denied by a policy that only the other side has", async () => {
    const policy = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "none" } };
    await far.apply({ ...policy, spec: { podSelector: {}, policyTypes: ["Ingress"] } });
    expect(await ask("first", address, 82)).toEqual(["ETIMEDOUT", `connect ETIMEDOUT ${address}:82`]);
    await far.delete("NetworkPolicy", "none");
    expect(await ask("first", address, 82)).toBe("hello first");
  });

  it("sees a connection that is cut as reset, not as ended", async () => {
    expect(await ask("open", address, 82)).toBe("hello first");
    await far[Symbol.asyncDispose]();
    expect(await ask("kept")).toEqual(["ECONNRESET", "read ECONNRESET"]);
  });
});
