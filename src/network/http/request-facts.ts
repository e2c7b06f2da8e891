/** What a request that has come in says of where it is to go, and the answer that sends it elsewhere. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { changedHeaders } from "./header-changes.ts";
import { plainHost } from "./host-pattern.ts";
import type { PlannedRequest, RedirectPlan } from "./http-plan.ts";

/** The URL of a request line that has all of it, as a client of a proxy writes it; its host counts, whatever `Host` says. */
function absoluteUrl({ url = "/" }: IncomingMessage): URL | undefined {
  return !url.startsWith("/") && URL.canParse(url) ? new URL(url) : undefined;
}

/** The host of such a request line; undefined for any other. */
export function absoluteHost(request: IncomingMessage): string | undefined {
  return absoluteUrl(request)?.host;
}

export function requestFacts(request: IncomingMessage): PlannedRequest {
  const { url = "/", method = "GET", headers, socket } = request;
  const absolute = absoluteUrl(request);
  const authority = absolute?.host ?? headers.host ?? "";
  const target = absolute ? `${absolute.pathname}${absolute.search}` : url;
  const mark = target.indexOf("?");
  const port = /:(\d+)$/.exec(authority)?.[1];
  return {
    scheme: "encrypted" in socket ? "https" : "http",
    host: plainHost(authority),
    ...(port !== undefined && { port: Number(port) }),
    path: mark < 0 ? target : target.slice(0, mark),
    ...(mark >= 0 && { query: target.slice(mark + 1) }),
    method,
    headers,
  };
}

export function redirect(
  response: ServerResponse,
  { status, location, responseHeaders }: RedirectPlan,
): void {
  const headers = changedHeaders(["Location", location, "Content-Length", "0"], responseHeaders);
  response.writeHead(status, headers).end();
}
