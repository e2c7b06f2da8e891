/**
 * How a server that closes asks the clients of its idle connections to close them: a connection that its client closes loses no request,
 * while one that its server closes may have one under way. The server says how much it has received and sent; a client that has sent no
 * more, and has read all of it, closes the connection. A client that is to be led elsewhere asks for that itself. It goes beside the connections (farewell-lines.ts).
 */
import type { Socket } from "node:net";
import type { FarewellQuestion, ServerFarewell } from "../../messages/index.ts";
import { unmapped } from "../../outside/index.ts";
import { onceClosed } from "./closed.ts";
import type { FarewellLine } from "./farewell-lines.ts";

/** So often, at most, and so many milliseconds apart. */
const mostAsked = 40;
const askMs = 50;

/** A socket of a client, with what Node notes there: the request of HTTP that it is used for, which may not have been sent yet. */
interface ClientSocket extends Socket {
  readonly _httpMessage?: unknown;
}

export class Farewells {
  readonly #address: string;
  readonly #line: FarewellLine;
  readonly #sockets = new Map<number, ClientSocket>();
  #asked: ((address: string, port: number) => void) | undefined;

  /** @param address of the pod */
  constructor(address: string, line: FarewellLine) {
    this.#address = address;
    this.#line = line;
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
    const address = unmapped(remoteAddress);
    this.#open().say({ address, port, received, sent });
  }

  /** As a client: these connections are to end as soon as no request is under way on them. */
  ask(ports: readonly number[], tries = 0): void {
    const left = ports.filter(port => this.#sockets.has(port));
    if (left.length === 0 || tries === mostAsked) return;
    this.#open().say({ asks: this.#address, ports: left });
    setTimeout(() => this.ask(left, tries + 1), askMs).unref();
  }

  /** As a server: `asked` is told which clients want to leave. */
  serve(asked: (address: string, port: number) => void): void {
    this.#asked = asked;
    this.#open();
  }

  #open(): FarewellLine {
    this.#line.open(told => this.#take(told));
    return this.#line;
  }

  /** Programs of other pods can tell anything here. */
  #take(told: Partial<ServerFarewell & FarewellQuestion> | null): void {
    const { asks, ports, address, port } = told ?? {};
    if (typeof asks === "string" && Array.isArray(ports)) for (const each of ports) this.#asked?.(asks, each);
    else if (typeof address === "string" && typeof port === "number") this.#heard(told as ServerFarewell);
  }

  #heard({ address, port, received, sent }: ServerFarewell): void {
    const socket = address === this.#address ? this.#sockets.get(port) : undefined;
    if (!socket || socket._httpMessage) return;
    const hasSentNothing = socket.bytesWritten === received;
    const hasReadAll = socket.bytesRead === sent && socket.readableLength === 0;
    if (hasSentNothing && hasReadAll) socket.destroy();
  }
}
