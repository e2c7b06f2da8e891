import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { Agent, type IncomingMessage, request as send } from "node:http";
import { request as sendSecured } from "node:https";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { connect as connectOverTls, type TLSSocket } from "node:tls";
import { afterEach, expect, it } from "vitest";
import { serverCertificate } from "../../access/index.ts";
import { TestCluster } from "../../loop/test-cluster.ts";
import { type Clock, realClock } from "../../outside/index.ts";
import type { Draft } from "../../resources/index.ts";
import { HttpListener } from "./http-listener.ts";
import { backendOf, ingressOf, TestEntrance } from "./test-entrance.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function started(more: { readonly headersMs?: number; readonly clock?: Clock } = {}) {
  const cluster = await TestCluster.of();
  const entrance = new TestEntrance(cluster);
  const faults: unknown[] = [];
  const listener = new HttpListener({
    ...entrance.parts,
    listen: { host: "127.0.0.1", port: 0 },
    onFault: fault => faults.push(fault),
    ...more,
  });
  await listener.start();
  closing.push(
    () => listener.stop(),
    () => entrance.close(),
  );
  const port = listener.address?.port ?? 0;
  const ask = async (host: string, path: string, options: object = {}, body?: string) => {
    const outgoing = send({
      port,
      path,
      agent: false,
      ...options,
      headers: { host, ...("headers" in options ? (options.headers as object) : {}) },
    });
    outgoing.end(body);
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
  };
  return { cluster, entrance, listener, port, ask, faults };
}

const inTurn = { "k4s.dev/balancing": "round-robin" };

/** A server that tells what it was asked. */
async function echo(entrance: TestEntrance, address: string) {
  return entrance.serve(address, async (request, response) => {
    response.setHeader("Set-Cookie", ["a=1", "b=2"]);
    response.end(
      JSON.stringify({ address, url: request.url, headers: request.headers, body: await text(request) }),
    );
  });
}

it("sends a request to the Service of its rule and says where it came from", async () => {
  const { cluster, entrance, ask, port } = await started();
  await echo(entrance, "192.0.2.1");
  await echo(entrance, "192.0.2.2");
  await entrance.service("web", ["192.0.2.1", "192.0.2.2"], {}, inTurn);
  await cluster.create(ingressOf("web", { "a.b/x": "web" }));
  const made = { "x-forwarded-for": "6.6.6.6", connection: "close, x-own", "x-own": "1" };
  const answers = [
    await ask("A.B:80", "/x/y?q=%20", { method: "POST", headers: made }, "hello"),
    await ask("a.b", "/x"),
  ];
  const told = answers.map(({ body }) => JSON.parse(body));
  expect(new Set(told.map(({ address }) => address))).toEqual(new Set(["192.0.2.1", "192.0.2.2"]));
  expect(told[0]).toMatchObject({
    url: "/x/y?q=%20",
    body: "hello",
    headers: {
      host: "A.B:80",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-host": "A.B:80",
      "x-forwarded-proto": "http",
      "x-forwarded-port": String(port),
    },
  });
  expect(told[0].headers).not.toHaveProperty("x-own");
  expect(answers[0]?.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
});

it("says what is missing: 404, 503, 502, and 508 of a circle", async () => {
  const { cluster, entrance, ask, port } = await started();
  await entrance.service("empty", []);
  await entrance.service("dead", ["192.0.2.9"]);
  await cluster.create({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "back", namespace: "demo" },
    spec: { type: "ExternalName", externalName: "localhost" },
  } as Draft);
  await entrance.serve("localhost", (request, response) => {
    send({ port, path: request.url, headers: request.headers }, answer => {
      response.writeHead(answer.statusCode ?? 0);
      answer.pipe(response);
    }).end();
  });
  const circle = {
    backend: { service: { name: "back", port: { number: 1 } } },
    path: "/circle",
    pathType: "Prefix",
  };
  await cluster.create(ingressOf("circle", {}, { rules: [{ host: "a.b", http: { paths: [circle] } }] }));
  await cluster.create(ingressOf("web", { "a.b/empty": "empty", "a.b/dead": "dead", "a.b/none": "none" }));
  expect(await ask("c.d", "/x")).toMatchObject({
    status: 404,
    body: "404 Not Found: nothing leads to c.d/x\n",
  });
  expect(await ask("a.b", "/empty")).toMatchObject({
    status: 503,
    body: "503 Service Unavailable: Ingress demo/web: nothing behind Service demo/empty is ready\n",
  });
  expect(await ask("a.b", "/none")).toMatchObject({ status: 503 });
  expect(await ask("a.b", "/dead", { method: "POST" }, "x")).toMatchObject({ status: 502 });
  expect(await ask("a.b", "/circle")).toMatchObject({ status: 508 });
});

