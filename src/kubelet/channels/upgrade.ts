/**
 * A request that asks for another protocol than HTTP: what it may be, and how SPDY is accepted (web-sockets.ts does it
 * for WebSocket), or nothing is. Upgrades are
 * always of HTTP/1.1.
 */
import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { ApiError } from "../../errors/index.ts";

/** The connection that a request came by, when it asks for an upgrade. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What came behind the request. */
  readonly head: Buffer;
}

function asksForWebSocket({ request }: Upgrade): boolean {
  return /^websocket$/i.test(request.headers.upgrade ?? "");
}

export function asksForSpdy({ request }: Upgrade): boolean {
  return /^spdy\/3\.1$/i.test(request.headers.upgrade ?? "");
}

/** Throws BadRequest for a protocol that carries no streams. */
export function assertStreams(upgrade: Upgrade): void {
  if (!asksForWebSocket(upgrade) && !asksForSpdy(upgrade)) throw upgradeRequired();
}

/** What a request is told that asks for no upgrade, where there is nothing else. */
export async function answerUpgradeRequired(): Promise<never> {
  throw upgradeRequired();
}

function upgradeRequired(): ApiError {
  return new ApiError("BadRequest", "Upgrade request required");
}

/** The subprotocols of a WebSocket, or of SPDY, that the client offers. */
export function offeredProtocols({ request: { headers } }: Upgrade): readonly string[] {
  const offered = headers["sec-websocket-protocol"] ?? headers["x-stream-protocol-version"] ?? "";
  return String(offered)
    .split(",")
    .map(each => each.trim())
    .filter(Boolean);
}

/** Throws Forbidden, as Kubernetes does, where the client offers none of them. */
export function agreedOn<P extends string>(known: readonly P[], upgrade: Upgrade): P {
  const offered = offeredProtocols(upgrade);
  const agreed = known.find(each => offered.includes(each));
  if (agreed !== undefined) return agreed;
  const said = `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(" ")}], server accepts [${known.join(" ")}]`;
  throw new ApiError("Forbidden", said);
}

/** The plain socket, spoken on in SPDY. */
export function acceptSpdy({ socket, head }: Upgrade, protocol: string): Duplex {
  socket.write(
    [
      "HTTP/1.1 101 Switching Protocols",
      "Connection: Upgrade",
      "Upgrade: SPDY/3.1",
      `X-Stream-Protocol-Version: ${protocol}`,
      "\r\n",
    ].join("\r\n"),
  );
  if (head.length > 0) socket.unshift(head);
  return socket;
}

/** Something to answer with as if no upgrade had been asked for. The connection ends with the answer. */
export function plainResponse({ request, socket }: Upgrade): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  response.once("finish", () => {
    response.detachSocket(socket as Socket);
    socket.end();
  });
  socket.once("close", () => response.destroy());
  return response;
}
