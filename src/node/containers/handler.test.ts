/** What a probe and a hook say of real servers on this machine, and of commands that only pretend. */
import { createServer, type Server } from "node:http";
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { realClock } from "../../outside/index.ts";
import type { LifecycleHandler, Pod, Probe } from "../../resources/index.ts";
import { connectTo } from "../../worker/index.ts";
import type { RunningContainer } from "../runtimes/index.ts";
import { LocalSession } from "../streams/index.ts";
import { runHook, runProbe } from "./handler.ts";
import type { HandlerTarget } from "./handler-target.ts";

/** What a command prints, with which code it ends, and why where it could not run; `hangs` never ends. */
function programs([name, code = "0", problem]: readonly string[]): LocalSession {
  const session = new LocalSession();
  if (name === "hangs") return session;
  session.print({ stream: "stdout", bytes: Buffer.from("out\n") });
  session.print({ stream: "stderr", bytes: Buffer.from("err\n") });
  session.finish({ exitCode: Number(code), ...(problem !== undefined && { message: problem }) });
  return session;
}

const running = { hasPorts: true, hasPrograms: true, exec: programs } as unknown as RunningContainer;
const target = (port = 0): HandlerTarget => ({
  container: {
    name: "app",
    image: "x",
    ports: [{ name: "web", containerPort: port }],
    env: [{ name: "CODE", value: "3" }],
  },
  running,
  podIP: "127.0.0.1",
  ports: {
    dial: (host, number, options) =>
      connectTo({ host, port: number }, options?.signal ?? new AbortController().signal),
  },
  clock: realClock,
});

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
const listening = <T extends { listen(port: number, host: string, then: () => void): unknown }>(server: T) =>
  new Promise<T>(resolve => server.listen(0, "127.0.0.1", () => resolve(server)));