it("asks another endpoint where one cannot be reached, the body unread, and where a connection that was kept ends", async () => {
  const { cluster, entrance, ask } = await started();
  await echo(entrance, "192.0.2.1");
  let seen = 0;
  await entrance.serve("192.0.2.2", (request, response) => {
    seen++;
    // The first answer keeps its connection; the second request on it finds it gone.
    if (seen === 1) response.end("{}");
    else request.socket.destroy();
  });
  await entrance.service("web", ["192.0.2.1", "192.0.2.9"]);
  await entrance.service("ending", ["192.0.2.1", "192.0.2.2"], {}, inTurn);
  await cluster.create(ingressOf("web", { "a.b/": "web", "c.d/": "ending" }));
  for (let i = 0; i < 4; i++)
    expect(await ask("a.b", "/", { method: "POST" }, "hello")).toMatchObject({ status: 200 });
  for (let i = 0; i < 8; i++) expect(await ask("c.d", "/")).toMatchObject({ status: 200 });
  expect(seen).toBeGreaterThan(1);
});

it("passes on a stream as it comes, and ends the request when the client is gone", async () => {
  const { cluster, entrance, port } = await started();
  let gone: () => void = () => {};
  const isGone = new Promise<void>(resolve => {
    gone = resolve;
  });
  await entrance.serve("192.0.2.1", (_request, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write("data: 1\n\n");
    response.once("close", gone);
  });
  await entrance.service("web", ["192.0.2.1"]);
  await cluster.create(ingressOf("web", { "/": "web" }));
  const outgoing = send({ port, agent: false });
  outgoing.on("error", () => {});
  outgoing.end();
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  answer.on("error", () => {});
  const [first] = await once(answer, "data");
  expect(String(first)).toBe("data: 1\n\n");
  outgoing.destroy();
  await isGone;
});

it("holds a server back whose client is slow", async () => {
  const { cluster, entrance, port } = await started();
  const size = 64 * 1024 * 1024;
  let written = 0;
  await entrance.serve("192.0.2.1", async (_request, response) => {
    const chunk = Buffer.alloc(1024 * 1024);
    while (written < size) {
      written += chunk.length;
      if (!response.write(chunk)) await once(response, "drain");
    }
    response.end();
  });
  await entrance.service("web", ["192.0.2.1"]);
  await cluster.create(ingressOf("web", { "/": "web" }));
  const outgoing = send({ port, agent: false });
  outgoing.end();
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  await once(answer, "readable");
  answer.pause();
  expect(written).toBeLessThan(size);
  let read = 0;
  for await (const chunk of answer) read += chunk.length;
  expect(read).toBe(size);
});

it("makes the two ends of an upgraded connection one, and passes on an answer that is none", async () => {
  const { cluster, entrance, port } = await started();
  const server = await entrance.serve("192.0.2.1", (_request, response) => response.end("plain"));
  server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
    if (request.url === "/no") {
      socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
      return;
    }
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: own\r\nX-Own: 1\r\n\r\nfirst ",
    );
    socket.on("data", data => socket.write(String(data).toUpperCase()));
    socket.on("end", () => socket.end());
  });
  await entrance.service("web", ["192.0.2.1"]);
  await cluster.create(ingressOf("web", { "/": "web" }));
  const headers = { connection: "Upgrade", upgrade: "own" };
  const outgoing = send({ port, agent: false, headers });
  outgoing.end();
  const [answer, socket, head] = (await once(outgoing, "upgrade")) as [IncomingMessage, Duplex, Buffer];
  expect([answer.statusCode, answer.headers["x-own"]]).toEqual([101, "1"]);
  socket.unshift(head);
  socket.end("hello");
  expect(await text(socket)).toBe("first HELLO");
  const refused = send({ port, path: "/no", agent: false, headers });
  refused.end();
  const [refusal] = (await once(refused, "response")) as [IncomingMessage];
  expect([refusal.statusCode, await text(refusal)]).toEqual([400, "no"]);
});

