/** HTTP/2 at an entrance, agreed on in TLS and begun without: each request on as HTTP/1.1, its answer back as HTTP/2. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import {
  type ClientHttp2Session,
  connect,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from "node:http2";
import { connect as netConnect } from "node:net";
import { text } from "node:stream/consumers";
import { connect as connectSecured } from "node:tls";
import { afterEach, expect, it } from "vitest";
import { TestCluster } from "../../loop/test-cluster.ts";
import type { ProxiedRequest } from "../http/index.ts";
import { HttpListener } from "./http-listener.ts";
import { ingressOf, TestEntrance } from "./test-entrance.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function started(appProtocol?: string) {
  const cluster = await TestCluster.of();
  const entrance = new TestEntrance(cluster);
  const faults: unknown[] = [];
  const listener = new HttpListener({
    ...entrance.parts,
    listen: { host: "127.0.0.1", port: 0 },
    onFault: fault => faults.push(fault),
  });
  await listener.start();
  closing.push(
    () => entrance.close(),
    () => listener.stop(),
  );
  const ports = [{ name: "http", port: 80, ...(appProtocol !== undefined && { appProtocol }) }];
  await entrance.service("web", ["192.0.2.1"], { ports });
  await cluster.create(ingressOf("web", { "a.b/": "web" }));
  const port = listener.address?.port ?? 0;
  const open = async (scheme: "http" | "https") => {
    const session = connect(`${scheme}://localhost:${port}`, { rejectUnauthorized: false });
    session.on("error", () => {});
    closing.push(() => session.destroy());
    await once(session, "connect");
    return session;
  };
  return { entrance, port, open, faults };
}

async function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string) {
  const stream = session.request({ ":authority": "a.b", ...headers }, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  const trailers: IncomingHttpHeaders[] = [];
  stream.on("trailers", each => trailers.push(each));
  const [head] = (await once(stream, "response")) as [IncomingHttpHeaders & IncomingHttpStatusHeader];
  return { status: head[":status"], head, text: await text(stream), trailers };
}

it.each(["https", "http"] as const)("answers over %s, many requests at once", async scheme => {
  const { entrance, open, faults } = await started();
  let waiting: (() => void)[] = [];
  await entrance.serve("192.0.2.1", async (request, response) => {
    const { url, method, headers, httpVersion } = request;
    const body = await text(request);
    if (url === "/together")
      await new Promise<void>(resolve => {
        waiting.push(resolve);
        if (waiting.length < 20) return;
        for (const each of waiting) each();
        waiting = [];
      });
    response.setHeader("Set-Cookie", ["a=1", "b=2"]);
    response.setHeader("Connection", "close");
    response.end(JSON.stringify({ url, method, headers, httpVersion, body }));
  });
  const session = await open(scheme);
  expect(session.alpnProtocol).toBe(scheme === "https" ? "h2" : "h2c");
  const got = await ask(session, { ":path": "/x?y", cookie: ["c=1", "d=2"], "x-own": "z", te: "trailers" });
  expect(got.status).toBe(200);
  expect(got.head["set-cookie"]).toEqual(["a=1", "b=2"]);
  expect(got.head.connection).toBeUndefined();
  const seen = JSON.parse(got.text);
  expect(seen).toMatchObject({ url: "/x?y", method: "GET", httpVersion: "1.1", body: "" });
  expect(seen.headers).toMatchObject({ host: "a.b", cookie: "c=1; d=2", "x-own": "z" });
  expect(seen.headers["x-forwarded-proto"]).toBe(scheme);
  expect(seen.headers.via).toMatch(/^2\.0 k4s-/);
  expect(Object.keys(seen.headers).filter(name => name.startsWith(":") || name === "te")).toEqual([]);
  const sent = JSON.parse((await ask(session, { ":path": "/", ":method": "POST" }, "a body")).text);
  expect(sent).toMatchObject({ method: "POST", body: "a body" });
  expect(sent.headers["transfer-encoding"]).toBe("chunked");
  const all = await Promise.all(Array.from({ length: 20 }, () => ask(session, { ":path": "/together" })));
  expect(all.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  expect(await ask(session, { ":path": "/", ":method": "HEAD" })).toMatchObject({ status: 200, text: "" });
  expect(await ask(session, { ":path": "/", ":authority": "c.d" })).toMatchObject({
    status: 404,
    text: "404 Not Found: nothing leads to c.d/\n",
  });
  expect(faults).toEqual([]);
});

it("passes on trailers, and shows that an answer has broken off", async () => {
  const { entrance, open } = await started();
  await entrance.serve("192.0.2.1", ({ url }, response) => {
    response.writeHead(200, { Trailer: "x-sum" });
    response.write("some");
    if (url === "/broken") setImmediate(() => response.destroy());
    else {
      response.addTrailers({ "x-sum": "4" });
      response.end();
    }
  });
  const session = await open("https");
  expect(await ask(session, { ":path": "/" })).toMatchObject({ text: "some", trailers: [{ "x-sum": "4" }] });
  const broken = session.request({ ":path": "/broken", ":authority": "a.b" });
  broken.resume();
  const [error] = await once(broken, "error");
  expect(error).toMatchObject({ code: "ERR_HTTP2_STREAM_ERROR" });
  expect(broken.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
});

it("ends the request when the client has given its stream up, and holds back a server whose client is slow", async () => {
  const { entrance, open } = await started();
  let wasComplete: boolean | undefined;
  let written = 0;
  await entrance.serve("192.0.2.1", (_request, response) => {
    const chunk = Buffer.alloc(65_536);
    const write = () => {
      do written += chunk.length;
      while (!response.closed && response.write(chunk));
    };
    response.on("drain", write);
    response.once("close", () => {
      wasComplete = response.writableFinished;
    });
    write();
  });
  const session = await open("https");
  const stream = session.request({ ":path": "/", ":authority": "a.b" });
  await once(stream, "response");
  let before = 0;
  const isStill = () => {
    const isSame = written > 0 && written === before;
    before = written;
    return isSame;
  };
  await expect.poll(isStill, { interval: 100, timeout: 10_000 }).toBe(true);
  expect(written).toBeLessThan(20_000_000);
  stream.close(constants.NGHTTP2_CANCEL);
  await expect.poll(() => wasComplete).toBe(false);
});

it("speaks HTTP/1.1 with who does not know HTTP/2", async () => {
  const { entrance, port } = await started();
  await entrance.serve("192.0.2.1", (_, response) => void response.end("plain"));
  const socket = connectSecured({ port, host: "localhost", rejectUnauthorized: false });
  socket.write("GET / HTTP/1.1\r\nHost: a.b\r\nConnection: close\r\n\r\n");
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*plain/);
  expect(socket.alpnProtocol).toBe(false);
});

it.each([
  ["GET", "/empty", 200],
  ["GET", "/nothing", 204],
  ["HEAD", "/text", 200],
])(
  "a client of HTTP/1.1 hears that there is no body of an endpoint of HTTP/2: %s %s",
  async (method, path, status) => {
    const { entrance, port, faults } = await started("kubernetes.io/h2c");
    await entrance.serveHttp2("192.0.2.1", ({ url }, response) => {
      response.statusCode = url === "/nothing" ? 204 : 200;
      response.end(url === "/text" ? "text" : "");
    });
    const outgoing = request({ port, path, method, headers: { host: "a.b" }, agent: false });
    const [answer] = (await once(outgoing.end(), "response")) as [IncomingMessage];
    expect(answer.statusCode).toBe(status);
    expect(await text(answer)).toBe("");
    expect(faults).toEqual([]);
  },
);

it.each([
  ["HTTP/1.1", "HTTP/1.1"],
  ["HTTP/1.1", "HTTP/2"],
  ["HTTP/2", "HTTP/1.1"],
  ["HTTP/2", "HTTP/2"],
])("trailers of a request over %s pass to a server of %s, except what may not be one", async (from, to) => {
  const { entrance, port, open } = await started(to === "HTTP/2" ? "kubernetes.io/h2c" : undefined);
  const answer = async (
    request: ProxiedRequest & { trailers: object },
    response: { end(text: string): unknown },
  ) => {
    const body = await text(request);
    response.end(JSON.stringify({ body, trailers: { ...request.trailers } }));
  };
  if (to === "HTTP/2") await entrance.serveHttp2("192.0.2.1", answer);
  else await entrance.serve("192.0.2.1", answer);
  const trailers = { "x-sum": "4", "x-forwarded-for": "6.6.6.6", authorization: "none" };
  let told = "";
  if (from === "HTTP/2") {
    const stream = (await open("http")).request(
      { ":authority": "a.b", ":method": "POST", ":path": "/" },
      { waitForTrailers: true },
    );
    stream.once("wantTrailers", () => stream.sendTrailers(trailers));
    stream.end("some");
    told = await text(stream);
  } else {
    const outgoing = request({ port, method: "POST", headers: { host: "a.b" }, agent: false });
    outgoing.write("some");
    outgoing.addTrailers(trailers);
    const [answered] = (await once(outgoing.end(), "response")) as [IncomingMessage];
    told = await text(answered);
  }
  expect(JSON.parse(told)).toEqual({ body: "some", trailers: { "x-sum": "4" } });
});

it("ends what is under way of a client that hangs up without a word", async () => {
  const { entrance, port } = await started();
  let under = 0;
  await entrance.serve("192.0.2.1", (_request, response) => {
    response.once("close", () => under--);
    under++;
  });
  const socket = netConnect({ port, host: "localhost", allowHalfOpen: true });
  const session = connect("http://a.b", { createConnection: () => socket });
  session.on("error", () => {});
  closing.push(() => session.destroy());
  session.request({ ":path": "/" }).on("error", () => {});
  await expect.poll(() => under, { timeout: 20_000 }).toBe(1);
  socket.end();
  await expect.poll(() => under, { timeout: 20_000 }).toBe(0);
}, 60_000);

it("stands clients that break the rules, or begin and cancel hundreds of requests", async () => {
  const { entrance, port, open, faults } = await started();
  let under = 0;
  await entrance.serve("192.0.2.1", (request, response) => {
    request.resume();
    response.once("close", () => under--);
    under++;
    if (request.url !== "/wait") response.end("well");
  });
  const odd = await open("http");
  const unclear: OutgoingHttpHeaders[] = [
    { ":path": "/a b" },
    { ":path": "" },
    { ":path": "http://elsewhere/" },
    { ":path": "/", ":method": "GE T" },
    { ":path": "/", ":authority": "a.b\r\nx: y" },
    { ":path": "/", "content-length": "5" },
  ];
  for (const headers of unclear) await expect(ask(odd, headers)).rejects.toThrow("NGHTTP2_PROTOCOL_ERROR");
  const status = async (headers: OutgoingHttpHeaders) => (await ask(odd, headers)).status;
  expect(await status({ ":path": "/../../x" })).toBe(400);
  expect(await status({ ":path": "/", "x-long": "x".repeat(30_000) })).toBe(431);
  expect((await ask(odd, { ":path": "/", host: "other" })).text).toBe("well");

  const cancelling = await open("http");
  for (let i = 0; i < 500 && !cancelling.destroyed; i++) {
    const stream = cancelling.request({ ":path": "/wait", ":authority": "a.b" });
    stream.on("error", () => {});
    stream.close(constants.NGHTTP2_CANCEL);
    if (i % 100 === 99) await new Promise(resolve => setImmediate(resolve));
  }
  const greedy = await open("http");
  for (let i = 0; i < 150; i++)
    greedy.request({ ":path": "/wait", ":authority": "a.b" }).on("error", () => {});
  await expect.poll(() => under, { timeout: 20_000 }).toBe(128);
  greedy.destroy();
  await expect.poll(() => under, { timeout: 20_000 }).toBe(0);

  const garbage = netConnect(port, "127.0.0.1");
  garbage.end("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nno frame at all, but long enough to be one");
  await text(garbage);
  expect((await ask(await open("https"), { ":path": "/" })).text).toBe("well");
  expect(faults).toEqual([]);
}, 60_000);
