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
