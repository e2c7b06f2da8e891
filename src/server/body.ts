/**
 * The body of a request, read up to a limit. What it says is decode-body.ts's subject.
 */
import type { Readable } from "node:stream";
import { ApiError } from "../errors/index.ts";
import type { Clock } from "../outside/index.ts";
import type { Held } from "./held-bytes.ts";

/** Kubernetes' own limit. */
const maxBodyBytes = 3 * 1024 * 1024;

/** A body as it came. */
export interface Body {
  readonly bytes: Buffer;
  /** Without parameters, in lower case; JSON where the client does not say. */
  readonly mediaType: string;
}

/** How long a body may take to come, in milliseconds: a request's time in kube-apiserver. */
const maxBodyMs = 60_000;

/** How a body is read. */
export interface BodyReading {
  readonly clock: Clock;
  /** Counts what has been read. */
  readonly held: Held;
}

/**
 * Fails with RequestEntityTooLarge, and does not read the rest; or with Timeout where it does not come to its end.
 */
export async function readBody(
  request: Readable & { readonly headers: Readonly<Record<string, string | string[] | undefined>> },
  { clock, held }: BodyReading,
): Promise<Body> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > maxBodyBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  const tooSlow = () => request.destroy(new ApiError("Timeout", "the body of the request took too long"));
  const timer = clock.after(maxBodyMs, tooSlow);
  try {
    for await (const chunk of request) {
      const bytes = chunk as Buffer;
      length += bytes.length;
      if (length > maxBodyBytes) throw tooLarge();
      held.add(bytes.length);
      chunks.push(bytes);
    }
  } finally {
    timer.cancel();
  }
  const [mediaType = ""] = String(request.headers["content-type"] ?? "").split(";");
  return { bytes: Buffer.concat(chunks), mediaType: mediaType.trim().toLowerCase() || "application/json" };
}

function tooLarge(): ApiError {
  return new ApiError("RequestEntityTooLarge", `Request entity too large: limit is ${maxBodyBytes}`);
}