it("takes a request as one without the offer where HTTP/2 is offered, or there is a body", async () => {
  const { cluster, entrance, port } = await started();
  await echo(entrance, "192.0.2.1");
  await entrance.service("web", ["192.0.2.1"]);
  await cluster.create(ingressOf("web", { "/": "web" }));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  closing.push(async () => agent.destroy());
  const places = new Set<number | undefined>();
  for (const [upgrade, body] of [
    ["h2c", "hello"],
    ["h2c", ""],
    ["websocket", "hello"],
  ]) {
    const headers = { connection: "Upgrade, HTTP2-Settings", upgrade, "http2-settings": "AAMAAABk" };
    const outgoing = send({ port, agent, method: "POST", headers });
    outgoing.end(body);
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    places.add(answer.socket.localPort);
    const asked = JSON.parse(await text(answer));
    expect(asked.body).toBe(body);
    expect(Object.keys(asked.headers)).not.toContain("upgrade");
  }
  // The connection is kept.
  expect(places.size).toBe(1);
});

it("ends an upgraded connection that a new policy denies", async () => {
  const { cluster, entrance, port } = await started();
  const server = await entrance.serve("192.0.2.1", () => {});
  server.on("upgrade", (_request: IncomingMessage, socket: Duplex) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\n");
  });
  await entrance.service("web", ["192.0.2.1"]);
  await cluster.create(ingressOf("web", { "/": "web" }));
  const outgoing = send({ port, agent: false, headers: { connection: "Upgrade", upgrade: "own" } });
  outgoing.end();
  const [, socket] = (await once(outgoing, "upgrade")) as [IncomingMessage, Duplex];
  const ended = once(socket, "close");
  socket.resume();
  entrance.denials.set("127.0.0.1 192.0.2.1:8080", "NetworkPolicy demo/deny denies it");
  entrance.deniedChanged();
  await ended;
});

it("ends an answer that goes on when a new policy denies it, and asks another endpoint where none has begun", async () => {
  const { cluster, entrance, port, ask } = await started();
  const asked: string[] = [];
  for (const address of ["192.0.2.1", "192.0.2.2", "192.0.2.3"])
    await entrance.serve(address, ({ url }, response) => {
      asked.push(address);
      if (url === "/events") response.write("data: 1\n\n");
      if (url === "/again" && asked.length > 3) response.end("again");
    });
  await entrance.service("one", ["192.0.2.1"]);
  await entrance.service("two", ["192.0.2.2", "192.0.2.3"]);
  await cluster.create(ingressOf("web", { "one/": "one", "two/": "two" }));
  const outgoing = send({ port, path: "/events", agent: false, headers: { host: "one" } });
  outgoing.end();
  const [events] = (await once(outgoing, "response")) as [IncomingMessage];
  await once(events, "data");
  const ended = once(events, "error");
  const waiting = ask("one", "/wait");
  await expect.poll(() => asked.length).toBe(2);
  const elsewhere = ask("two", "/again");
  await expect.poll(() => asked.length).toBe(3);
  for (const address of ["192.0.2.1", asked[2]])
    entrance.denials.set(`127.0.0.1 ${address}:8080`, "NetworkPolicy demo/deny denies it");
  entrance.deniedChanged();
  expect((await ended)[0]).toMatchObject({ code: "ECONNRESET" });
  expect((await waiting).status).toBe(504);
  expect(await elsewhere).toMatchObject({ status: 200, body: "again" });
});

