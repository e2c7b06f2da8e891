import { once } from "node:events";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import fc from "fast-check";
import { afterEach, expect, it, vi } from "vitest";
import { decodeHead, encodeHead, headLength, takeHead } from "./connection-head.ts";

afterEach(() => {
  vi.useRealTimers();
});

const address = fc.ipV4();
const port = fc.integer({ min: 0, max: 65_535 });

it("is read as it was written", () => {
  fc.assert(
    fc.property(address, port, address, (from, fromPort, to) => {
      const bytes = encodeHead({ from, fromPort, to });
      expect(bytes).toHaveLength(headLength);
      expect(decodeHead(bytes)).toEqual({ from, fromPort, to });
    }),
  );
});

it.each([
  ["too short", encodeHead({ from: "1.2.3.4", fromPort: 5, to: "6.7.8.9" }).subarray(1)],
  ["the first bytes of HTTP", Buffer.from("GET / HTTP/1")],
  ["the first bytes of TLS", Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 0])],
  ["nothing", Buffer.alloc(0)],
])("is none: %s", (_, bytes) => {
  expect(decodeHead(bytes)).toBeUndefined();
});

/** A connection as its server sees it: half-open ones are taken. */
function connection(): { readonly socket: Socket; readonly client: Duplex } {
  let toClient = (_: Buffer | null) => {};
  const socket = new Duplex({
    allowHalfOpen: true,
    read() {},
    write: (bytes: Buffer, _, done) => {
      toClient(bytes);
      done();
    },
  });
  const client = new Duplex({
    read() {},
    write: (bytes: Buffer, _, done) => {
      socket.push(bytes);
      done();
    },
    final: done => {
      socket.push(null);
      done();
    },
  });
  toClient = bytes => client.push(bytes);
  return { socket: socket as Socket, client };
}

const head = { from: "1.2.3.4", fromPort: 5, to: "6.7.8.9" };

it.each([
  ["before it has sent anything", ""],
  ["within its first bytes", "k4"],
])("a connection that its client ends %s is ended, and nobody hears of it", async (_, bytes) => {
  const { socket, client } = connection();
  const done = vi.fn();
  takeHead(socket, done);
  client.end(bytes);
  await once(socket, "close");
  expect(done).not.toHaveBeenCalled();
});

it("a connection that stays silent is ended after a while", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { socket } = connection();
  takeHead(socket, () => {});
  vi.advanceTimersByTime(9_999);
  await new Promise(setImmediate);
  expect(socket.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  await once(socket, "close");
});

it("a connection that has told who it is stays, silent or half-open, with no listener left on it", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { socket, client } = connection();
  const before = listenersOf(socket);
  const told = await new Promise(resolve => {
    takeHead(socket, resolve);
    client.write(encodeHead(head));
  });
  expect(told).toEqual(head);
  expect(listenersOf(socket)).toEqual(before);
  vi.advanceTimersByTime(60_000);
  await new Promise(setImmediate);
  client.end("x");
  let text = "";
  await once(
    socket.on("data", bytes => {
      text += bytes;
    }),
    "end",
  );
  expect([text, socket.writable]).toEqual(["x", true]);
});

function listenersOf(socket: Socket): readonly unknown[] {
  return socket.eventNames().map(name => [name, socket.listenerCount(name)]);
}
