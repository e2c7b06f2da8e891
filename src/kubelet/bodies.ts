/** The bodies of requests to a node and of what it answers: read whole up to a bound, sent as one text, cut at so many bytes. */
import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import { ApiError } from "../errors/index.ts";

export const json = "application/json";
/** Of a call to a driver. */
const mostBodyBytes = 1024 * 1024;

/** Throws RequestEntityTooLarge. */
export async function bodyOf(request: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of request) {
    length += piece.length;
    if (length > mostBodyBytes) throw new ApiError("RequestEntityTooLarge", "the body is too large");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

export function sendText(
  response: ServerResponse | Http2ServerResponse,
  code: number,
  text: string,
  type: string,
): void {
  response.statusCode = code;
  response.setHeader("Content-Type", type);
  response.end(text);
}

/** At most so many bytes. */
export async function* limited(bytes: AsyncIterable<Uint8Array>, limit = Number.POSITIVE_INFINITY) {
  let left = limit;
  for await (const piece of bytes) {
    yield piece.subarray(0, left);
    left -= piece.length;
    if (left <= 0) return;
  }
}
