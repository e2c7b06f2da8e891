import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, type RequestListener, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, it } from "vitest";
import type { EndpointUse } from "../../messages/index.ts";
import { realClock } from "../../outside/index.ts";
import type { Trial } from "./endpoint-trials.ts";
import { Forwarding } from "./forwarding.ts";
import { hasPassed } from "./headers.ts";
import { mostKept } from "./request-body.ts";
import type { Sending } from "./sending.ts";
import { dial } from "./test-dial.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(answer: RequestListener): Promise<Trial> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { endpoint: { address: "127.0.0.1", port: (server.address() as AddressInfo).port } };
}

async function proxy(sending: Sending): Promise<string> {
  const forwarding = new Forwarding({
    clock: realClock,
    follow: () => () => {},
    name: "proxy",
    dial,
  });
  closing.push(() => forwarding.close());
  const { endpoint } = await serve((request, response) => void forwarding.answer(sending, request, response));
  return `http://127.0.0.1:${endpoint.port}/`;
}

it("takes no second endpoint where none is asked", async () => {
  const cutting = await serve(request => request.socket.destroy());
  let taken = 0;
  function* trials() {
    for (let i = 0; i < 3; i++) {
      taken++;
      yield cutting;
    }
  }
  const url = await proxy({ trials: trials(), target: "/" });
  expect((await fetch(url, { method: "POST", body: "once" })).status).toBe(502);
  expect(taken).toBe(1);
});

it("sends one copy to a mirror, however often it tries again", async () => {
  let asked = 0;
  const busy = await serve((_, response) => {
    asked++;
    response.writeHead(503).end();
  });
  let copies = 0;
  const mirror = await serve((_, response) => {
    copies++;
    response.end();
  });
  const url = await proxy({ trials: [busy, busy, busy], target: "/", retry, mirrors: [mirror] });
  expect((await fetch(url)).status).toBe(503);
  expect(asked).toBe(3);
  await expect.poll(() => copies).toBe(1);
});

/** Answers 503 until it was asked so often, each time as soon as it has the body, or the head alone. */
async function busyUntil(times: number, { isHasty = false } = {}) {
  const bodies: string[] = [];
  const trial = await serve(async (request, response) => {
    const body = isHasty && bodies.length < times - 1 ? "" : await text(request);
    bodies.push(body);
    response.writeHead(bodies.length < times ? 503 : 200).end(String(body.length));
  });
  return { trial, bodies };
}

const retry = { codes: [503], attempts: 2, backoff: 1 };

/** Its length is not said. */
const streamed = (size: number) => ({
  body: new Blob(["x".repeat(size)]).stream(),
  duplex: "half" as const,
});

it.each([
  ["of no bytes", { body: "" }, 0],
  ["of a known length", { body: "x".repeat(mostKept) }, mostKept],
  ["of an unknown length", streamed(mostKept), mostKept],
])("sends a body %s again", async (_, init, size) => {
  for (const isHasty of [false, true]) {
    const { trial, bodies } = await busyUntil(3, { isHasty });
    const url = await proxy({ trials: [trial, trial, trial], target: "/", retry });
    const given = "duplex" in init ? streamed(size) : init;
    const answer = await fetch(url, { method: "POST", ...given });
    expect([answer.status, await answer.text()]).toEqual([200, String(size)]);
    expect(bodies.at(-1)).toBe("x".repeat(size));
  }
});

it("does not send a body again that is too large to be kept, and takes the next request of the connection", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  closing.push(() => agent.destroy());
  const { trial, bodies } = await busyUntil(9, { isHasty: true });
  const { port } = new URL(await proxy({ trials: [trial, trial, trial], target: "/", retry }));
  const post = async (size: number) => {
    const outgoing = send({ port, method: "POST", agent });
    outgoing.end("x".repeat(size));
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    await text(answer);
    return answer.statusCode;
  };
  expect(await post(mostKept + 1)).toBe(503);
  expect(bodies).toHaveLength(1);
  expect(await post(1)).toBe(503);
  expect(bodies).toHaveLength(4);
});

