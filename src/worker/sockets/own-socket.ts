/**
 * A socket of ours that is connected on behalf of a program's: it leads where the program shall be, and is given to it when it stands
 * (adopt.ts). Who has given up destroys it with the reason.
 */
import net, { type Socket, type TcpNetConnectOpts } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Node's own `connect`. */
export type Connect = (this: Socket, ...args: unknown[]) => Socket;

export interface Opening {
  readonly connect: Connect;
  /** What the program asked for. */
  readonly options: TcpNetConnectOpts;
  readonly signal: AbortSignal;
  /** Called with the socket before it connects. */
  made(socket: Socket): void;
}

/** So often a server may have no room for another connection, each time for so many milliseconds. */
const mostFull = 1_000;
const fullMs = 10;

/** Fails with what Node says of the connection. */
export async function opened(to: object, { connect, options, signal, made }: Opening): Promise<Socket> {
  signal.throwIfAborted();
  const { noDelay, keepAlive, keepAliveInitialDelay, onread } = options;
  const socket = new net.Socket({
    ...{ noDelay, keepAlive, keepAliveInitialDelay, onread },
    allowHalfOpen: true,
  });
  // What comes is for the program to read.
  socket.pause();
  made(socket);
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => resolve(socket));
    connect.call(socket, to);
  });
}

/** A Unix socket refuses at once where TCP would wait for room in the queue of the server. */
export async function openedInTime(path: string, opening: Opening): Promise<Socket> {
  for (let tries = 0; ; tries++) {
    try {
      return await opened({ path }, opening);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN" || tries === mostFull) throw error;
    }
    await pause(fullMs, undefined, { signal: opening.signal });
  }
}

export function written(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, error => (error ? reject(error) : resolve()));
  });
}
