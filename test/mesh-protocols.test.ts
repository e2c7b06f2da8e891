/** A route of a Service whose ports speak all sorts of things: what is not HTTP goes on as if there were no route. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Scene, scene } from "./scene.ts";

const server = `
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { createServer as createTcpServer } from "node:net";
const answer = (request, response) => response.end("HTTP/" + request.httpVersion + " " + request.url);
createServer(answer).listen(8080);
createHttp2Server(answer).listen(8082);
for (const port of [9001, 9002])
  createTcpServer(socket => socket.on("data", said => socket.end("raw " + said))).listen(port);
createTcpServer(socket => socket.end("I speak first")).listen(9003);
process.on("SIGTERM", () => process.exit());
`;
const client = `
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
const text = async stream => { let all = ""; for await (const piece of stream) all += piece; return all; };
const does = {
  async get(url) {
    const answer = await fetch(url);
    return [answer.headers.get("x-routed") ?? "", await answer.text()];
  },
  async get2(authority) {
    const session = connectHttp2(authority);
    const stream = session.request({ ":path": "/two" });
    const head = new Promise((resolve, reject) => { stream.once("response", resolve); stream.once("error", reject); });
    const said = [(await head)["x-routed"] ?? "", await text(stream)];
    session.close();
    return said;
  },
  say(port, said) {
    const socket = connect(port, "all");
    if (said) socket.write(said);
    return text(socket);
  },
};
export default async ({ inbox }) => {
  for await (const message of inbox) {
    const [what, ...args] = message.body;
    Promise.resolve(does[what](...args)).then(said => message.reply(said), error => message.reply(String(error)));
  }
};`;

let cluster: Scene;
beforeAll(async () => {
  cluster = await scene({ "server.mjs": server, "client.mjs": client });
  const pod = (name: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: { containers: [{ name: "main", image: name }] },
  });
  await cluster.apply([
    pod("server"),
    pod("client"),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "all" },
      spec: {
        selector: { app: "server" },
        ports: [
          { name: "http", port: 80, targetPort: 8080 },
          { name: "two", port: 82, targetPort: 8082 },
          { name: "told", port: 9001, appProtocol: "tcp" },
          { name: "untold", port: 9002 },
          { name: "greets", port: 9003 },
        ],
      },
    },
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "all" },
      spec: {
        parentRefs: [{ group: "", kind: "Service", name: "all" }],
        rules: [80, 82].map((port, i) => ({
          matches: [{ path: { value: i === 0 ? "/" : "/two" } }],
          filters: [
            {
              type: "ResponseHeaderModifier",
              responseHeaderModifier: { set: [{ name: "x-routed", value: "yes" }] },
            },
          ],
          backendRefs: [{ name: "all", port }],
        })),
      },
    },
  ]);
  for (const name of ["server", "client"]) await cluster.waitFor(`Pod/${name}`, "Ready");
}, 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

const ask = (...asked: readonly unknown[]) => cluster.api.request("pod/client", asked);

it("routes HTTP/1.1, and HTTP/2 of a client that knows that it is spoken there", async () => {
  await expect.poll(() => ask("get", "http://all/one")).toEqual(["yes", "HTTP/1.1 /one"]);
  await expect.poll(() => ask("get2", "http://all:82")).toEqual(["yes", "HTTP/2.0 /two"]);
});

it.each([
  ["a port that says what it speaks", 9001, "hello", "raw hello"],
  ["a port that does not say what it speaks", 9002, "\u0000hello", "raw \u0000hello"],
  ["a command that looks like a method", 9002, "GET key\r\n", "raw GET key\r\n"],
  ["a server that speaks first", 9003, "", "I speak first"],
])(
  "leads what is not HTTP straight to an endpoint: %s",
  async (_, port, said, expected) => {
    expect(await ask("say", port, said)).toBe(expected);
  },
  30_000,
);
