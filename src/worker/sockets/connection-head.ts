/**
 * The first bytes of each connection to a port of a pod: who connects, and to which address. A Unix socket tells its server nothing of the
 * client, and programs ask for `socket.remoteAddress`. They are taken off before a program sees the connection (here, for listening.ts and pod-sockets.ts).
 */
import type { Socket } from "node:net";
import { addressNumber, addressText } from "../../messages/index.ts";

export interface ConnectionHead {
  /** The address of the client, in dotted decimals. */
  readonly from: string;
  readonly fromPort: number;
  /** The address of the pod, or 127.0.0.1 where it connects to itself by that. */
  readonly to: string;
}

export const headLength = 12;

/** Two letters that no other client begins with by chance: a connection that begins otherwise is ended. */
const mark = 0x6b34;

export function encodeHead({ from, fromPort, to }: ConnectionHead): Buffer {
  const bytes = Buffer.alloc(headLength);
  bytes.writeUInt16BE(mark, 0);
  bytes.writeUInt32BE(addressNumber(from), 2);
  bytes.writeUInt16BE(fromPort, 6);
  bytes.writeUInt32BE(addressNumber(to), 8);
  return bytes;
}

/** Undefined where the bytes are none. */
export function decodeHead(bytes: Buffer): ConnectionHead | undefined {
  if (bytes.length !== headLength || bytes.readUInt16BE(0) !== mark) return undefined;
  return {
    from: addressText(bytes.readUInt32BE(2)),
    fromPort: bytes.readUInt16BE(6),
    to: addressText(bytes.readUInt32BE(8)),
  };
}

/** Reads the first bytes of a connection; one that begins otherwise is ended, and nobody hears of it. */
export function takeHead(socket: Socket, done: (head: ConnectionHead) => void): void {
  const ignore = () => {};
  const read = () => {
    const bytes: Buffer | null = socket.read(headLength);
    if (bytes === null) return;
    socket.off("readable", read);
    const head = decodeHead(bytes);
    if (!head) {
      socket.destroy();
      return;
    }
    // After Node has noticed that nobody waits for `readable` any more.
    process.nextTick(() => {
      socket.off("error", ignore);
      if (!socket.destroyed) done(head);
    });
  };
  socket.on("error", ignore);
  socket.on("readable", read);
}
