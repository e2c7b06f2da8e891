/**
 * The body of a request, read up to a limit. What it says is decode-body.ts's subject.
 */
import type { Readable } from "node:stream";
import { ApiError } from "../errors/index.ts";

/** Kubernetes' own limit. */
const maxBodyBytes = 3 * 1024 * 1024;

/** A body as it came. */
export interface Body {
  readonly bytes: Buffer;
  /** Without parameters, in lower case; JSON where the client does not say. */
  readonly mediaType: string;
}

/** Fails with RequestEntityTooLarge; the rest of a body that is too large is not read. */
export async function readBody(
  request: Readable & { readonly headers: Readonly<Record<string, string | string[] | undefined>> },
): Promise<Body> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > maxBodyBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    length += bytes.length;
    if (length > maxBodyBytes) throw tooLarge();
    chunks.push(bytes);
  }
  const [mediaType = ""] = String(request.headers["content-type"] ?? "").split(";");
  return { bytes: Buffer.concat(chunks), mediaType: mediaType.trim().toLowerCase() || "application/json" };
}

function tooLarge(): ApiError {
  return new ApiError("RequestEntityTooLarge", `Request entity too large: limit is ${maxBodyBytes}`);
}
