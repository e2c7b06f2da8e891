/** The answer of an endpoint, in whichever HTTP it came. */
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from "node:http2";
import type { Readable } from "node:stream";
import { answerHeaders } from "./headers.ts";

export interface Answer {
  readonly status: number;
  readonly message: string | undefined;
  /** Names and values in turn, without those of the connection to the endpoint. */
  readonly headers: string[];
  readonly body: Readable;
  /** Neither a body nor trailers come, and HTTP/2 has said so. */
  readonly isAll: boolean;
  /** Known when the body has ended. */
  readonly trailers: () => OutgoingHttpHeaders | undefined;
}

export function answerOf(incoming: IncomingMessage): Answer {
  return {
    status: incoming.statusCode ?? 502,
    message: incoming.statusMessage,
    headers: answerHeaders(incoming),
    body: incoming,
    isAll: false,
    trailers: () => (incoming.rawTrailers.length > 0 ? incoming.trailers : undefined),
  };
}

export function http2AnswerOf(
  stream: ClientHttp2Stream,
  head: IncomingHttpHeaders & IncomingHttpStatusHeader,
  flags: number,
): Answer {
  let trailers: OutgoingHttpHeaders | undefined;
  stream.once("trailers", (given: IncomingHttpHeaders) => {
    trailers = { ...given };
  });
  const headers = Object.entries(head).flatMap(([name, value]) =>
    name.startsWith(":") ? [] : [value ?? ""].flat().flatMap(each => [name, String(each)]),
  );
  return {
    status: head[":status"] ?? 502,
    message: undefined,
    headers,
    body: stream,
    isAll: (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0,
    trailers: () => trailers,
  };
}
