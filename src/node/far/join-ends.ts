/**
 * A stream of HTTP/2 and a socket made one connection. A reset of the one is a reset of the other: what was cut must not look as if it had
 * ended.
 */
import type { Http2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { joinStreams } from "../../outside/index.ts";

/** As HTTP/2 says of a CONNECT that its connection was reset (RFC 9113, CONNECT_ERROR). */
const connectError = 10;

/** Resolves when both have ended. Never rejects. */
export async function joinEnds(stream: Duplex, socket: Duplex): Promise<void> {
  const { rstCode } = stream as Partial<Http2Stream>;
  const of = stream as Http2Stream & Duplex;
  const streamCut = () => {
    if ((rstCode !== undefined && of.rstCode !== 0) || !stream.readableEnded) reset(socket);
  };
  const socketCut = () => {
    if (socket.readableEnded) return;
    if (rstCode === undefined) stream.destroy();
    else of.close(connectError);
  };
  stream.once("error", streamCut).once("close", streamCut);
  socket.once("error", socketCut).once("close", socketCut);
  try {
    await joinStreams(socket, stream);
  } catch {
    // One of the two has left: the other one was told above.
  } finally {
    socket.destroy();
    stream.destroy();
  }
}

function reset(socket: Duplex): void {
  if ("resetAndDestroy" in socket) (socket as Socket).resetAndDestroy();
  else socket.destroy();
}
