/** `log`: what is asked for in the query, and bytes as they are printed. */
import { ApiError } from "../../errors/index.ts";
import type { Clock } from "../../outside/index.ts";
import { beginStream, type HttpResponse, isOver, sendPart } from "../answer.ts";
import { isTrue, wholeNumber } from "../query.ts";
import { methodNotAllowed } from "../status.ts";
import type { ConnectHandler, ConnectParts } from "./connect-handler.ts";

export function logHandler({ api, clock }: ConnectParts): ConnectHandler {
  return {
    async answer({ caller, target, query }, { method }, response) {
      if (method !== "GET" && method !== "HEAD") throw methodNotAllowed();
      const options = { ...logOptionsOf(query, clock.now()), signal: untilClosed(response) };
      const limit = wholeNumber(query, "limitBytes");
      const bytes = await api.connect(caller, { ...target, subresource: "log" }, options);
      beginStream(response, "text/plain");
      await sendStream(response, bytes, clock, limit);
    },
  };
}

/** As the agent of a node takes them. Throws BadRequest or Invalid. */
function logOptionsOf(query: URLSearchParams, now: number): Readonly<Record<string, unknown>> {
  const container = query.get("container");
  const tailLines = wholeNumber(query, "tailLines");
  const sinceSeconds = wholeNumber(query, "sinceSeconds");
  const sinceTime = query.get("sinceTime");
  const sinceMs = sinceTime ? Date.parse(sinceTime) : sinceSeconds && now - sinceSeconds * 1_000;
  if (Number.isNaN(sinceMs)) throw new ApiError("BadRequest", `parsing time ${JSON.stringify(sinceTime)}`);
  return {
    ...(container && { container }),
    ...(tailLines !== undefined && { tailLines }),
    ...(sinceMs !== undefined && { sinceMs }),
    ...(isTrue(query, "follow") && { follow: true }),
    ...(isTrue(query, "previous") && { previous: true }),
    ...(isTrue(query, "timestamps") && { timestamps: true }),
  };
}

/** Aborts when the client has left, or has everything: a log that is followed and says nothing more would be read for ever. */
export function untilClosed(response: HttpResponse): AbortSignal {
  const left = new AbortController();
  if (isOver(response)) left.abort();
  else response.once("close", () => left.abort());
  return left.signal;
}

/** Sends what comes, as fast as the client takes it, at most `limit` bytes. */
async function sendStream(
  response: HttpResponse,
  bytes: AsyncIterable<Uint8Array>,
  clock: Clock,
  limit = Number.POSITIVE_INFINITY,
): Promise<void> {
  let left = limit;
  for await (const piece of bytes) {
    if (isOver(response)) return;
    const part = piece.subarray(0, left);
    left -= part.length;
    await sendPart(response, part, clock);
    if (left <= 0) break;
  }
  response.end();
}
