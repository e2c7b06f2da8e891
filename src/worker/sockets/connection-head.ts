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

/** Each client writes the first bytes as soon as it is connected. */
const mostMs = 10_000;

/**
 * Reads the first bytes of a connection; one that begins otherwise, or ends or stays silent before them, is ended, and nobody hears of it.
 */
export function takeHead(socket: Socket, done: (head: ConnectionHead) => void): void {
  const ignore = () => {};
  const end = () => socket.destroy();
  const read = () => {
    const bytes: Buffer | null = socket.read(headLength);
    if (bytes === null) return;
    socket.off("readable", read);
    leave();
    const head = decodeHead(bytes);
    if (!head) {
      end();
      return;
    }
    // After Node has noticed that nobody waits for `readable` any more.
    process.nextTick(() => {
      socket.off("error", ignore);
      if (!socket.destroyed) done(head);
    });
  };
  // What has come while the thread did something else is read first.
  const late = setTimeout(() => setImmediate(() => isWaiting && end()), mostMs).unref();
  let isWaiting = true;
  const leave = () => {
    isWaiting = false;
    clearTimeout(late);
    socket.off("end", end).off("close", leave);
  };
  socket.on("error", ignore);
  // A server that takes half-open connections ends none by itself.
  socket.on("end", end);
  socket.on("close", leave);
  socket.on("readable", read);
}
