/** Gateways and HTTPRoutes from the request of a client to the server behind, and what is told of them. */
import { once } from "node:events";
import { type IncomingMessage, request as send } from "node:http";
import { request as sendSecured } from "node:https";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { serverCertificate } from "../../access/index.ts";
import { TestCluster } from "../../loop/test-cluster.ts";
import { seededRandom } from "../../outside/index.ts";
import type { Condition, Draft, Gateway, HttpRoute } from "../../resources/index.ts";
import {
  gatewayClass,
  gatewayClassController,
  gatewayController,
  routeController,
} from "../gateway/index.ts";
import { HttpListener } from "./http-listener.ts";
import { ingressOf, TestEntrance } from "./test-entrance.ts";

const group = "gateway.networking.k8s.io";
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function started() {
  const cluster = await TestCluster.of();
  const entrance = new TestEntrance(cluster);
  const listener = new HttpListener({
    ...entrance.parts,
    listen: { host: "127.0.0.1", port: 0 },
    random: seededRandom(1),
    onFault: fault => {
      throw fault;
    },
  });
  await listener.start();
  cluster.run(
    gatewayClassController,
    gatewayController(listener) as never,
    routeController(listener) as never,
  );
  closing.push(
    () => listener.stop(),
    () => entrance.close(),
  );
  await cluster.create(gatewayClass);
  const port = listener.address?.port ?? 0;
  const ask = async (url: string, options: object = {}, body?: string) => {
    const { protocol, host, pathname, search } = new URL(url);
    const { headers = {} } = options as { headers?: object };
    const all = {
      port,
      path: pathname + search,
      agent: false as const,
      ...options,
      headers: { host, ...headers },
    };
    const outgoing =
      protocol === "https:"
        ? sendSecured({ ...all, rejectUnauthorized: false, servername: host })
        : send(all);
    outgoing.end(body);
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
  };
  for (const [i, name] of ["one", "two"].entries()) {
    await entrance.serve(`192.0.2.${i}`, async (request, response) => {
      response.setHeader("X-Own", name);
      const body = await text(request);
      response.end(JSON.stringify({ name, url: request.url, headers: request.headers, body }));
    });
    await entrance.service(name, [`192.0.2.${i}`]);
  }
  return { cluster, entrance, listener, port, ask };
}

function gatewayOf(listeners: readonly object[], name = "gate", spec: object = {}): Draft {
  return {
    apiVersion: `${group}/v1`,
    kind: "Gateway",
    metadata: { name, namespace: "demo" },
    spec: { gatewayClassName: "k4s", listeners, ...spec },
  } as Draft;
}

const plain = { name: "http", port: 80, protocol: "HTTP" };

function routeOf(name: string, spec: object, namespace = "demo"): Draft {
  const parentRefs = [{ name: "gate", ...(namespace !== "demo" && { namespace: "demo" }) }];
  return {
    apiVersion: `${group}/v1`,
    kind: "HTTPRoute",
    metadata: { name, namespace },
    spec: { parentRefs, ...spec },
  } as Draft;
}

const to = (name: string, more: object = {}) => ({ name, port: 80, ...more });