it("shows the certificate of the host that is asked for; one that is spoilt leaves the others as they are", async () => {
  const { cluster, entrance, port } = await started();
  await echo(entrance, "192.0.2.1");
  await entrance.service("web", ["192.0.2.1"]);
  const secret = async (name: string, host: string, { isSpoilt = false, isRsa = false } = {}) => {
    const { cert, key } = isRsa
      ? await rsaCertificate(host)
      : await serverCertificate({ hosts: [host], now: Date.now() });
    const inBase64 = (value: string) => Buffer.from(value).toString("base64");
    const data = { "tls.crt": inBase64(cert), "tls.key": isSpoilt ? inBase64("none") : inBase64(key) };
    await cluster.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace: "demo" },
      type: "kubernetes.io/tls",
      data,
    } as Draft);
  };
  await secret("good", "a.b");
  await secret("wild", "*.wild.org");
  await secret("spoilt", "spoilt.org", { isSpoilt: true });
  // As openssl and cert-manager make them where nothing else is said; the listener's own is another kind.
  await secret("rsa", "rsa.org", { isRsa: true });
  const tls = [
    { hosts: ["a.b"], secretName: "good" },
    { hosts: ["*.wild.org"], secretName: "wild" },
    { hosts: ["spoilt.org"], secretName: "spoilt" },
    { hosts: ["rsa.org"], secretName: "rsa" },
  ];
  await cluster.create(ingressOf("web", {}, { defaultBackend: backendOf("web"), tls }));
  const shown = async (servername: string | undefined) => {
    const outgoing = sendSecured({
      port,
      ...(servername !== undefined && { servername }),
      rejectUnauthorized: false,
      agent: false,
      headers: { host: servername ?? "127.0.0.1" },
    });
    outgoing.end();
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    const certificate = (answer.socket as TLSSocket).getPeerCertificate(true);
    const { subject, subjectaltname: names = subject.CN, issuerCertificate } = certificate;
    return [
      names,
      JSON.parse(await text(answer)).headers["x-forwarded-proto"],
      issuerCertificate === certificate,
    ];
  };
  expect(await shown("a.b")).toEqual(["DNS:a.b", "https", false]);
  expect(await shown("x.wild.org")).toEqual(["DNS:*.wild.org", "https", false]);
  expect(await shown("rsa.org")).toEqual(["DNS:rsa.org", "https", true]);
  // Nobody takes it for the certificate of an API server, or of anybody else.
  const standIn = ["k4s Ingress stand-in certificate", "https", true];
  expect(await shown("spoilt.org")).toEqual(standIn);
  expect(await shown(undefined)).toEqual(standIn);
});

