/** `log`: what is asked for in the query, and bytes as they are printed. */
import { ApiError, type Cause } from "../../errors/index.ts";
import type { Clock } from "../../outside/index.ts";
import { forbidden, invalid, invalidValue } from "../../resources/index.ts";
import { beginStream, type HttpResponse, isOver, sendPart } from "../answer.ts";
import { isTrue, wholeNumber } from "../query.ts";
import { methodNotAllowed } from "../status.ts";
import type { ConnectHandler, ConnectParts } from "./connect-handler.ts";

export function logHandler({ api, clock }: ConnectParts): ConnectHandler {
  return {
    async answer({ caller, target, query }, { method }, response) {
      if (method !== "GET" && method !== "HEAD") throw methodNotAllowed();
      const options = { ...logOptionsOf(query, target.name, clock.now()), signal: untilClosed(response) };
      const limit = wholeNumber(query, "limitBytes");
      const bytes = await api.connect(caller, { ...target, subresource: "log" }, options);
      beginStream(response, "text/plain");
      await sendStream(response, bytes, clock, limit);
    },
  };
}

/** As the agent of a node takes them. Throws BadRequest or Invalid, as Kubernetes' ValidatePodLogOptions. */
function logOptionsOf(query: URLSearchParams, name: string, now: number): Readonly<Record<string, unknown>> {
  const container = query.get("container");
  const tailLines = wholeNumber(query, "tailLines");
  const sinceSeconds = wholeNumber(query, "sinceSeconds");
  const sinceTime = query.get("sinceTime");
  if (sinceTime && (!rfc3339.test(sinceTime) || Number.isNaN(Date.parse(sinceTime))))
    throw new ApiError("BadRequest", `parsing time ${JSON.stringify(sinceTime)}`);
  const causes = optionFaults({
    tailLines,
    limitBytes: wholeNumber(query, "limitBytes"),
    sinceSeconds,
    sinceTime,
  });
  if (causes.length > 0) throw invalid({ kind: "PodLogOptions", group: "" }, name, causes);
  const sinceMs = sinceTime ? Date.parse(sinceTime) : sinceSeconds && now - sinceSeconds * 1_000;
  return {
    ...(container && { container }),
    ...(tailLines !== undefined && { tailLines }),
    ...(sinceMs !== undefined && { sinceMs }),
    ...(isTrue(query, "follow") && { follow: true }),
    ...(isTrue(query, "previous") && { previous: true }),
    ...(isTrue(query, "timestamps") && { timestamps: true }),
  };
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

interface NumbersOfLog {
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  readonly sinceSeconds: number | undefined;
  readonly sinceTime: string | null;
}

function optionFaults({ tailLines = 0, limitBytes = 1, sinceSeconds, sinceTime }: NumbersOfLog): Cause[] {
  const positive = (field: string, value: number) =>
    value < 1 ? [invalidValue(field, value, "must be greater than 0")] : [];
  const notNegative = "must be greater than or equal to 0";
  return [
    ...(tailLines < 0 ? [invalidValue("tailLines", tailLines, notNegative)] : []),
    ...positive("limitBytes", limitBytes),
    ...(sinceSeconds !== undefined && sinceTime
      ? [forbidden("[]", "at most one of `sinceTime` or `sinceSeconds` may be specified")]
      : positive("sinceSeconds", sinceSeconds ?? 1)),
  ];
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
