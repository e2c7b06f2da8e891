/** Which headers a proxy passes on, and which it adds (RFC 9110, section 7.6). */
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { plainAddress } from "../policy/index.ts";
import type { ProxiedRequest } from "./proxied.ts";

/** Of one connection only. */
export const connectionHeaders: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/** Said by us alone: what a client says of these it may have made up. And what has been done already. */
const ourHeaders: ReadonlySet<string> = new Set([
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-real-ip",
  "via",
  "expect",
]);

/** Whose request it is: an address. */
export function clientOf({ socket }: ProxiedRequest): string {
  return plainAddress(socket.remoteAddress ?? "");
}

/** All that is no business of the next connection, with what `connection` names as its own. */
function ownOf({ headers }: Pick<IncomingMessage, "headers">): ReadonlySet<string> {
  const { connection } = headers;
  if (!connection || /^(keep-alive|close|upgrade)$/i.test(connection)) return connectionHeaders;
  const named = connection.split(",").map(each => each.trim().toLowerCase());
  return new Set([...connectionHeaders, ...named]);
}

/**
 * The headers of a request as they are sent on: names and values in turn.
 * @param name what this proxy is called in `via`
 */
export function requestHeaders(request: ProxiedRequest, name: string): string[] {
  const { rawHeaders, headers, socket } = request;
  const own = ownOf(request);
  const kept: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const header = rawHeaders[i] ?? "";
    const lower = header.toLowerCase();
    if (!own.has(lower) && !ourHeaders.has(lower)) kept.push(header, rawHeaders[i + 1] ?? "");
  }
  const isSecured = "encrypted" in socket;
  const client = clientOf(request);
  const via = `${request.httpVersion} ${name}`;
  kept.push("X-Forwarded-For", client, "X-Real-IP", client);
  kept.push("X-Forwarded-Host", headers.host ?? "");
  kept.push("X-Forwarded-Port", String(socket.localPort ?? ""));
  kept.push("X-Forwarded-Proto", isSecured ? "https" : "http");
  kept.push("Via", headers.via ? `${headers.via}, ${via}` : via);
  // HTTP/2 has other means to say where a body ends.
  if (headers["content-length"] === undefined && hasBody(request)) kept.push("Transfer-Encoding", "chunked");
  return kept;
}

/** What decides how a message is read, where it goes, or whose it is, may not come behind it (RFC 9110, section 6.5.1). */
const neverTrailers: ReadonlySet<string> = new Set([
  "authorization",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "cookie",
  "host",
  "max-forwards",
]);

/** The trailers of a request whose body has ended, as they are sent on; undefined where there are none. */
export function requestTrailers({ rawTrailers }: ProxiedRequest): OutgoingHttpHeaders | undefined {
  let kept: Record<string, string | string[]> | undefined;
  for (let i = 0; i < rawTrailers.length; i += 2) {
    const name = (rawTrailers[i] ?? "").toLowerCase();
    if (
      name.startsWith(":") ||
      connectionHeaders.has(name) ||
      ourHeaders.has(name) ||
      neverTrailers.has(name)
    )
      continue;
    kept ??= {};
    const value = rawTrailers[i + 1] ?? "";
    kept[name] = kept[name] === undefined ? value : [kept[name], value].flat();
  }
  return kept;
}

/** Those of an answer as they are sent back. */
export function answerHeaders(answer: IncomingMessage): string[] {
  const own = ownOf(answer);
  const kept: string[] = [];
  const { rawHeaders } = answer;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const header = rawHeaders[i] ?? "";
    if (!own.has(header.toLowerCase())) kept.push(header, rawHeaders[i + 1] ?? "");
  }
  return kept;
}

/** Whether the request has come through the proxy of this name before. */
export function hasPassed({ headers }: ProxiedRequest, name: string): boolean {
  return headers.via?.split(",").some(each => each.trim().split(/\s+/)[1] === name) ?? false;
}

export function hasBody(request: ProxiedRequest): boolean {
  if (request.hasBody !== undefined) return request.hasBody;
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && length !== "0");
}
