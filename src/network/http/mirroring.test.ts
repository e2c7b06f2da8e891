/** Copies of requests: to servers of HTTP/1.1 and of HTTP/2, and until a NetworkPolicy ends them. */
import { type EventEmitter, once } from "node:events";
import { createServer, type Server } from "node:http";
import { createServer as createHttp2Server, type Http2Server } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, it } from "vitest";
import { realClock } from "../../outside/index.ts";
import type { MirrorTrial } from "./endpoint-trials.ts";
import { Forwarding } from "./forwarding.ts";
import type { ProxiedRequest } from "./proxied.ts";
import { dial } from "./test-dial.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

async function listening(server: Server | Http2Server): Promise<{ address: string; port: number }> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { address: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

/** A server that tells what it was sent, and never answers what is for `/long`. */
async function mirror(protocol: "h2" | "http/1.1") {
  const got: string[] = [];
  const closed: string[] = [];
  const answer = async (
    request: ProxiedRequest,
    response: EventEmitter & { end(): unknown; readonly writableEnded: boolean },
  ) => {
    const { url = "", method, httpVersion } = request;
    response.once("close", () => response.writableEnded || closed.push(url));
    got.push(`${httpVersion} ${method} ${url}`);
    const body = await text(request).catch(() => "broken off");
    got.push(body);
    if (url !== "/long") response.end();
  };
  const server = protocol === "h2" ? createHttp2Server(answer) : createServer(answer);
  const trial: MirrorTrial = { endpoint: await listening(server), isHttp2: protocol === "h2" };
  return { trial, got, closed };
}

async function proxy(mirrors: readonly MirrorTrial[], target: string) {
  const followed = new Map<number, () => void>();
  const forwarding = new Forwarding({
    clock: realClock,
    follow: (_client, { port }, end) => {
      followed.set(port, end);
      return () => followed.delete(port);
    },
    name: "proxy",
    dial,
  });
  closing.push(() => forwarding.close());
  const main = await listening(
    createServer(async (request, response) => response.end(`main has ${await text(request)}`)),
  );
  const sending = { trials: [{ endpoint: main }], target, mirrors };
  const { port } = await listening(
    createServer((request, response) => void forwarding.answer(sending, request, response)),
  );
  return { url: `http://127.0.0.1:${port}/`, followed };
}

it.each(["h2", "http/1.1"] as const)(
  "a server of %s gets all of it, with or without a body",
  async protocol => {
    const { trial, got } = await mirror(protocol);
    const { url, followed } = await proxy([trial], "/copy");
    const version = protocol === "h2" ? "2.0" : "1.1";
    const body = "x".repeat(200_000);
    expect(await (await fetch(url, { method: "POST", body })).text()).toBe(`main has ${body}`);
    await expect.poll(() => got).toEqual([`${version} POST /copy`, body]);
    expect(await (await fetch(url)).text()).toBe("main has ");
    await expect.poll(() => got.slice(2)).toEqual([`${version} GET /copy`, ""]);
    await expect.poll(() => followed.size).toBe(0);
  },
);

it.each(["h2", "http/1.1"] as const)("one of %s is ended when a policy denies it", async protocol => {
  const { trial, got, closed } = await mirror(protocol);
  const { url, followed } = await proxy([trial], "/long");
  expect(await (await fetch(url, { method: "POST", body: "it" })).text()).toBe("main has it");
  await expect.poll(() => got).toHaveLength(2);
  expect(closed).toEqual([]);
  followed.get(trial.endpoint.port)?.();
  await expect.poll(() => closed).toEqual(["/long"]);
  expect(followed.size).toBe(0);
});

it("one that cannot be reached, or speaks another protocol, is no harm", async () => {
  const { trial } = await mirror("http/1.1");
  const mirrors = [
    { ...trial, isHttp2: true },
    { endpoint: { address: "127.0.0.1", port: 1 }, isHttp2: true },
    { endpoint: { address: "127.0.0.1", port: 1 } },
  ];
  const { url, followed } = await proxy(mirrors, "/");
  expect(await (await fetch(url, { method: "POST", body: "it" })).text()).toBe("main has it");
  await expect.poll(() => followed.size).toBe(0);
});