it("tries an endpoint once that cannot be reached, and another at once", async () => {
  const good = await serve((_, response) => response.end("good"));
  const dead = { endpoint: { address: "127.0.0.1", port: 1 } };
  const url = await proxy({ trials: [dead, good], target: "/" });
  expect(await (await fetch(url, { method: "POST", body: "x" })).text()).toBe("good");
  const none = await proxy({ trials: [dead, dead, good], target: "/" });
  expect((await fetch(none)).status).toBe(502);
});

it("asks over a new connection where one that was kept has ended, as all that were kept may have", async () => {
  const connections = new Set<unknown>();
  let held: (() => void)[] = [];
  const trial = await serve(({ socket }, response) => {
    if (connections.has(socket)) {
      socket.destroy();
      return;
    }
    connections.add(socket);
    held.push(() => response.end("good"));
    // Four at the same time, so that there are four connections; then one by one.
    if (connections.size < 4) return;
    for (const answer of held) answer();
    held = [];
  });
  const url = await proxy({ trials: [trial, trial, trial], target: "/" });
  const get = async () => (await fetch(url)).status;
  expect(await Promise.all([get(), get(), get(), get()])).toEqual([200, 200, 200, 200]);
  expect(connections.size).toBe(4);
  expect(await get()).toBe(200);
});

it.each([
  ["before", 0],
  ["in the middle of", 1],
])("ends the client's connection where the answer breaks off %s its body", async (_, chunks) => {
  const breaking = await serve((request, response) => {
    response.writeHead(200, { "Content-Length": "100" });
    response.flushHeaders();
    if (chunks > 0) response.write("x");
    setImmediate(() => request.socket.destroy());
  });
  const url = await proxy({ trials: [breaking], target: "/" });
  await expect(fetch(url).then(answer => answer.text())).rejects.toThrow();
});

it("ends the connection to the endpoint when the client leaves in the middle of the answer", async () => {
  let left: () => void = () => {};
  const hasLeft = new Promise<void>(resolve => {
    left = resolve;
  });
  const endless = await serve((_, response) => {
    response.once("close", left);
    response.write("x");
  });
  const url = await proxy({ trials: [endless], target: "/" });
  const controller = new AbortController();
  const answer = await fetch(url, { signal: controller.signal });
  expect(answer.status).toBe(200);
  controller.abort();
  await hasLeft;
});

it("tells who counts how each attempt went, and when it ended", async () => {
  const told: string[] = [];
  const counting = (trial: Trial, name: string) => {
    const use = {
      hasRoomForRequest: true,
      begin: () => told.push(`${name} begins`),
      went: (outcome: string) => told.push(`${name} ${outcome}`),
      end: () => told.push(`${name} ends`),
    } as unknown as EndpointUse;
    return { ...trial, use };
  };
  const dead = counting({ endpoint: { address: "127.0.0.1", port: 1 } }, "dead");
  const busy = counting(await serve((_, response) => response.writeHead(503).end()), "busy");
  const broken = counting(await serve((_, response) => response.writeHead(500).end()), "broken");
  const url = await proxy({ trials: [dead, busy, broken], target: "/", retry });
  expect((await fetch(url)).status).toBe(500);
  await expect.poll(() => told.filter(each => each.endsWith("ends"))).toHaveLength(3);
  const of = (name: string) => told.filter(each => each.startsWith(name));
  expect(of("dead")).toEqual(["dead begins", "dead gateway-error", "dead ends"]);
  expect(of("busy")).toEqual(["busy begins", "busy gateway-error", "busy ends"]);
  expect(of("broken")).toEqual(["broken begins", "broken error", "broken ends"]);
});

it("is called in via as the request says, and knows that name only as a whole", async () => {
  const endpoint = await serve((request, response) => response.end(request.headers.via));
  const url = await proxy({ trials: [endpoint], target: "/", via: "mesh.demo.web2" });
  const via = await (await fetch(url)).text();
  expect(via).toBe("1.1 mesh.demo.web2");
  const request = { headers: { via: `1.1 other, ${via}` } } as IncomingMessage;
  expect(hasPassed(request, "mesh.demo.web2")).toBe(true);
  expect(hasPassed(request, "mesh.demo.web")).toBe(false);
});