function shown(conditions: readonly Condition[] = []): string[] {
  return conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

it("leads requests by host, path and header, and tells of class, Gateway and route", async () => {
  const { cluster, ask } = await started();
  await cluster.create(gatewayOf([plain]));
  const canary = { headers: [{ name: "x-canary", value: "yes" }] };
  const rules = [{ backendRefs: [to("one")] }, { matches: [canary], backendRefs: [to("two")] }];
  await cluster.create(routeOf("web", { hostnames: ["shop.test", "*.shop.test"], rules }));
  await cluster.settle();
  const name = async (url: string, headers: object = {}) =>
    JSON.parse((await ask(url, { headers })).body).name;
  expect(await name("http://shop.test/a")).toBe("one");
  expect(await name("http://deep.er.shop.test/a", { "X-Canary": "yes" })).toBe("two");
  expect((await ask("http://other.test/")).status).toBe(404);

  expect(shown(cluster.store.get(`GatewayClass.${group}`, "", "k4s")?.status?.conditions)).toEqual([
    "Accepted=True Accepted",
  ]);
  const gateway: Gateway | undefined = cluster.store.get(`Gateway.${group}`, "demo", "gate");
  expect(gateway?.status?.addresses).toEqual([{ type: "IPAddress", value: "127.0.0.1" }]);
  expect(shown(gateway?.status?.conditions)).toEqual([
    "Accepted=True Accepted",
    "Programmed=True Programmed",
  ]);
  expect(gateway?.status?.listeners).toMatchObject([
    {
      name: "http",
      attachedRoutes: 1,
      supportedKinds: ["HTTPRoute", "GRPCRoute"].map(kind => ({ group, kind })),
    },
  ]);
  const route: HttpRoute | undefined = cluster.store.get(`HTTPRoute.${group}`, "demo", "web");
  const [parent] = route?.status?.parents ?? [];
  expect([parent?.controllerName, parent?.parentRef.name]).toEqual(["k4s.dev/gateway", "gate"]);
  expect(shown(parent?.conditions)).toEqual(["Accepted=True Accepted", "ResolvedRefs=True ResolvedRefs"]);
});

it("rewrites, changes headers both ways and mirrors, the body with it", async () => {
  const { cluster, entrance, ask } = await started();
  const mirrored: string[] = [];
  await entrance.serve("192.0.2.9", async (request, response) => {
    mirrored.push(`${request.method} ${request.url} ${request.headers.host} ${await text(request)}`);
    response.writeHead(500).end();
  });
  await entrance.service("mirror", ["192.0.2.9"]);
  await cluster.create(gatewayOf([plain]));
  const filters = [
    {
      type: "URLRewrite",
      urlRewrite: { hostname: "in.test", path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/new" } },
    },
    {
      type: "RequestHeaderModifier",
      requestHeaderModifier: { set: [{ name: "X-Set", value: "s" }], remove: ["x-gone"] },
    },
    { type: "ResponseHeaderModifier", responseHeaderModifier: { set: [{ name: "x-own", value: "hidden" }] } },
    { type: "RequestMirror", requestMirror: { backendRef: to("mirror") } },
  ];
  const matches = [{ path: { value: "/old" } }];
  await cluster.create(routeOf("web", { rules: [{ matches, filters, backendRefs: [to("one")] }] }));
  const headers = { "x-set": "client", "X-Gone": "1" };
  const answer = await ask("http://a.test/old/x?q=1", { method: "POST", headers }, "body");
  const seen = JSON.parse(answer.body);
  expect([answer.status, seen.url, seen.body, seen.headers.host]).toEqual([
    200,
    "/new/x?q=1",
    "body",
    "in.test",
  ]);
  expect([seen.headers["x-set"], seen.headers["x-gone"], answer.headers["x-own"]]).toEqual([
    "s",
    undefined,
    "hidden",
  ]);
  expect(seen.headers["x-forwarded-host"]).toBe("a.test");
  while (mirrored.length === 0) await new Promise(resolve => setImmediate(resolve));
  expect(mirrored).toEqual(["POST /new/x?q=1 in.test body"]);
  const counted = () =>
    entrance.reports.flatMap(({ rows }) => rows).findLast(({ service }) => service === "demo/mirror");
  await expect.poll(counted, { timeout: 10_000 }).toMatchObject({ begun: 1, failed: 1 });
});

it("redirects, and spreads by weights, the share of what is not there answered with 500", async () => {
  const { cluster, port, ask } = await started();
  await cluster.create(gatewayOf([plain]));
  const filters = [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }];
  const rules = [
    { matches: [{ path: { value: "/secure" } }], filters },
    { backendRefs: [to("one", { weight: 3 }), to("none", { weight: 1 }), to("two", { weight: 0 })] },
  ];
  await cluster.create(routeOf("web", { rules }));
  const redirected = await ask(`http://a.test:${port}/secure/x?q`);
  expect([redirected.status, redirected.headers.location]).toEqual([
    301,
    `https://a.test:${port}/secure/x?q`,
  ]);
  const counts = new Map<number | undefined, number>();
  for (let i = 0; i < 40; i++) {
    const { status } = await ask("http://a.test/");
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual([200, 500]);
  expect(counts.get(200) ?? 0).toBeGreaterThan(counts.get(500) ?? 0);
});

it("answers 504 where a backend takes longer than the route allows, in all and for one attempt", async () => {
  const { cluster, entrance, ask } = await started();
  await entrance.serve("192.0.2.9", () => {});
  await entrance.service("slow", ["192.0.2.9"]);
  await cluster.create(gatewayOf([plain]));
  const rules = [{ request: "50ms" }, { request: "10s", backendRequest: "50ms" }].map((timeouts, i) => ({
    matches: [{ path: { value: `/${i}` } }],
    backendRefs: [to("slow")],
    timeouts,
  }));
  await cluster.create(routeOf("web", { rules }));
  expect((await ask("http://a.test/0")).status).toBe(504);
  expect((await ask("http://a.test/1")).status).toBe(504);
});

it("keeps to the listener of the host, and to HTTPS where that is what it serves", async () => {
  const { cluster, ask } = await started();
  const { cert, key } = await serverCertificate({ hosts: ["safe.test"], now: Date.now() });
  const base64 = (value: string) => Buffer.from(value).toString("base64");
  await cluster.create({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "safe", namespace: "demo" },
    type: "kubernetes.io/tls",
    data: { "tls.crt": base64(cert), "tls.key": base64(key) },
  } as Draft);
  const tls = { certificateRefs: [{ name: "safe" }] };
  await cluster.create(
    gatewayOf([
      plain,
      { name: "own", port: 80, protocol: "HTTP", hostname: "own.test" },
      { name: "safe", port: 443, protocol: "HTTPS", hostname: "safe.test", tls },
    ]),
  );
  const at = (sectionName: string) => ({ parentRefs: [{ name: "gate", sectionName }] });
  await cluster.create(routeOf("all", { ...at("http"), rules: [{ backendRefs: [to("one")] }] }));
  const matches = [{ path: { value: "/own" } }];
  await cluster.create(routeOf("own", { ...at("own"), rules: [{ matches, backendRefs: [to("two")] }] }));
  await cluster.create(routeOf("safe", { ...at("safe"), rules: [{ backendRefs: [to("two")] }] }));
  const reached = async (url: string) => {
    const { status, body } = await ask(url);
    return status === 200 ? JSON.parse(body).name : status;
  };
  expect(await reached("http://any.test/")).toBe("one");
  expect(await reached("http://own.test/own")).toBe("two");
  // The listener for all hosts is not for this one.
  expect(await reached("http://own.test/")).toBe(404);
  expect(await reached("https://safe.test/")).toBe("two");
  expect(await reached("https://any.test/")).toBe(404);
  expect(await reached("http://safe.test/")).toBe("one");
});

it("serves Ingresses beside Gateways: of the same host the more specific rule counts", async () => {
  const { cluster, ask } = await started();
  await cluster.create(ingressOf("web", { "a.test/ingress": "one", "b.test/": "one" }));
  await cluster.create(gatewayOf([plain]));
  await cluster.create(routeOf("web", { rules: [{ backendRefs: [to("two")] }] }));
  const name = async (url: string) => JSON.parse((await ask(url)).body).name;
  expect(await name("http://a.test/ingress/x")).toBe("one");
  expect(await name("http://a.test/other")).toBe("two");
  expect(await name("http://b.test/")).toBe("one");
});

describe("tells why a route is not attached or leads nowhere", () => {
  const rules = [{ backendRefs: [to("one")] }];
  it.each<[string, Draft, string[]]>([
    [
      "no such listener",
      routeOf("r", { parentRefs: [{ name: "gate", sectionName: "none" }], rules }),
      ["Accepted=False NoMatchingParent", "ResolvedRefs=True ResolvedRefs"],
    ],
    [
      "no such port",
      routeOf("r", { parentRefs: [{ name: "gate", port: 81 }], rules }),
      ["Accepted=False NoMatchingParent", "ResolvedRefs=True ResolvedRefs"],
    ],
    [
      "no common host",
      routeOf("r", { hostnames: ["b.other"], rules }),
      ["Accepted=False NoMatchingListenerHostname", "ResolvedRefs=True ResolvedRefs"],
    ],
    [
      "another namespace",
      routeOf("r", { rules: [] }, "default"),
      ["Accepted=False NotAllowedByListeners", "ResolvedRefs=True ResolvedRefs"],
    ],
    [
      "no such Service",
      routeOf("r", { rules: [{ backendRefs: [to("none")] }] }),
      ["Accepted=True Accepted", "ResolvedRefs=False BackendNotFound"],
    ],
    [
      "no such port of the Service",
      routeOf("r", { rules: [{ backendRefs: [{ name: "one", port: 81 }] }] }),
      ["Accepted=True Accepted", "ResolvedRefs=False BackendNotFound"],
    ],
    [
      "another kind",
      routeOf("r", { rules: [{ backendRefs: [{ group: "a.b", kind: "Bucket", name: "x" }] }] }),
      ["Accepted=True Accepted", "ResolvedRefs=False InvalidKind"],
    ],
    [
      "a Service of another namespace that does not allow it",
      routeOf("r", { rules: [{ backendRefs: [{ name: "x", namespace: "default", port: 80 }] }] }),
      ["Accepted=True Accepted", "ResolvedRefs=False RefNotPermitted"],
    ],
    [
      "an expression that cannot be read",
      routeOf("r", { rules: [{ matches: [{ path: { type: "RegularExpression", value: "/(" } }] }] }),
      ["Accepted=False UnsupportedValue", "ResolvedRefs=True ResolvedRefs"],
    ],
  ])("%s", async (_what, route, expected) => {
    const { cluster } = await started();
    await cluster.create(gatewayOf([{ ...plain, hostname: "*.test" }]));
    await cluster.create(route);
    await cluster.settle();
    const { namespace = "", name } = route.metadata as { namespace?: string; name: string };
    const found: HttpRoute | undefined = cluster.store.get(`HTTPRoute.${group}`, namespace, name);
    expect(found?.status?.parents.map(({ conditions }) => shown(conditions))).toEqual([expected]);
  });
});

it("lets a route use a Service of another namespace from when a ReferenceGrant there allows it", async () => {
  const { cluster, ask } = await started();
  await cluster.create(gatewayOf([{ ...plain, allowedRoutes: { namespaces: { from: "All" } } }]));
  const ref = to("one", { namespace: "demo" });
  await cluster.create(routeOf("r", { rules: [{ backendRefs: [ref] }] }, "default"));
  expect((await ask("http://a.test/")).status).toBe(500);
  await cluster.create({
    apiVersion: `${group}/v1beta1`,
    kind: "ReferenceGrant",
    metadata: { name: "g", namespace: "demo" },
    spec: {
      from: [{ group, kind: "HTTPRoute", namespace: "default" }],
      to: [{ group: "", kind: "Service" }],
    },
  } as Draft);
  expect((await ask("http://a.test/")).status).toBe(200);
  await cluster.settle();
  const found: HttpRoute | undefined = cluster.store.get(`HTTPRoute.${group}`, "default", "r");
  expect(shown(found?.status?.parents[0]?.conditions)).toContain("ResolvedRefs=True ResolvedRefs");
});

it("tells which listeners are of no use: a protocol that is not served, a certificate that is none", async () => {
  const { cluster } = await started();
  const tls = { certificateRefs: [{ name: "none" }] };
  await cluster.create(
    gatewayOf([
      plain,
      { name: "tcp", port: 5, protocol: "TCP" },
      { name: "tls", port: 443, protocol: "HTTPS", tls },
    ]),
  );
  await cluster.settle();
  const { status }: Partial<Gateway> = cluster.store.get(`Gateway.${group}`, "demo", "gate") ?? {};
  expect(shown(status?.conditions)).toEqual([
    "Accepted=True ListenersNotValid",
    "Programmed=True Programmed",
  ]);
  expect(status?.listeners?.map(({ conditions }) => shown(conditions).slice(0, 3))).toEqual([
    ["Accepted=True Accepted", "Programmed=True Programmed", "ResolvedRefs=True ResolvedRefs"],
    ["Accepted=False UnsupportedProtocol", "Programmed=False Invalid", "ResolvedRefs=True ResolvedRefs"],
    ["Accepted=True Accepted", "Programmed=False Invalid", "ResolvedRefs=False InvalidCertificateRef"],
  ]);
});

it("serves no listener that is in conflict with another at its port, and says which", async () => {
  const { cluster } = await started();
  const tls = { certificateRefs: [{ name: "none" }] };
  await cluster.create(
    gatewayOf([
      { name: "a", port: 80, protocol: "HTTP", hostname: "a.test" },
      { name: "b", port: 8080, protocol: "HTTP", hostname: "b.test" },
      { name: "tls", port: 8080, protocol: "HTTPS", hostname: "c.test", tls },
    ]),
  );
  await cluster.settle();
  const { status }: Partial<Gateway> = cluster.store.get(`Gateway.${group}`, "demo", "gate") ?? {};
  const of = (type: string) =>
    status?.listeners?.map(({ conditions }) => conditions?.find(each => each.type === type));
  expect(of("Conflicted")).toMatchObject([
    { status: "False", reason: "NoConflicts" },
    { status: "True", reason: "ProtocolConflict", message: "listener tls speaks HTTPS at port 8080" },
    { status: "True", reason: "ProtocolConflict", message: "listener b speaks HTTP at port 8080" },
  ]);
  expect(of("Programmed")?.map(each => each?.status)).toEqual(["True", "False", "False"]);
});
