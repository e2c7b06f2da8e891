import { type EventEmitter, once } from "node:events";
import { Agent, get as plainGet, request } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { get as tlsGet } from "node:https";
import { connect as connectPlain, createServer, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { serverCertificate } from "../access/index.ts";
import { Deferred, VirtualClock } from "../outside/index.ts";
import type { HttpResponse } from "./answer.ts";
import { Connections } from "./connections.ts";
import { type Handler, Listener } from "./listener.ts";

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

test("a server that closes answers the writes that are under way, and ends what reads", async () => {
  const asked = new Deferred<void>();
  const answers: HttpResponse[] = [];
  const handler: Handler = {
    ...endless,
    async handle(request, response) {
      if (request.method === "GET") return endless.handle(request, response);
      answers.push(response);
      asked.resolve();
    },
  };
  listener = await Listener.open({ host: "127.0.0.1", port: 0 }, handler);
  const { port } = listener.address;
  const [read] = await once(plainGet(`http://127.0.0.1:${port}`), "response");
  const write = request({
    host: "127.0.0.1",
    port,
    method: "POST",
    agent: new Agent({ keepAlive: true }),
  }).end();
  await asked.promise;
  const done = listener.close();
  const answered = once(write, "response");
  answers[0]?.end("written");
  expect((await answered)[0].statusCode).toBe(200);
  await Promise.all([done, closed(read.resume())]);
});

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

describe("connections without a request under way", () => {
  /** Answers each request at once. */
  const answering = {
    handle: async (_: unknown, response: HttpResponse) => {
      response.end();
    },
    upgrade: endless.upgrade,
  };
  let clock: VirtualClock;
  let at: { readonly host: string; readonly port: number; readonly ca: string };

  async function listen(most?: number, handler: Handler = answering) {
    clock = new VirtualClock();
    const address = { host: "127.0.0.1", port: 0 };
    listener = await Listener.open(address, handler, certificate, new Connections(clock, most));
    at = { ...listener.address, ca };
  }

  const h1 = async () => {
    const socket = connectTls({ ...at, ALPNProtocols: ["http/1.1"] });
    await once(socket, "secureConnect");
    return socket;
  };
  /** Idle ones, and how long they may be so in seconds. */
  const idle: Record<string, [seconds: number, begin: () => Promise<EventEmitter>]> = {
    "before the TLS handshake": [
      32,
      async () => {
        const socket = connectPlain(at.port, at.host);
        await once(socket, "connect");
        return socket;
      },
    ],
    "HTTP/1.1 that says nothing": [32, h1],
    "HTTP/1.1 with half a head": [
      32,
      async () => {
        const socket = await h1();
        socket.write("GET / HTTP/1.1\r\n");
        return socket;
      },
    ],
    "HTTP/2 without its preface": [
      32,
      async () => {
        const socket = connectTls({ ...at, ALPNProtocols: ["h2"] });
        await once(socket, "secureConnect");
        return socket;
      },
    ],
    "HTTP/1.1 after a request": [
      90,
      async () => {
        const socket = await h1();
        socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await once(socket, "data");
        return socket;
      },
    ],
    "HTTP/2 after a request": [
      90,
      async () => {
        const session = connectHttp2(`https://127.0.0.1:${at.port}`, { ca: at.ca }).on("error", () => {});
        const stream = session.request({ ":path": "/" });
        await once(stream.resume(), "close");
        return session;
      },
    ],
  };

  test.each(Object.entries(idle))("are ended: %s", async (_, [seconds, begin]) => {
    await listen();
    const connection = await begin();
    await turns();
    const ended = closed("resume" in connection ? (connection as Socket).resume() : connection);
    await clock.advance((seconds - 1) * 1_000);
    await turns();
    expect((connection as Socket).destroyed).toBe(false);
    await clock.advance(1_000);
    await ended;
  });

  test.each(Object.entries(clients).filter(([, { isEncrypted }]) => isEncrypted))(
    "are not those over which something goes on: %s",
    async (_, { begin }) => {
      await listen(undefined, endless);
      let isOver = false;
      const { ended } = await begin(at.port);
      const over = ended.then(() => {
        isOver = true;
      });
      await clock.advance(1_000_000);
      await turns();
      expect(isOver).toBe(false);
      await listener?.close();
      listener = undefined;
      await over;
    },
  );

  test("make room where there are too many, the longest idle first", async () => {
    await listen(2);
    const [first, second] = [await h1(), await h1()];
    const gone = closed(first.resume());
    const third = await h1();
    await gone;
    expect([second.destroyed, third.destroyed]).toEqual([false, false]);
    for (const socket of [second, third]) socket.destroy();
  });

  test("are all that make room: a new one is refused where each has a request under way", async () => {
    await listen(1, endless);
    const { ended } = await (clients["HTTP/2"] as (typeof clients)[string]).begin(at.port);
    await closed(connectTls({ ...at, ALPNProtocols: ["http/1.1"] }));
    await listener?.close();
    listener = undefined;
    await ended;
  });

  /** What the other side has sent is looked at in turns of the event loop. */
  async function turns(): Promise<void> {
    for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve));
  }
});