describe("a probe", () => {
  const ask = (probe: Probe, port?: number, timeoutMs = 2_000) => runProbe(probe, timeoutMs, target(port));

  it.each([
    [["prints", "0"], { ok: true }],
    [["prints", "1"], { ok: false, problem: "out\nerr\n" }],
    [["prints", "$(CODE)"], { ok: false, problem: "out\nerr\n" }],
    [["prints", "127", "no such program"], { ok: false, problem: "out\nerr\n", isUnknown: true }],
  ])("that runs %j: %j", async (command, expected) => {
    expect(await ask({ exec: { command } })).toEqual(expected);
  });

  it("that runs what does not end has failed when its time is up", async () => {
    const problem = 'command timed out: "hangs long" timed out after 20ms';
    expect(await ask({ exec: { command: ["hangs", "long"] } }, 0, 20)).toEqual({ ok: false, problem });
  });

  describe("over HTTP", () => {
    let server: Server;
    const seen: string[] = [];
    beforeAll(async () => {
      server = await listening(
        createServer((request, response) => {
          const { url = "", headers } = request;
          seen.push(`${headers["user-agent"]} ${headers.host} ${headers["x-who"] ?? ""}`);
          const [, code = "200", location] = /^\/(\d+)(?:\?to=(.*))?$/.exec(url) ?? [];
          if (url === "/hangs") return;
          response.writeHead(Number(code), location === undefined ? {} : { location }).end("moved");
        }),
      );
    });
    afterAll(() => {
      server.closeAllConnections();
      server.close();
    });
    const get = (path: string, more: object = {}, timeoutMs?: number) =>
      ask({ httpGet: { path, port: "web", ...more } }, portOf(server), timeoutMs);

    it("succeeds from 200 to 399, and follows a redirect on its own host", async () => {
      expect(await get("/200")).toEqual({ ok: true });
      expect(await get("204")).toEqual({ ok: true });
      expect(await get("/302?to=/201")).toEqual({ ok: true });
      expect(await get("/302?to=/404")).toEqual({
        ok: false,
        problem: "HTTP probe failed with statuscode: 404",
      });
      expect(await get("/500")).toEqual({ ok: false, problem: "HTTP probe failed with statuscode: 500" });
    });

    it("goes to no other host, and not in a circle", async () => {
      const warning = "Probe terminated redirects, Response body: moved";
      expect(await get("/302?to=http://example.test/")).toEqual({ ok: true, warning });
      expect(await get("/303")).toEqual({ ok: true, warning });
      expect(await get("/302?to=/302?to=/x")).toMatchObject({ ok: true });
      const circle = await get("/307?to=/hangs", {}, 50);
      expect(circle).toMatchObject({
        ok: false,
        problem: expect.stringContaining("context deadline exceeded"),
      });
    });

    it("says who it is, with the headers that are asked for", async () => {
      seen.length = 0;
      await get("/200", {
        httpHeaders: [
          { name: "X-Who", value: "me" },
          { name: "Host", value: "shop.test" },
        ],
      });
      await get("/200", { httpHeaders: [{ name: "User-Agent", value: "mine" }] });
      expect(seen).toEqual(["kube-probe/1.35 shop.test me", `mine 127.0.0.1:${portOf(server)} `]);
    });

    it("tells what cannot be reached, or does not answer, in the kubelet's words", async () => {
      const port = portOf(server);
      const late = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
      expect(await get("/hangs", {}, 50)).toEqual({
        ok: false,
        problem: `Get "http://127.0.0.1:${port}/hangs": ${late}`,
      });
      expect(await get("/200", { port: 1 })).toEqual({
        ok: false,
        problem: 'Get "http://127.0.0.1:1/200": dial tcp 127.0.0.1:1: connect: connection refused',
      });
      expect(await get("/200", { port: "nosuch" })).toEqual({
        ok: false,
        isUnknown: true,
        problem: 'strconv.Atoi: parsing "nosuch": invalid syntax',
      });
    });
  });

  it("by TCP wants something that listens", async () => {
    const server = await listening(createTcpServer(socket => socket.destroy()));
    expect(await ask({ tcpSocket: { port: portOf(server) } })).toEqual({ ok: true });
    server.close();
    const problem = "dial tcp 127.0.0.1:1: connect: connection refused";
    expect(await ask({ tcpSocket: { port: 1 } })).toEqual({ ok: false, problem });
  });

  describe("by gRPC", () => {
    let server: Http2Server;
    beforeAll(async () => {
      server = createHttp2Server();
      server.on("stream", async (stream: ServerHttp2Stream, headers) => {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk);
        const body = Buffer.concat(chunks);
        const service = body.subarray(7).toString();
        const isHealth = headers[":path"] === "/grpc.health.v1.Health/Check";
        if (service === "hangs") return;
        stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
        const code = service === "old" || !isHealth ? "12" : service === "lost" ? "5" : "0";
        stream.on("wantTrailers", () =>
          stream.sendTrailers({ "grpc-status": code, "grpc-message": "not%20so" }),
        );
        const status = service === "ill" ? 2 : 1;
        stream.end(code === "0" ? Buffer.from([0, 0, 0, 0, 2, 8, status]) : undefined);
      });
      await listening(server);
    });
    afterAll(() => void server.close());

    it.each([
      ["", { ok: true }],
      ["a".repeat(40), { ok: true }],
      ["ill", { ok: false, problem: 'service unhealthy (responded with "NOT_SERVING")' }],
      [
        "old",
        {
          ok: false,
          problem:
            "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): not so",
        },
      ],
      [
        "lost",
        { ok: false, problem: "error: health rpc probe failed: rpc error: code = NotFound desc = not so" },
      ],
      ["hangs", { ok: false, problem: "timeout: health rpc did not complete within 200ms" }],
    ])("asks for the service %j: %j", async (service, expected) => {
      const grpc = { port: portOf(server), service };
      expect(await ask({ grpc }, 0, service === "hangs" ? 200 : 5_000)).toEqual(expected);
    });

    it("says where nothing listens", async () => {
      const problem = 'timeout: failed to connect service "127.0.0.1:1" within 2s: context deadline exceeded';
      expect(await ask({ grpc: { port: 1 } })).toEqual({ ok: false, problem });
    });
  });
});

describe("a hook", () => {
  const pod = { metadata: { name: "p", namespace: "demo", uid: "u-1" } } as Pod;
  const run = (hook: LifecycleHandler, port?: number) => runHook(hook, 2_000, target(port), pod);

  it("says how its command ended", async () => {
    expect(await run({ exec: { command: ["prints"] } })).toEqual({ ok: true });
    expect(await run({ exec: { command: ["prints", "3"] } })).toEqual({
      ok: false,
      problem:
        'Exec lifecycle hook ([prints 3]) for Container "app" in Pod "p_demo(u-1)" failed - error: command \'prints 3\' exited with 3: err\n, message: "out\\nerr\\n"',
    });
  });

  it("by HTTP is content with any answer", async () => {
    const server = await listening(createServer((_, response) => void response.writeHead(500).end()));
    expect(await run({ httpGet: { path: "x", port: portOf(server) } })).toEqual({ ok: true });
    server.close();
    expect(await run({ httpGet: { path: "x", port: 1 } })).toEqual({
      ok: false,
      problem:
        'HTTP lifecycle hook (x) for Container "app" in Pod "p_demo(u-1)" failed - error: Get "http://127.0.0.1:1/x": dial tcp 127.0.0.1:1: connect: connection refused',
    });
  });

  it("is no connection", async () => {
    expect(await run({ tcpSocket: { port: 1 } })).toEqual({
      ok: false,
      problem: "Cannot run handler: invalid handler",
    });
  });
});
