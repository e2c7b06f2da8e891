/**
 * How a server that closes asks the clients of its idle connections to close them: a connection that its client closes loses no request,
 * while one that its server closes may have one under way. The server says how much it has received and sent; a client that has sent no
 * more, and has read all of it, closes the connection. A client that is to be led elsewhere asks for that itself. It goes from thread to thread, beside the connections: what runs in a child process does not hear of it.
 */
import type { Socket } from "node:net";
import { BroadcastChannel } from "node:worker_threads";
import { onceClosed } from "./closed.ts";

interface Farewell {
  /** The client's end of the connection. */
  readonly address: string;
  readonly port: number;
  /** What the server has received and sent, in bytes. */
  readonly received: number;
  readonly sent: number;
}

/** A client asks to be told when it may close these connections. */
interface Question {
  readonly asks: string;
  readonly ports: readonly number[];
}

/** So often, at most, and so many milliseconds apart. */
const mostAsked = 40;
const askMs = 50;

/** A socket of a client, with what Node notes there: the request of HTTP that it is used for, which may not have been sent yet. */
interface ClientSocket extends Socket {
  readonly _httpMessage?: unknown;
}

export class Farewells {
  readonly #address: string;
  readonly #name: string;
  readonly #sockets = new Map<number, ClientSocket>();
  #asked: ((address: string, port: number) => void) | undefined;
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
    onceClosed(socket, () => {
      if (this.#sockets.get(port) === socket) this.#sockets.delete(port);
    });
  }

  /** As a server: asks the client of an idle connection to close it. */
  say({ remoteAddress = "", remotePort: port = 0, bytesRead: received, bytesWritten: sent }: Socket): void {
    const address = remoteAddress.replace(/^::ffff:/, "");
    this.#open().postMessage({ address, port, received, sent } satisfies Farewell);
  }

  /** As a client: these connections are to end as soon as no request is under way on them. */
  ask(ports: readonly number[], tries = 0): void {
    const left = ports.filter(port => this.#sockets.has(port));
    if (left.length === 0 || tries === mostAsked) return;
    this.#open().postMessage({ asks: this.#address, ports: left } satisfies Question);
    setTimeout(() => this.ask(left, tries + 1), askMs).unref();
  }

  /** As a server: `asked` is told which clients want to leave. */
  serve(asked: (address: string, port: number) => void): void {
    this.#asked = asked;
    this.#open();
  }

  #open(): BroadcastChannel {
    if (this.#channel) return this.#channel;
    const channel = new BroadcastChannel(this.#name);
    channel.onmessage = event => this.#take((event as MessageEvent).data as Farewell | Question);
    channel.unref();
    this.#channel = channel;
    return channel;
  }

  #take(told: Farewell | Question): void {
    if (!("asks" in told)) this.#heard(told);
    else for (const port of told.ports) this.#asked?.(told.asks, port);
  }

  #heard({ address, port, received, sent }: Farewell): void {
    const socket = address === this.#address ? this.#sockets.get(port) : undefined;
    if (!socket || socket._httpMessage) return;
    const hasSentNothing = socket.bytesWritten === received;
    const hasReadAll = socket.bytesRead === sent && socket.readableLength === 0;
    if (hasSentNothing && hasReadAll) socket.destroy();
  }
}
