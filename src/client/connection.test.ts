import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serverCertificate } from "../access/index.ts";
import { ServerConnection } from "./connection.ts";

const { cert, key } = await serverCertificate({ hosts: ["api.example"], now: Date.now() });
/** Without who has signed it. */
const [leaf = ""] = /-----BEGIN[\s\S]*?-----END CERTIFICATE-----/.exec(cert) ?? [];
const server = createServer({ cert: leaf, key }, ({ url }, response) => {
  if (url === "/") {
    response.end('{ "said": "yes" }');
    return;
  }
  if (url === "/refused") response.statusCode = 404;
  response.writeHead(response.statusCode, { "content-length": 100 });
  response.write("{");
  if (url !== "/silent") response.destroy();
});
let address: string;
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

test("a server is believed by its certificate alone, and by the name that this has", async () => {
  const connection = new ServerConnection({ server: address, ca: leaf, serverName: "api.example" });
  expect(await connection.json("/")).toEqual({ said: "yes" });
});

test("one signal ends any number of requests, and Node warns of none", async () => {
  const warnings: Error[] = [];
  const heard = (warning: Error) => warnings.push(warning);
  process.on("warning", heard);
  const connection = new ServerConnection({ server: address, ca: leaf, serverName: "api.example" });
  const ending = new AbortController();
  const asked = Array.from({ length: 20 }, () => connection.json("/silent", { signal: ending.signal }));
  ending.abort();
  const ends = await Promise.allSettled(asked);
  // Node tells of it in the next turn.
  await new Promise(setImmediate);
  process.off("warning", heard);
  expect(ends.map(({ status }) => status)).toEqual(Array(20).fill("rejected"));
  expect(warnings).toEqual([]);
});

test.each([
  ["another name", { ca: leaf }, /does not match|altnames/i],
  ["an unknown certificate", { serverName: "api.example" }, /verify|self-signed|issuer/i],
])("but not with %s", async (_, more, problem) => {
  const connection = new ServerConnection({ server: address, ...more });
  await expect(connection.json("/")).rejects.toThrow(problem);
});

test.each(["/cut", "/refused", "/silent"])(
  "an answer that breaks off is a server that cannot be reached: %s",
  async path => {
    const connection = new ServerConnection({ server: address, ca: leaf, serverName: "api.example" });
    await expect(connection.json(path, { silenceMs: 500 })).rejects.toMatchObject({
      reason: "ServiceUnavailable",
    });
  },
);
