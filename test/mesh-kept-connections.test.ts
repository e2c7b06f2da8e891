/** Routes between pods that change under connections that stay: WebSockets, and connections of HTTP that are kept. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Scene, scene } from "./scene.ts";

const ws = JSON.stringify(pathToFileURL(createRequire(import.meta.url).resolve("ws")).href);
const server = `
import { createServer } from "node:http";
import WebSocket from ${ws};
const { NAME } = process.env;
const server = createServer((request, response) => response.end(NAME)).listen(80);
new WebSocket.Server({ server }).on("connection", socket => {
  socket.on("message", text => socket.send(text + " heard by " + NAME));
});
process.on("SIGTERM", () => process.exit());
`;
const client = `
import { Agent, get } from "node:http";
import { once } from "node:events";
import WebSocket from ${ws};
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const sockets = new Map();
let asking;
const ask = () => new Promise(resolve => {
  get("http://web/", { agent }, answer => {
    let text = "";
    answer.on("data", piece => { text += piece; });
    answer.on("end", () => resolve(answer.statusCode + " " + text));
  }).on("error", error => resolve(error.code));
});
const does = {
  ask,
  async open(name) {
    const socket = new WebSocket("ws://web/");
    const known = { socket, code: new Promise(resolve => socket.on("close", resolve)) };
    sockets.set(name, known);
    socket.on("error", () => {});
    await once(socket, "open");
  },
  async say(name, text) {
    const { socket } = sockets.get(name);
    socket.send(text);
    return String((await once(socket, "message"))[0]);
  },
  closed: name => sockets.get(name).code,
  begin() { asking = { isOn: true, got: {} }; asking.done = (async () => {
    while (asking.isOn) { const said = await ask(); asking.got[said] = (asking.got[said] ?? 0) + 1; }
  })(); },
  async end() { asking.isOn = false; await asking.done; return asking.got; },
};
export default async ({ inbox }) => {
  for await (const message of inbox) {
    const [what, ...args] = message.body;
    Promise.resolve(does[what](...args)).then(said => message.reply(said), error => message.fail(error));
  }
};`;

let cluster: Scene;
beforeAll(async () => {
  cluster = await scene({ "server.mjs": server, "client.mjs": client });
  const pod = (name: string, image: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: {
      containers: [
        {
          name: "main",
          image,
          env: [{ name: "NAME", value: name }],
          ...(image === "server" && { readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 } }),
        },
      ],
    },
  });
  const service = (name: string, app = name) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app }, ports: [{ port: 80 }] },
  });
  await cluster.apply([
    pod("old", "server"),
    pod("new", "server"),
    pod("client", "client"),
    service("web", "old"),
    service("old"),
    service("new"),
  ]);
  for (const name of ["old", "new", "client"]) await cluster.waitFor(`Pod/${name}`, "Ready");
}, 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

const does = <T = string>(...what: string[]) => cluster.api.request<T>("pod/client", what);
const route = (to: string) =>
  cluster.apply({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "web" },
    spec: {
      parentRefs: [{ group: "", kind: "Service", name: "web" }],
      rules: [{ backendRefs: [{ name: to, port: 80 }] }],
    },
  });
const polled = { timeout: 10_000 };

it("a WebSocket goes where the route led when it was opened, until a policy denies it", async () => {
  await route("new");
  await expect.poll(() => does("ask"), polled).toBe("200 new");
  await does("open", "first");
  expect(await does("say", "first", "a")).toBe("a heard by new");
  await route("old");
  await expect.poll(() => does("ask"), polled).toBe("200 old");
  await does("open", "second");
  expect(await does("say", "second", "b")).toBe("b heard by old");
  expect(await does("say", "first", "c")).toBe("c heard by new");
  await cluster.delete("HTTPRoute", "web");
  await expect.poll(() => does("ask"), polled).toBe("200 old");
  expect(await does("say", "first", "d")).toBe("d heard by new");
  await cluster.apply({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "closed" },
    spec: { podSelector: { matchLabels: { app: "new" } }, policyTypes: ["Ingress"] },
  });
  expect(await does<number>("closed", "first")).toBe(1006);
  expect(await does("say", "second", "e")).toBe("e heard by old");
  await cluster.delete("NetworkPolicy", "closed");
}, 60_000);

it("no request over a connection that is kept is lost while routes come, change and go", async () => {
  await does("begin");
  const begun = () => does("ask");
  for (let round = 0; round < 3; round++) {
    await route("new");
    await expect.poll(begun, polled).toBe("200 new");
    await route("old");
    await expect.poll(begun, polled).toBe("200 old");
    await route("new");
    await expect.poll(begun, polled).toBe("200 new");
    await cluster.delete("HTTPRoute", "web");
    await expect.poll(begun, polled).toBe("200 old");
  }
  const got = await does<Record<string, number>>("end");
  expect(Object.keys(got).toSorted()).toEqual(["200 new", "200 old"]);
  expect(cluster.faults).toEqual([]);
}, 60_000);
