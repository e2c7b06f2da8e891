/** HTTPRoutes whose parents are Services, between ordinary programs in pods of real threads: to HTTP and to messages. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { HttpRoute } from "../src/resources/index.ts";
import { type Scene, scene } from "./scene.ts";

const server = `
import { createServer } from "node:http";
const { NAME } = process.env;
let broken = 0;
const seen = [];
createServer(async (request, response) => {
  const { url, headers, method } = request;
  seen.push(method + " " + url);
  let body = "";
  for await (const piece of request) body += piece;
  if (url.startsWith("/seen")) return response.end(JSON.stringify(seen));
  if (url.startsWith("/events")) return response.write("data: 1\\n\\n");
  if (url.startsWith("/slow")) return setTimeout(() => response.end("late"), 1_000);
  if (url.startsWith("/flaky") && broken++ % 2 === 0) return response.writeHead(503).end();
  response.setHeader("x-by", NAME);
  response.end(JSON.stringify({ by: NAME, url, body, from: headers["x-forwarded-for"], extra: headers["x-extra"] }));
}).listen(80);
process.on("SIGTERM", () => process.exit());
`;
const client = `
export default async function client({ inbox, api }) {
  for await (const { body: [what, ...args], reply, fail } of take(inbox)) {
    try {
      if (what === "message") reply(await api.request(...args));
      else {
        const answer = await fetch(args[0], { redirect: "manual", signal: AbortSignal.timeout(10_000), ...args[1] });
        reply({ status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() });
      }
    } catch (error) { reply({ failed: (error.cause ?? error).code ?? error.name, reason: error.reason }); }
  }
}
async function* take(inbox) { for await (const message of inbox) yield { body: message.body, reply: value => message.reply(value), fail: error => message.fail(error) }; }
`;
const worker = `export default async ({ inbox, self }) => { for await (const message of inbox) message.reply(self.name); };`;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly failed?: string;
}

let cluster: Scene;
beforeAll(async () => {
  cluster = await scene({ "server.mjs": server, "client.mjs": client, "worker.mjs": worker });
  await cluster.apply({ kind: "Namespace", metadata: { name: "other" } });
  const probe = { readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 } };
  const pod = (name: string, image: string, namespace = "default", more = {}) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { app: name } },
    spec: { containers: [{ name: "main", image, env: [{ name: "NAME", value: name }], ...more }] },
  });
  const service = (name: string, app = name) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app }, ports: [{ name: "http", port: 80 }] },
  });
  await cluster.apply([
    pod("old", "server", "default", probe),
    pod("new", "server", "default", probe),
    pod("calc-old", "worker"),
    pod("calc-new", "worker"),
    pod("client", "client"),
    pod("client", "client", "other"),
    service("web", "old"),
    service("old"),
    service("new"),
    service("calc", "calc-old"),
    service("calc-old"),
    service("calc-new"),
  ]);
  for (const name of ["old", "new", "calc-old", "calc-new", "client", "other/client"])
    await cluster.waitFor(`Pod/${name}`, "Ready");
}, 60_000);
afterAll(() => cluster[Symbol.asyncDispose]());

const ask = (url: string, options = {}, from = "pod/client") =>
  cluster.api.request<Answer>(from, ["fetch", url, options]);
const by = async (url: string, options = {}, from?: string) =>
  (await ask(url, options, from)).headers["x-by"];

async function route(
  rules: object[],
  { name = "web", parent = "web", namespace = "default" } = {},
): Promise<void> {
  await cluster.apply({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name, namespace },
    spec: { parentRefs: [{ group: "", kind: "Service", name: parent, namespace: "default" }], rules },
  });
  await cluster.waitFor(`HTTPRoute/${namespace}/${name}`, made =>
    Boolean(
      (made as HttpRoute | undefined)?.status?.parents.some(({ conditions = [] }) =>
        conditions.some(({ observedGeneration }) => observedGeneration === made?.metadata.generation),
      ),
    ),
  );
}

/** A thread hears of a route a moment later. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) if (await isSo()) return;
  throw new Error("it never became so");
}

const to = (name: string, weight = 1) => ({ name, port: 80, weight });

it("spreads requests by weight, by header, and as the route is changed", async () => {
  expect(await by("http://web/")).toBe("old");
  await route([
    { matches: [{ headers: [{ name: "x-canary", value: "yes" }] }], backendRefs: [to("new")] },
    { backendRefs: [to("old", 50), to("new", 50)] },
  ]);
  await until(async () => (await by("http://web/")) === "new");
  const answers = await Promise.all(Array.from({ length: 60 }, () => by("http://web/")));
  expect(new Set(answers)).toEqual(new Set(["old", "new"]));
  for (let i = 0; i < 10; i++)
    expect(await by("http://web/", { headers: { "x-canary": "yes" } })).toBe("new");
  await route([{ backendRefs: [to("old", 0), to("new", 1)] }]);
  await until(async () => (await by("http://web/")) === "new");
  for (let i = 0; i < 20; i++) expect(await by("http://web/")).toBe("new");
  // Those who are called know who has called.
  const { from } = JSON.parse((await ask("http://web/")).text);
  expect(from).toBe((await cluster.get("Pod", "client"))?.status?.podIP);
  expect(await by("http://old/")).toBe("old");
});

it("redirects, rewrites, and changes headers", async () => {
  await route([
    {
      matches: [{ path: { type: "PathPrefix", value: "/gone" } }],
      filters: [{ type: "RequestRedirect", requestRedirect: { hostname: "new", statusCode: 301 } }],
    },
    {
      filters: [
        { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x-extra", value: "1" }] } },
        {
          type: "ResponseHeaderModifier",
          responseHeaderModifier: { add: [{ name: "x-added", value: "2" }] },
        },
        {
          type: "URLRewrite",
          urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/v2" } },
        },
      ],
      backendRefs: [to("new")],
    },
  ]);
  await until(async () => (await ask("http://web/gone")).status === 301);
  expect((await ask("http://web/gone/x")).headers.location).toBe("http://new/gone/x");
  const { text, headers } = await ask("http://web/a?b=c", { method: "POST", body: "hello" });
  expect(JSON.parse(text)).toMatchObject({ by: "new", url: "/v2/a?b=c", body: "hello", extra: "1" });
  expect(headers["x-added"]).toBe("2");
});

it("ends what takes too long, and mirrors", async () => {
  await route([
    {
      timeouts: { request: "200ms" },
      filters: [{ type: "RequestMirror", requestMirror: { backendRef: { name: "old", port: 80 } } }],
      backendRefs: [to("new")],
    },
  ]);
  await until(async () => (await ask("http://web/slow")).status === 504);
  await ask("http://web/copied", { method: "POST", body: "x" });
  await until(async () => (await ask("http://old/seen")).text.includes("POST /copied"));
});

it("tries again what fails", async () => {
  await route([{ retry: { codes: [503], attempts: 2, backoff: "1ms" }, backendRefs: [to("new")] }]);
  await until(async () => (await ask("http://web/flaky")).status === 200);
  for (let i = 0; i < 6; i++) expect((await ask("http://web/flaky")).status).toBe(200);
});

it("a consumer's route is for its own namespace alone", async () => {
  await route([{ backendRefs: [to("new")] }]);
  await until(async () => (await by("http://web/")) === "new");
  await route(
    [{ matches: [{ path: { value: "/mine" } }], backendRefs: [{ ...to("old"), namespace: "default" }] }],
    {
      namespace: "other",
    },
  );
  const made = (await cluster.get("HTTPRoute", "web", "other")) as HttpRoute | undefined;
  const refused = made?.status?.parents[0]?.conditions?.find(({ type }) => type === "ResolvedRefs");
  expect(refused).toMatchObject({ status: "False", reason: "RefNotPermitted" });
  await until(async () => (await ask("http://web.default/mine", {}, "pod/other/client")).status === 500);
  // The routes of the Service's own namespace do not count for them.
  expect((await ask("http://web.default/else", {}, "pod/other/client")).status).toBe(404);
  expect(await by("http://web/mine")).toBe("new");
  await cluster.delete("HTTPRoute", "web", { namespace: "other" });
  await until(async () => (await by("http://web.default/else", {}, "pod/other/client")) === "new");
});

it("the policies of the endpoints see the pod that calls", async () => {
  await route([{ backendRefs: [to("new")] }]);
  await until(async () => (await by("http://web/")) === "new");
  const events = ask("http://web.default/events", {}, "pod/other/client");
  await until(async () => (await ask("http://new/seen")).text.includes("/events"));
  await cluster.apply({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "not-other" },
    spec: { podSelector: { matchLabels: { app: "new" } }, ingress: [{ from: [{ podSelector: {} }] }] },
  });
  expect(await by("http://web/")).toBe("new");
  // What was on its way when the policy came has ended.
  expect((await events).failed).toBe("UND_ERR_SOCKET");
  expect((await ask("http://web.default/", {}, "pod/other/client")).status).toBe(504);
  await cluster.delete("NetworkPolicy", "not-other");
}, 30_000);

it("messages go by the same weights, and rules that ask for more are told not to be for them", async () => {
  const message = () => cluster.api.request<string>("pod/client", ["message", "calc"]);
  expect(await message()).toBe("calc-old");
  await route(
    [
      { matches: [{ headers: [{ name: "x", value: "y" }] }], backendRefs: [to("calc-old")] },
      { backendRefs: [to("calc-old", 0), to("calc-new", 1)] },
    ],
    { name: "calc", parent: "calc" },
  );
  await until(async () => (await message()) === "calc-new");
  for (let i = 0; i < 20; i++) expect(await message()).toBe("calc-new");
  const conditions =
    ((await cluster.get("HTTPRoute", "calc")) as HttpRoute | undefined)?.status?.parents[0]?.conditions ?? [];
  expect(conditions.map(({ type, status }) => `${type}=${status}`)).toEqual([
    "Accepted=True",
    "ResolvedRefs=True",
    "k4s.dev/ForMessages=False",
  ]);
  await cluster.delete("HTTPRoute", "calc");
  await until(async () => (await message()) === "calc-old");
});

it("routes go, and connections are direct again; the other way round as well", async () => {
  await cluster.delete("HTTPRoute", "web");
  await until(async () => JSON.parse((await ask("http://web/")).text).from === undefined);
  expect(cluster.faults).toEqual([]);
});
