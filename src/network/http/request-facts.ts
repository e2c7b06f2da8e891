/** What a request that has come in says of where it is to go, and the answer that sends it elsewhere. */
import { STATUS_CODES } from "node:http";
import { changedHeaders } from "./header-changes.ts";
import { plainHost } from "./host-pattern.ts";
import type { PlannedRequest, RedirectPlan } from "./http-plan.ts";
import type { ProxiedRequest, ProxiedResponse } from "./proxied.ts";
import { type Refusal, refusal } from "./refusal.ts";

/** The URL of a request line that has all of it, as a client of a proxy writes it; its host counts, whatever `Host` says. */
function absoluteUrl({ url = "/" }: ProxiedRequest): URL | undefined {
  return !url.startsWith("/") && URL.canParse(url) ? new URL(url) : undefined;
}

/** The host of such a request line; undefined for any other. */
export function absoluteHost(request: ProxiedRequest): string | undefined {
  return absoluteUrl(request)?.host;
}

export function requestFacts(request: ProxiedRequest): PlannedRequest {
  const { url = "/", method = "GET", headers, socket } = request;
  const absolute = absoluteUrl(request);
  const authority = absolute?.host ?? headers.host ?? "";
  const target = absolute ? `${absolute.pathname}${absolute.search}` : url;
  const mark = target.indexOf("?");
  const port = /:(\d+)$/.exec(authority)?.[1];
  return {
    scheme: "encrypted" in socket ? "https" : "http",
    host: plainHost(authority),
    port: port === undefined ? undefined : Number(port),
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? undefined : target.slice(mark + 1),
    method,
    headers,
  };
}

/** A request with more headers is refused: Node would leave out those beyond its limit, and what decides by them would be deceived. */
export const mostHeaders = 1_000;

/** What two servers in a row could understand differently is refused (RFC 9112, section 3.2). */
export function ambiguity({ rawHeaders }: ProxiedRequest): Refusal | undefined {
  if (rawHeaders.length > 2 * mostHeaders) return refusal(431, `there are more than ${mostHeaders} headers`);
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.toLowerCase() === "host") hosts++;
  return hosts > 1 ? refusal(400, "there is more than one Host") : undefined;
}

export function redirect(
  response: ProxiedResponse,
  { status, location, responseHeaders }: RedirectPlan,
): void {
  const headers = changedHeaders(["Location", location, "Content-Length", "0"], responseHeaders);
  response.writeHead(status, STATUS_CODES[status], headers);
  response.end();
}
