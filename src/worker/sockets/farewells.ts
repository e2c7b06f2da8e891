/**
 * How a server that closes asks the clients of its idle connections to close them: a connection that its client closes loses no request,
 * while one that its server closes may have one under way. The server says how much it has received and sent; a client that has sent no
 * more, and has read all of it, closes the connection. It goes from thread to thread, beside the connections: what runs in a child process does not hear of it.
 */
import type { Socket } from "node:net";
import { BroadcastChannel } from "node:worker_threads";

interface Farewell {
  /** The client's end of the connection. */
  readonly address: string;
  readonly port: number;
  /** What the server has received and sent, in bytes. */
  readonly received: number;
  readonly sent: number;
}

/** A socket of a client, with what Node notes there: the request of HTTP that it is used for, which may not have been sent yet. */
interface ClientSocket extends Socket {
  readonly _httpMessage?: unknown;
}

export class Farewells {
  readonly #address: string;
  readonly #name: string;
  readonly #sockets = new Map<number, ClientSocket>();
  #channel: BroadcastChannel | undefined;

  /** @param address of the pod @param name of the cluster */
  constructor(address: string, name: string) {
    this.#address = address;
    this.#name = name;
  }

  /** As a client: takes part until the connection is closed. */
  add(socket: Socket, port: number): void {
    this.#open();
    this.#sockets.set(port, socket);
    socket.once("close", () => {
      if (this.#sockets.get(port) === socket) this.#sockets.delete(port);
    });
  }

  /** As a server: asks the client of an idle connection to close it. */
  say({ remoteAddress = "", remotePort: port = 0, bytesRead: received, bytesWritten: sent }: Socket): void {
    const address = remoteAddress.replace(/^::ffff:/, "");
    this.#open().postMessage({ address, port, received, sent } satisfies Farewell);
  }

  #open(): BroadcastChannel {
    if (this.#channel) return this.#channel;
    const channel = new BroadcastChannel(this.#name);
    channel.onmessage = event => this.#heard((event as MessageEvent).data as Farewell);
    channel.unref();
    this.#channel = channel;
    return channel;
  }

  #heard({ address, port, received, sent }: Farewell): void {
    const socket = address === this.#address ? this.#sockets.get(port) : undefined;
    if (!socket || socket._httpMessage) return;
    const hasSentNothing = socket.bytesWritten === received;
    const hasReadAll = socket.bytesRead === sent && socket.readableLength === 0;
    if (hasSentNothing && hasReadAll) socket.destroy();
  }
}
