/**
 * Accepts WebSockets: with Kubernetes' channels, or as a tunnel for SPDY. Without compression, and with a bound on what one
 * message may hold.
 */
import type { Duplex } from "node:stream";
import { createWebSocketStream, type WebSocket, WebSocketServer } from "ws";
import { ApiError } from "../../errors/index.ts";
import { channelProtocols } from "./channels.ts";
import { offeredProtocols, type Upgrade } from "./upgrade.ts";

/** In bytes; the messages of Kubernetes' clients have 32 KiB. */
const maxPayload = 4 * 1024 * 1024;
const options = { noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload } as const;

/** As port-forward asks for it since Kubernetes 1.31. */
export const tunnelProtocol = "SPDY/3.1+portforward.k8s.io";

export class WebSockets {
  readonly #forChannels = new WebSocketServer({
    ...options,
    handleProtocols: offered => channelProtocols.find(known => offered.has(known)) ?? false,
  });
  readonly #forTunnels = new WebSocketServer(options).on("headers", lines =>
    lines.push(`Sec-WebSocket-Protocol: ${tunnelProtocol}`),
  );

  /** Throws BadRequest where the client offers protocols, and none that is known. */
  acceptChannels(upgrade: Upgrade): Promise<WebSocket> {
    const offered = offeredProtocols(upgrade);
    const isKnown = channelProtocols.some(known => offered.includes(known));
    if (offered.length > 0 && !isKnown)
      throw new ApiError("BadRequest", `none of the protocols ${offered.join(", ")} is known here`);
    return accepted(this.#forChannels, upgrade);
  }

  /** SPDY in the messages of a WebSocket, as a stream of bytes. */
  async acceptTunnel(upgrade: Upgrade): Promise<Duplex> {
    // `/` is no character of a subprotocol, so that `ws` refuses it: it does not see it, and it is put back into the answer.
    delete upgrade.request.headers["sec-websocket-protocol"];
    return createWebSocketStream(await accepted(this.#forTunnels, upgrade));
  }
}

function accepted(server: WebSocketServer, { request, socket, head }: Upgrade): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    // A handshake that is wrong is answered by `ws`, which ends the socket.
    const refused = () => reject(new ApiError("BadRequest", "the WebSocket handshake failed"));
    // A client may be gone before its stream is open.
    if (socket.destroyed) return refused();
    socket.once("close", refused);
    server.handleUpgrade(request, socket, head, webSocket => {
      socket.off("close", refused);
      resolve(webSocket);
    });
  });
}
