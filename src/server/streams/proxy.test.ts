/** What becomes of the connection to the pod: whatever the two sides do, it ends with the request. */
import { once } from "node:events";
import { createServer, get, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { failureOf } from "../status.ts";
import { proxyHandler } from "./proxy.ts";

/** The pod: what it answers stands in the path. */
const pod = createServer((request, response) => {
  switch (request.url) {
    case "/hello":
      response.end("hello");
      break;
    case "/nowhere":
      response.writeHead(302, { location: "http://[" });
      response.write("half");
      break;
    case "/other-protocol":
      request.socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
      break;
    case "/out-of-range":
      request.socket.write("HTTP/1.1 999 Odd\r\nContent-Length: 1\r\n\r\nx");
  }
});

const handler = proxyHandler({
  api: {
    connect: () => ({ authority: "10.0.0.1:80", dial: () => connect(portOf(pod), "127.0.0.1") }),
  } as never,
  clock: {} as never,
  webSockets: {} as never,
  onFault: () => {},
});
const front = createServer((request, response) => {
  const call = { caller: {} as never, query: new URLSearchParams(), target: { name: "p:80" } as never };
  handler.answer(call, request, response).catch((error: unknown) => {
    if (response.destroyed) return;
    const status = failureOf(error);
    response.writeHead(status.code).end(status.message);
  });
});

beforeEach(() => Promise.all([pod, front].map(server => once(server.listen(0, "127.0.0.1"), "listening"))));
afterEach(() =>
  Promise.all(
    [front, pod].map(server => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      return closed;
    }),
  ),
);

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const ask = (path: string) =>
  get({ port: portOf(front), path: `/api/v1/namespaces/x/pods/p:80/proxy${path}`, agent: false });

async function answered(path: string): Promise<string> {
  const [response] = await once(ask(path), "response");
  const parts = await response.setEncoding("utf8").toArray();
  return `${response.statusCode} ${parts.join("")}`;
}

/** Resolves when the pod has lost the connection that comes next. */
async function connectionIsOver(): Promise<unknown> {
  const [socket] = await once(pod, "connection");
  return once(socket, "close");
}

test.each([
  ["/hello", /^200 hello$/],
  [
    "/other-protocol",
    /^503 error trying to reach service: it switched to a protocol that was not asked for$/,
  ],
  ["/out-of-range", /^(999|500) /],
])("%s is answered, and the connection is over", async (path, answer) => {
  const over = connectionIsOver();
  expect(await answered(path)).toMatch(answer);
  await over;
});

test("a client that leaves before the pod has answered", async () => {
  const over = connectionIsOver();
  const reached = once(pod, "request");
  const asking = ask("/never").on("error", () => {});
  await reached;
  asking.destroy();
  await over;
});

test("a place that is no URL is passed on, and a client that leaves in the middle ends the connection", async () => {
  const over = connectionIsOver();
  const [response] = await once(ask("/nowhere"), "response");
  expect(response.headers.location).toBe("http://[");
  response.destroy();
  await over;
});