it("shows another certificate of its own before that ends", async () => {
  const ended = { ms: 0 };
  const clock = { ...realClock, now: () => Date.now() + ended.ms };
  const { port } = await started({ clock });
  const end = async () => {
    const socket = connectOverTls({ host: "127.0.0.1", port, rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const { valid_to } = socket.getPeerCertificate();
    socket.destroy();
    return Date.parse(valid_to);
  };
  const first = await end();
  expect(await end()).toBe(first);
  ended.ms = first - Date.now() - 1_000;
  expect(await end()).toBeGreaterThan(clock.now());
  expect(await end()).toBeGreaterThan(first);
});

it.each([
  ["nothing", ""],
  ["the first byte of a handshake", "\x16"],
  ["a part of a request", "GET /x"],
])("lets go at once who hangs up after %s", async (_, sent) => {
  const { port } = await started();
  const client = connect(port, "127.0.0.1");
  client.resume();
  client.on("error", () => {});
  client.end(sent);
  await once(client, "close");
});

it("says that it cannot listen where another does", async () => {
  const { entrance, port } = await started();
  const second = new HttpListener({
    ...entrance.parts,
    listen: { host: "127.0.0.1", port },
    onFault: () => {},
  });
  await expect(second.start()).rejects.toThrow(`ingress cannot listen on 127.0.0.1:${port}`);
  await second.stop();
});

it("asks no endpoint that NetworkPolicies deny the client, and says 504 with the policy where they deny all", async () => {
  const { cluster, entrance, ask } = await started();
  for (const address of ["192.0.2.1", "192.0.2.2"]) await echo(entrance, address);
  await entrance.service("web", ["192.0.2.1", "192.0.2.2"]);
  await cluster.create(ingressOf("web", { "a.b/": "web" }));
  entrance.denials.set("127.0.0.1 192.0.2.1:8080", "NetworkPolicy demo/deny denies it");
  for (let i = 0; i < 4; i++) expect(JSON.parse((await ask("a.b", "/")).body).address).toBe("192.0.2.2");
  entrance.denials.set("127.0.0.1 192.0.2.2:8080", "NetworkPolicy demo/deny denies it");
  expect(await ask("a.b", "/")).toMatchObject({
    status: 504,
    body: expect.stringMatching(
      /^504 Gateway Timeout: Ingress demo\/web: NetworkPolicy demo\/deny denies it/,
    ),
  });
});

/** What comes back for bytes that no client of Node would send, until the connection ends. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(bytes);
  return text(socket);
}

it.each<[string, string, string]>([
  ["two lengths", "POST / HTTP/1.1\r\nHost: a.b\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"],
  [
    "a length and chunks",
    "POST / HTTP/1.1\r\nHost: a.b\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
    "400",
  ],
  [
    "a space in front of a colon",
    "POST / HTTP/1.1\r\nHost: a.b\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "400",
  ],
  ["two hosts", "GET / HTTP/1.1\r\nHost: a.b\r\nHost: c.d\r\nConnection: close\r\n\r\n", "400"],
  ["no host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "400"],
  ["a path above the root", "GET /../x HTTP/1.1\r\nHost: a.b\r\nConnection: close\r\n\r\n", "400"],
  [
    "more headers than Node keeps",
    `GET / HTTP/1.1\r\nHost: a.b\r\nConnection: close\r\n${"x:\r\n".repeat(2_500)}\r\n`,
    "431",
  ],
  [
    "an absolute path, whose host counts",
    "GET http://a.b/ HTTP/1.1\r\nHost: c.d\r\nConnection: close\r\n\r\n",
    "200",
  ],
  [
    "a host with capitals, a dot and a port",
    "GET / HTTP/1.1\r\nHost: A.B.:80\r\nConnection: close\r\n\r\n",
    "200",
  ],
])("answers %s once, and as it should", async (_what, bytes, status) => {
  const { cluster, entrance, port } = await started();
  await echo(entrance, "192.0.2.1");
  await entrance.service("web", ["192.0.2.1"]);
  await cluster.create(ingressOf("web", { "a.b/": "web" }));
  const answer = await raw(port, bytes);
  expect(answer.match(/^HTTP\/1\.1 \d+/gm)).toEqual([`HTTP/1.1 ${status}`]);
  if (status === "200") expect(answer.toLowerCase()).toContain('"host":"a.b');
});

it("ends a connection whose headers take too long", async () => {
  const { port } = await started({ headersMs: 50 });
  expect(await raw(port, "GET / HTTP/1.1\r\nHost: a.b\r\nX-Slow: ")).toMatch(/^HTTP\/1\.1 408 /);
});

it("gives each backend turns of its own, so that requests in alternation reach every endpoint", async () => {
  const { cluster, entrance, ask } = await started();
  const addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"];
  for (const address of addresses) await echo(entrance, address);
  await entrance.service("one", addresses.slice(0, 2), {}, inTurn);
  await entrance.service("two", addresses.slice(2), {}, inTurn);
  await cluster.create(ingressOf("web", { "a.b/one": "one", "a.b/two": "two" }));
  const told: unknown[] = [];
  for (const path of ["/one", "/two", "/one", "/two"])
    told.push(JSON.parse((await ask("a.b", path)).body).address);
  expect(told.sort()).toEqual(addresses);
});

/** Signed by itself, with an RSA key. */
async function rsaCertificate(host: string): Promise<{ cert: string; key: string }> {
  await import("reflect-metadata");
  const { SubjectAlternativeNameExtension, X509CertificateGenerator } = await import("@peculiar/x509");
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=rsa",
    keys,
    signingAlgorithm: algorithm,
    extensions: [new SubjectAlternativeNameExtension([{ type: "dns", value: host }])],
  });
  const key = createPrivateKey({
    key: Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey)),
    format: "der",
    type: "pkcs8",
  });
  return {
    cert: certificate.toString("pem"),
    key: key.export({ format: "pem", type: "pkcs8" }).toString(),
  };
}
