/** What the port for probes answers to those who are no kubelet. */
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { expect, test } from "vitest";
import { serveProbes } from "./probe-server.ts";

test.each(["//", "/other"])("a request for %s is answered with 404", async path => {
  const nothing = { ask: async () => undefined, tell: () => {}, setReady: async () => {}, metrics: () => "" };
  const server = serveProbes(nothing).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.end(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  let answer = "";
  for await (const piece of socket) answer += piece;
  expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  server.close();
});

test("what no probe and no hook of the manifest asks is not answered: whoever reaches the port may ask", async () => {
  const asked: unknown[] = [];
  const probed = {
    ask: async (body: unknown) => asked.push(body),
    tell: (body: unknown) => void asked.push(body),
    setReady: async (isReady: boolean) => void asked.push(isReady),
    metrics: () => "a 1",
  };
  const server = serveProbes(probed, new Set(["/k4s/ready?failures=3&request=ping"])).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  for (const path of [
    "/k4s/ready",
    "/k4s/ready?failures=1&request=boom",
    "/k4s/send?request=stop",
    "/k4s/live?request=ping",
  ])
    expect([path, await status(path)]).toEqual([path, 404]);
  expect(asked).toEqual([]);
  expect(await status("/metrics")).toBe(200);
  expect(await status("/k4s/ready?failures=3&request=ping")).toBe(200);
  expect(asked).toEqual(["ping", true]);
  server.close();
});
