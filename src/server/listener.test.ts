import { type EventEmitter, once } from "node:events";
import { get as plainGet } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { get as tlsGet } from "node:https";
import { createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { serverCertificate } from "../access/index.ts";
import type { HttpResponse } from "./answer.ts";
import { Listener } from "./listener.ts";

/** Answers each request with a first part, and never ends. */
const endless = {
  handle: async (_: unknown, response: HttpResponse) => {
    if ("stream" in response) response.write("begun");
    else response.write("begun");
  },
  upgrade: async (_: unknown, socket: { write(text: string): unknown }) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
  },
};
const certificate = await serverCertificate({ hosts: ["127.0.0.1"], folder: undefined, now: Date.now() });
const { ca } = certificate;

let listener: Listener | undefined;
afterEach(() => listener?.close());

async function open(isEncrypted: boolean): Promise<number> {
  const address = { host: "127.0.0.1", port: 0 };
  listener = await Listener.open(address, endless, isEncrypted ? certificate : undefined);
  return listener.address.port;
}

/** An end that the other side makes is an error to some of them. */
function closed(stream: EventEmitter): Promise<unknown> {
  return new Promise(resolve => stream.on("error", () => {}).once("close", resolve));
}

const clients: Readonly<
  Record<string, { isEncrypted: boolean; begin(port: number): Promise<{ ended: Promise<unknown> }> }>
> = {
  "HTTP/1.1": {
    isEncrypted: false,
    async begin(port) {
      const [response] = await once(plainGet(`http://127.0.0.1:${port}`), "response");
      return { ended: closed(response.resume()) };
    },
  },
  "HTTP/1.1 over TLS": {
    isEncrypted: true,
    async begin(port) {
      const [response] = await once(tlsGet(`https://127.0.0.1:${port}`, { ca }), "response");
      return { ended: closed(response.resume()) };
    },
  },
  "HTTP/2": {
    isEncrypted: true,
    async begin(port) {
      const session = connectHttp2(`https://127.0.0.1:${port}`, { ca }).on("error", () => {});
      const stream = session.request({ ":path": "/" }).on("error", () => {});
      await once(stream, "response");
      return { ended: closed(session) };
    },
  },
  "another protocol": {
    isEncrypted: true,
    async begin(port) {
      const headers = { Connection: "Upgrade", Upgrade: "echo" };
      const [, socket] = await once(tlsGet(`https://127.0.0.1:${port}`, { ca, headers }), "upgrade");
      return { ended: closed(socket.resume()) };
    },
  },
};

test.each(Object.entries(clients))(
  "ends what goes on over %s when it closes",
  async (_, { isEncrypted, begin }) => {
    const { ended } = await begin(await open(isEncrypted));
    await listener?.close();
    listener = undefined;
    await ended;
  },
);

test("tells that a port is in use, and what to do", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  try {
    await expect(Listener.open({ host: "127.0.0.1", port }, endless)).rejects.toMatchObject({
      reason: "BadRequest",
      message: `cannot listen on 127.0.0.1:${port}: the port is in use; choose another one, or 0 for any that is free`,
    });
  } finally {
    other.close();
  }
});
