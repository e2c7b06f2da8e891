/** Channels over a WebSocket that is played here: whatever a client sends, nothing is thrown into the server's event loop. */
import { EventEmitter } from "node:events";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { ChannelCommand } from "./channel-command.ts";
import { type ChannelListener, Channels, channelProtocols } from "./channels.ts";

class PlayedSocket extends EventEmitter {
  readonly CLOSED = 3;
  readonly sent: string[] = [];
  readyState = 1;
  closedWith: number | undefined;
  isPaused = false;

  readonly protocol: string;

  constructor(protocol: string) {
    super();
    this.protocol = protocol;
  }

  send(message: Uint8Array | string, _options: object, done: () => void): void {
    this.sent.push(String(message));
    done();
  }

  close(code: number): void {
    this.closedWith ??= code;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }
}

const channelsOf = (
  socket: PlayedSocket,
  onFault: (fault: unknown) => void = fault => expect.fail(String(fault)),
) => new Channels(socket as unknown as WebSocket, onFault);
const nothing: ChannelListener = { bytes: () => undefined, closed: () => {}, gone: () => {} };

/** What a client's message becomes. */
function taken(protocol: string, message: string | Uint8Array): [channel: number, text: string][] {
  const socket = new PlayedSocket(protocol);
  const got: [number, string][] = [];
  channelsOf(socket).listen({
    ...nothing,
    bytes: (channel, bytes) => void got.push([channel, String(bytes)]),
    closed: channel => got.push([channel, "closed"]),
  });
  socket.emit("message", Buffer.from(message));
  return got;
}

test.each<[string, string | Uint8Array, [number, string][]]>([
  ["v5.channel.k8s.io", Uint8Array.of(0, 97), [[0, "a"]]],
  ["v5.channel.k8s.io", Uint8Array.of(255, 0), [[0, "closed"]]],
  ["v5.channel.k8s.io", Uint8Array.of(255), []],
  ["v4.channel.k8s.io", Uint8Array.of(255, 0), [[255, "\0"]]],
  ["base64.channel.k8s.io", "0YQ==", [[0, "a"]]],
  ["base64.channel.k8s.io", "4", [[4, ""]]],
  ...channelProtocols.map(protocol => [protocol, "", []] as [string, string, []]),
])("%s: a message %j", (protocol, message, expected) => {
  expect(taken(protocol, message)).toEqual(expected);
});

describe("a listener that fails", () => {
  const no = new RangeError("no");

  test("at once closes the connection, and is told", () => {
    const socket = new PlayedSocket("v4.channel.k8s.io");
    const faults: unknown[] = [];
    channelsOf(socket, fault => faults.push(fault)).listen({
      ...nothing,
      bytes() {
        throw no;
      },
    });
    socket.emit("message", Buffer.from("0a"));
    expect([socket.closedWith, faults]).toEqual([1002, [no]]);
  });

  test("later does so, too", async () => {
    const socket = new PlayedSocket("v4.channel.k8s.io");
    const faults: unknown[] = [];
    channelsOf(socket, fault => faults.push(fault)).listen({ ...nothing, bytes: () => Promise.reject(no) });
    socket.emit("message", Buffer.from("0a"));
    expect(socket.isPaused).toBe(true);
    await Promise.resolve();
    await Promise.resolve();
    expect([socket.closedWith, socket.isPaused, faults]).toEqual([1002, false, [no]]);
  });
});

test("a command takes any messages, of any protocol", () => {
  const message = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.string({ maxLength: 20 }));
  fc.assert(
    fc.property(fc.constantFrom("", ...channelProtocols), fc.array(message), (protocol, messages) => {
      const socket = new PlayedSocket(protocol);
      const sizes: number[] = [];
      new ChannelCommand(channelsOf(socket)).listen({
        stdin: () => Promise.resolve(),
        endOfStdin: () => {},
        resize: (columns, rows) => sizes.push(columns, rows),
        gone: () => {},
      });
      for (const each of messages) socket.emit("message", Buffer.from(each));
      expect(sizes.every(Number.isInteger)).toBe(true);
    }),
  );
});
