/**
 * The socket of the API server: HTTP/1.1 and HTTP/2 on one port where it is encrypted, HTTP/1.1 where it is not.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { ApiError, messageOf } from "../errors/index.ts";
import { realClock } from "../outside/index.ts";
import type { HttpRequest, HttpResponse } from "./answer.ts";
import { Connections } from "./connections.ts";
import { WritesUnderWay } from "./writes-under-way.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A certificate with its key, PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** Who signs the certificates that clients may show. */
  readonly ca?: string;
}

export interface Handler {
  handle(request: HttpRequest, response: HttpResponse): Promise<void>;
  /** A request of HTTP/1.1 that asks for another protocol; `head` is what came behind it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
}

export class Listener {
  readonly #server: Server | Http2SecureServer;
  /** Whatever is spoken over them: what goes on over HTTP/1.1, as a watch does, is ended by nothing else. */
  readonly #connections: Connections;
  readonly #writes = new WritesUnderWay(realClock);

  private constructor(server: Server | Http2SecureServer, connections: Connections) {
    this.#server = server;
    this.#connections = connections;
  }

  /**
   * Resolves when it listens. Fails with BadRequest where it cannot: the port is taken, the address is not this machine's.
   * @param connections by the wall clock, as clients are, whatever the time in the cluster is
   */
  static async open(
    { host, port }: Address,
    handler: Handler,
    certificate?: Certificate,
    connections = new Connections(realClock),
  ): Promise<Listener> {
    const handle = (request: HttpRequest, response: HttpResponse) => {
      response.once("close", connections.begin(socketOf(request)));
      listener.#writes.follow(request, response);
      void handler.handle(request, response);
    };
    const server: Server | Http2SecureServer = certificate
      ? createSecureServer(
          { ...certificate, allowHTTP1: true, requestCert: true, rejectUnauthorized: false, settings },
          handle,
        )
      : createServer(handle);
    const listener: Listener = new Listener(server, connections);
    server.on("connection", (socket: Socket) => {
      // Whoever has gone without a word is found out.
      socket.setKeepAlive(true, silentMs).setNoDelay(true);
      connections.add(socket);
    });
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on("error", () => socket.destroy());
      connections.begin(request.socket);
      void handler.upgrade(request, socket, head);
    });
    server.listen(port, host);
    try {
      await once(server, "listening");
    } catch (cause) {
      throw cannotListen({ host, port }, cause);
    }
    return listener;
  }

  /** Where it listens; the port that the system chose, where 0 was asked for. */
  get address(): Address {
    const { address, port } = this.#server.address() as AddressInfo;
    return { host: address, port };
  }

  /** Shows this certificate to connections that come from now on. Only where one was shown before. */
  show(certificate: Certificate): void {
    if ("setSecureContext" in this.#server) this.#server.setSecureContext(certificate);
  }

  /** Answers the writes that are under way, and ends every connection. Resolves when the port is free. */
  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    await this.#writes.end();
    this.#connections.endAll();
    await closed;
  }
}

/** So long a connection may be silent until the system asks whether its other end is there, in milliseconds. */
const silentMs = 30_000;

/** Fewer starve informers, which watch every kind over one connection. */
const settings = { maxConcurrentStreams: 1_000 };

function socketOf(request: HttpRequest) {
  return "stream" in request ? request.stream.session?.socket : request.socket;
}

function cannotListen({ host, port }: Address, cause: unknown): ApiError {
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  const why = reasons.get(code) ?? messageOf(cause);
  return new ApiError("BadRequest", `cannot listen on ${host}:${port}: ${why}`, {}, { cause });
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "the port is in use; choose another one, or 0 for any that is free"],
  ["EADDRNOTAVAIL", "this machine does not have that address"],
  ["EACCES", "this user may not listen on that port; those from 1024 on are free for all"],
  ["ENOTFOUND", "there is no such host"],
]);
