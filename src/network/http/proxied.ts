/** What a proxy needs of a request and of the answer to it: Node's objects of HTTP/1.1 have it, those of HTTP/2 with what http2.ts adds. */
import type { EventEmitter } from "node:events";
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";

export interface ProxiedRequest extends Readable {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** Names and values in turn; known when the body has ended. */
  readonly rawTrailers: readonly string[];
  readonly complete: boolean;
  /** Of HTTP/2 alone, where no header says it: whether there is a body. */
  readonly hasBody?: boolean;
  readonly socket: {
    readonly remoteAddress?: string | undefined;
    readonly localPort?: number | undefined;
  };
}

export interface ProxiedResponse extends EventEmitter {
  readonly closed: boolean;
  readonly headersSent: boolean;
  /** False: the client opens another connection for its next request. */
  shouldKeepAlive: boolean;
  /**
   * @param headers names and values in turn
   * @param isAll whether neither a body nor trailers come; of HTTP/2 alone, where some clients see a difference
   */
  writeHead(status: number, message: string | undefined, headers: string[], isAll?: boolean): unknown;
  write(chunk: Buffer): boolean;
  addTrailers(trailers: OutgoingHttpHeaders): void;
  end(text?: string): unknown;
  /** The client sees that the answer is not all. */
  destroy(): unknown;
}
