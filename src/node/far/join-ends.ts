/**
 * A stream of HTTP/2 and a socket made one connection. What was cut must not look as if it had ended: a reset of the one is a reset of the
 * other, as far as it can be; a Unix socket has none.
 */
import type { Http2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** As HTTP/2 says of a CONNECT whose connection was reset (RFC 9113, CONNECT_ERROR). */
const connectError = 10;

/** Of a client or of a server. */
export type FarStream = Duplex & Pick<Http2Stream, "rstCode" | "close">;

/** Resolves when both have ended; either may end its half and go on reading. Never rejects. */
export function joinEnds(stream: FarStream, socket: Duplex): Promise<void> {
  return new Promise(resolve => {
    // HTTP/2 ends what is read of a stream that is cut, too: only its code tells.
    const isCut = () => stream.rstCode !== 0;
    const over = () => {
      if (stream.destroyed && socket.destroyed) resolve();
    };
    stream.on("error", () => {});
    socket.on("error", () => {});
    stream.once("end", () => (isCut() ? reset(socket) : socket.end()));
    socket.once("end", () => stream.end());
    stream.once("close", () => {
      if (isCut() || !stream.readableEnded) reset(socket);
      over();
    });
    socket.once("close", () => {
      if (!socket.readableEnded || !socket.writableFinished) cut(stream);
      over();
    });
    if (stream.destroyed) reset(socket);
    if (socket.destroyed) cut(stream);
    if (stream.destroyed || socket.destroyed) {
      resolve();
      return;
    }
    stream.pipe(socket, { end: false });
    socket.pipe(stream, { end: false });
  });
}

function cut(stream: FarStream): void {
  stream.close(connectError);
}

function reset(socket: Duplex): void {
  // Only TCP has addresses, and resets.
  const { remoteAddress } = socket as Partial<Socket>;
  if (remoteAddress === undefined) socket.destroy();
  else (socket as Socket).resetAndDestroy();
}
