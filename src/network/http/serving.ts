/**
 * The servers behind a port where HTTP is proxied: HTTP/1.1, and HTTP/2 for clients that have agreed on it or begin with it. What is done with a
 * request is said by whoever has the port: an entrance, or a Service with routes.
 */
import { createServer, type IncomingMessage, type Server, type ServerOptions } from "node:http";
import { createServer as createHttp2Server, type Http2Server } from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { hasBody } from "./headers.ts";
import { Http2Request, Http2Response } from "./http2.ts";
import type { ProxiedRequest, ProxiedResponse } from "./proxied.ts";
import { refuse } from "./refusal.ts";
import { mostHeaders } from "./request-facts.ts";

export interface ServingParts {
  readonly answer: (request: ProxiedRequest, response: ProxiedResponse) => Promise<void>;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;
  readonly onFault: (fault: unknown) => void;
  /** So long the headers of a request may take, in milliseconds. */
  readonly headersMs: number;
}

/** Node 24.9 and later ask whether a request is to be upgraded; before, each that offers it is, and what was read of it is put back. */
interface Upgrading {
  readonly shouldUpgradeCallback: (request: IncomingMessage) => boolean;
}

/** So long a connection stays without a request after one, as with nginx. */
const idleMs = 75_000;
/** So many requests may be under way on one connection of HTTP/2, as with nginx. */
const mostStreams = 128;
/** What a client of HTTP/2 begins with. */
const preface = "PRI * HTTP/2.0";

export class HttpServing {
  readonly #parts: ServingParts;
  readonly #http1: Server;
  #http2: Http2Server | undefined;

  constructor(parts: ServingParts) {
    this.#parts = parts;
    const { headersMs, onFault } = parts;
    const options: ServerOptions & Upgrading = {
      connectionsCheckingInterval: Math.min(headersMs, 30_000),
      shouldUpgradeCallback: isMeant,
    };
    const server = createServer(options);
    // A large body may take its time, headers may not: who sends them one by one for ever would hold a connection for ever.
    server.requestTimeout = 0;
    server.headersTimeout = headersMs;
    server.keepAliveTimeout = idleMs;
    server.maxHeadersCount = mostHeaders + 1;
    // It never listens itself, and from then on Node looks for connections that are too slow.
    server.emit("listening");
    server.on("request", (request, response) => this.#answer(request, response));
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (isMeant(request)) {
        socket.on("error", () => socket.destroy());
        parts.upgrade(request, socket, head).catch(fault => {
          onFault(fault);
          socket.destroy();
        });
      } else {
        socket.unshift(Buffer.concat([plainHead(request), head]));
        server.emit("connection", socket);
      }
    });
    this.#http1 = server;
  }

  /** @param first what has come already, and still is to be read */
  take(socket: Socket, first: Buffer): void {
    const isHttp2 = first.toString("latin1", 0, preface.length) === preface;
    this.takeAs(isHttp2 ? "h2" : "http/1.1", socket);
  }

  /** @param protocol by its name in ALPN */
  takeAs(protocol: "h2" | "http/1.1", socket: Duplex): void {
    if (protocol === "http/1.1") this.#http1.emit("connection", socket);
    else {
      // Sockets here may be half-open, and Node's sessions end with a socket that is closed: nobody reads answers in HTTP/2 who has hung up.
      socket.once("end", () => socket.destroy());
      this.#http2Server().emit("connection", socket);
    }
  }

  /** Connections that are open are left to whoever has the port. */
  close(): void {
    this.#http1.close();
  }

  /** Made for the first client that wants it. */
  #http2Server(): Http2Server {
    if (this.#http2) return this.#http2;
    const server = createHttp2Server({
      Http2ServerRequest: Http2Request,
      settings: { maxConcurrentStreams: mostStreams },
      maxHeaderListPairs: mostHeaders,
    });
    server.on("session", session => session.setTimeout(idleMs, () => session.close()));
    // A client that breaks the rules has lost its connection by then.
    server.on("sessionError", () => {});
    server.on("request", (request, response) => this.#answer(request, new Http2Response(response)));
    this.#http2 = server;
    return server;
  }

  #answer(request: ProxiedRequest, response: ProxiedResponse): void {
    this.#parts.answer(request, response).catch(fault => {
      this.#parts.onFault(fault);
      refuse(response, 502, "the proxy has failed");
    });
  }
}

/** HTTP/2 is offered by many clients and not taken; and nobody upgrades with a body, which a server that ignores the offer reads. */
function isMeant(request: IncomingMessage): boolean {
  return !hasBody(request) && request.headers.upgrade?.toLowerCase() !== "h2c";
}

/** The head of the request without the offer to upgrade. */
function plainHead({ method, url, httpVersion, rawHeaders, headers }: IncomingMessage): Buffer {
  const connection = (headers.connection ?? "")
    .split(",")
    .map(each => each.trim())
    .filter(each => each !== "" && !offers.has(each.toLowerCase()));
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    if (!offers.has(name.toLowerCase()) && name.toLowerCase() !== "connection")
      lines.push(`${name}: ${rawHeaders[i + 1]}`);
  }
  if (connection.length > 0) lines.push(`Connection: ${connection.join(", ")}`);
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

const offers: ReadonlySet<string> = new Set(["upgrade", "http2-settings"]);
