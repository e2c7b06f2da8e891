/**
 * port-forward over the channels of a WebSocket, as `@kubernetes/client-node` has it: one connection for each port in the
 * query, of the i-th port channel 2i for the bytes and 2i+1 for what went wrong. What the server sends first on each channel is
 * the number of its port, in two bytes, the lower one first.
 */
import type { Duplex } from "node:stream";
import { ApiError } from "../../errors/index.ts";
import type { Dial } from "../../node/index.ts";
import type { Channels } from "./channels.ts";
import { forwardingError } from "./forwarding-error.ts";

/** As many as have a channel each. */
const maxPorts = 127;

/** Throws BadRequest for what are no ports. */
export function portsIn(query: URLSearchParams): readonly number[] {
  const ports = query
    .getAll("ports")
    .flatMap(text => text.split(","))
    .map(Number);
  if (ports.length === 0) throw new ApiError("BadRequest", 'query parameter "ports" is required');
  if (ports.length > maxPorts) throw new ApiError("BadRequest", `at most ${maxPorts} ports can be forwarded`);
  const wrong = ports.find(port => !Number.isInteger(port) || port < 1 || port > 65_535);
  if (wrong !== undefined) throw new ApiError("BadRequest", `query parameter "ports" has no port: ${wrong}`);
  return ports;
}

/** Resolves when all of the connections have ended, or the client has gone; then the WebSocket is closed. */
export async function forwardChannels(
  channels: Channels,
  ports: readonly number[],
  dial: Dial,
): Promise<void> {
  const connections = ports.map(port => dial(port));
  const isOpen = new Set<Duplex>();
  let hasLeft = false;
  channels.listen({
    // What is sent before a connection is there waits for it.
    bytes: (channel, bytes) => (channel % 2 === 0 ? writeTo(connections[channel / 2], bytes) : undefined),
    closed: channel => {
      const ended = channel % 2 === 0 ? connections[channel / 2] : undefined;
      ended?.then(
        socket => socket.end(),
        () => {},
      );
    },
    gone: () => {
      hasLeft = true;
      for (const socket of isOpen) socket.destroy();
    },
  });
  await Promise.all(connections.map((connecting, index) => serve(connecting, index)));
  channels.close();

  async function serve(connecting: Promise<Duplex>, index: number): Promise<void> {
    const port = ports[index] ?? 0;
    const number = Uint8Array.of(port & 0xff, port >> 8);
    await Promise.all([channels.send(2 * index, number), channels.send(2 * index + 1, number)]);
    try {
      const socket = await connecting;
      isOpen.add(socket);
      if (hasLeft) socket.destroy();
      for await (const bytes of socket) await channels.send(2 * index, bytes as Buffer);
    } catch (cause) {
      await channels.send(2 * index + 1, Buffer.from(forwardingError(port, cause)));
    }
  }
}

async function writeTo(connecting: Promise<Duplex> | undefined, bytes: Buffer): Promise<void> {
  try {
    const socket = await connecting;
    if (!socket?.writable || socket.write(bytes)) return;
    await new Promise<void>(resolve => {
      socket.once("drain", resolve);
      socket.once("close", resolve);
    });
  } catch {
    // Told on the channel for errors.
  }
}
