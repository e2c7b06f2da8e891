/**
 * Requests and answers of HTTP/2 as those of HTTP/1.1 are, so that everything behind an entrance handles both alike: the host is a header,
 * the fields of HTTP/2's own are none, and headers are written as names and values in turn.
 */
import { EventEmitter } from "node:events";
import {
  constants,
  Http2ServerRequest,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { ReadableOptions } from "node:stream";
import { connectionHeaders } from "./headers.ts";
import type { ProxiedResponse } from "./proxied.ts";

export class Http2Request extends Http2ServerRequest {
  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    options: ReadableOptions,
    rawHeaders: readonly string[],
  ) {
    const host = headers[":authority"] ?? headers.host ?? "";
    super(stream, { ...headers, host }, options, plainHeaders(host, headers.cookie, rawHeaders));
  }

  get hasBody(): boolean {
    return !this.stream.endAfterHeaders;
  }
}

/** Clients may send a cookie in crumbs, each a header of its own; HTTP/1.1 knows only one. */
function plainHeaders(host: string, cookie: string | undefined, raw: readonly string[]): string[] {
  const kept = ["Host", host];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? "";
    if (!name.startsWith(":") && name !== "host" && name !== "cookie") kept.push(name, raw[i + 1] ?? "");
  }
  if (cookie !== undefined) kept.push("Cookie", cookie);
  return kept;
}

export class Http2Response extends EventEmitter implements ProxiedResponse {
  readonly #response: Http2ServerResponse;
  closed: boolean;

  constructor(response: Http2ServerResponse) {
    super();
    this.#response = response;
    this.closed = response.stream.destroyed;
    response.once("close", () => {
      this.closed = true;
      this.emit("close");
    });
    response.on("drain", () => this.emit("drain"));
  }

  get headersSent(): boolean {
    return this.#response.headersSent;
  }

  get shouldKeepAlive(): boolean {
    return this.#response.stream.session?.closed === false;
  }

  set shouldKeepAlive(isKept: boolean) {
    // What is under way is answered.
    if (!isKept) this.#response.stream.session?.close();
  }

  writeHead(status: number, _message: string | undefined, headers: readonly string[], isAll = false): void {
    const values = new Map<string, string[]>();
    for (let i = 0; i < headers.length; i += 2) {
      const name = (headers[i] ?? "").toLowerCase();
      if (!connectionHeaders.has(name)) values.set(name, [...(values.get(name) ?? []), headers[i + 1] ?? ""]);
    }
    for (const [name, all] of values) this.#response.setHeader(name, all.length > 1 ? all : (all[0] ?? ""));
    this.#response.statusCode = status;
    if (isAll) this.#response.end();
    else this.#response.writeHead(status);
  }

  write(chunk: Buffer): boolean {
    return this.#isEnded || this.#response.write(chunk);
  }

  addTrailers(trailers: OutgoingHttpHeaders): void {
    this.#response.addTrailers(trailers);
  }

  end(text?: string): void {
    if (text === undefined || this.#isEnded) this.#response.end();
    else this.#response.end(text);
  }

  /** A stream that is destroyed without a reason ends as one that is complete. */
  destroy(): void {
    this.#response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  /** As to HEAD, and with statuses that have no body. */
  get #isEnded(): boolean {
    return this.#response.stream.writableEnded;
  }
}
