import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { connect } from "node:tls";
import { expect, test } from "vitest";
import { namesHost } from "./client-hello.ts";

/** What Node's own client sends first. */
async function helloOf(options: { readonly servername?: string }): Promise<Buffer> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect({ port: (server.address() as AddressInfo).port, host: "127.0.0.1", ...options });
  client.on("error", () => {});
  const [socket] = await once(server, "connection");
  const [hello] = await once(socket, "data");
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}

test("a client that names a host is told from one that does not", async () => {
  const named = await helloOf({ servername: "a.example" });
  expect(namesHost(named)).toBe(true);
  const unnamed = await helloOf({});
  expect(namesHost(unnamed)).toBe(false);
  // Of what has not come, nothing is known.
  for (let length = 1; length < 100; length += 7) expect(namesHost(unnamed.subarray(0, length))).toBe(true);
  expect(namesHost(Buffer.from([0x16]))).toBe(true);
});
