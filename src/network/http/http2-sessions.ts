/** Connections to endpoints that speak HTTP/2 without TLS (h2c), one for each: all requests for it go over that. */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { Duplex } from "node:stream";
import type { FoundEndpoint } from "../../messages/index.ts";
import { hasBody, requestTrailers } from "./headers.ts";
import { endpointName } from "./no-answer.ts";
import type { ProxiedRequest } from "./proxied.ts";

/** So long a connection stays without a request, in milliseconds. */
const idleMs = 60_000;

export class Http2Sessions {
  readonly #dial: (endpoint: FoundEndpoint) => Promise<Duplex>;
  readonly #open = new Map<string, Promise<ClientHttp2Session>>();

  constructor(dial: (endpoint: FoundEndpoint) => Promise<Duplex>) {
    this.#dial = dial;
  }

  /** Rejects where the endpoint cannot be reached. */
  of(endpoint: FoundEndpoint): Promise<ClientHttp2Session> {
    const name = endpointName(endpoint);
    const known = this.#open.get(name);
    if (known) return known;
    const forget = () => {
      if (this.#open.get(name) === opening) this.#open.delete(name);
    };
    const opening = this.#dial(endpoint).then(socket => sessionOver(socket, forget));
    this.#open.set(name, opening);
    opening.catch(forget);
    return opening;
  }

  close(): void {
    for (const opening of this.#open.values())
      opening.then(
        session => session.destroy(),
        () => {},
      );
    this.#open.clear();
  }
}

/** @param forget called as soon as no request may be begun there any more */
function sessionOver(socket: Duplex, forget: () => void): ClientHttp2Session {
  const session = connect("http://endpoint", { createConnection: () => socket });
  session.once("goaway", forget);
  session.once("close", forget);
  // Each request that is under way hears of it.
  session.on("error", forget);
  session.setTimeout(idleMs, () => {
    forget();
    session.close();
  });
  return session;
}

/**
 * Begins a request. Throws where the connection takes no more.
 * @param headers names and values in turn, as HTTP/1.1 has them
 */
export function requestOver(
  session: ClientHttp2Session,
  path: string,
  request: ProxiedRequest,
  headers: readonly string[],
): ClientHttp2Stream {
  const all: OutgoingHttpHeaders = { ":method": request.method ?? "GET", ":path": path, ":scheme": "http" };
  for (let i = 0; i < headers.length; i += 2) {
    const given = (headers[i] ?? "").toLowerCase();
    if (given === "transfer-encoding") continue;
    const [name, value] = [given === "host" ? ":authority" : given, headers[i + 1] ?? ""];
    const before = all[name];
    all[name] = before === undefined ? value : [before, value].flat().map(String);
  }
  // Without it, servers of gRPC take the client for one that cannot hear how a call went.
  if (/\btrailers\b/i.test(String(request.headers.te ?? ""))) all.te = "trailers";
  const withBody = hasBody(request);
  const stream = session.request(all, { endStream: !withBody, waitForTrailers: withBody });
  stream.once("wantTrailers", () => stream.sendTrailers(requestTrailers(request) ?? {}));
  return stream;
}
