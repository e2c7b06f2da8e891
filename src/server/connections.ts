/**
 * The connections of clients, and which of them are idle: without a request under way. These are ended after a while, with
 * Kubernetes' times (`secure_serving.go`), whether a client has been answered, is in its TLS handshake or has not said a word.
 * Where there are too many, the one that has been idle for longest makes room, so that nobody can keep others out by doing nothing.
 */
import type { Socket } from "node:net";
import type { Clock, Timer } from "../outside/index.ts";

/** Each costs a file of the process, which needs some for itself. */
const usualMost = 4_000;
/** So long a new connection may take until its first request has come, in milliseconds. */
const firstRequestMs = 32_000;
/** So long it stays without a request after one. */
const idleMs = 90_000;

interface Connection {
  readonly socket: Socket;
  /** How many requests are under way. */
  open: number;
  timer: Timer | undefined;
}

/** Where a connection comes from and goes to: the same on its socket and on what is spoken over that. */
type Ends = Pick<Socket, "remoteAddress" | "remotePort" | "localAddress">;

export class Connections {
  readonly #clock: Pick<Clock, "after">;
  readonly #most: number;
  readonly #byEnds = new Map<string, Connection>();
  /** Those that have been idle for longest come first. */
  readonly #idle = new Set<Connection>();

  constructor(clock: Pick<Clock, "after">, most = usualMost) {
    this.#clock = clock;
    this.#most = most;
  }

  /** Takes a new one, for which an idle one may have to go; where none is idle it is ended itself. */
  add(socket: Socket): void {
    if (this.#byEnds.size >= this.#most) {
      const [longest] = this.#idle;
      if (!longest) {
        socket.destroy();
        return;
      }
      this.#end(longest);
    }
    const key = keyOf(socket);
    const connection: Connection = { socket, open: 0, timer: undefined };
    this.#byEnds.set(key, connection);
    socket.once("close", () => {
      this.#wake(connection);
      if (this.#byEnds.get(key) === connection) this.#byEnds.delete(key);
    });
    this.#rest(connection, firstRequestMs);
  }

  /**
   * A request has come over it.
   * @returns is to be called when it is over; never where the connection goes on as something else
   */
  begin(ends: Ends | undefined): () => void {
    const connection = ends && this.#byEnds.get(keyOf(ends));
    if (!connection) return () => {};
    connection.open++;
    this.#wake(connection);
    return () => {
      connection.open--;
      if (connection.open === 0 && !connection.socket.destroyed) this.#rest(connection, idleMs);
    };
  }

  endAll(): void {
    for (const connection of this.#byEnds.values()) this.#end(connection);
  }

  #rest(connection: Connection, ms: number): void {
    this.#idle.add(connection);
    connection.timer = this.#clock.after(ms, () => this.#end(connection));
  }

  #wake(connection: Connection): void {
    connection.timer?.cancel();
    this.#idle.delete(connection);
  }

  #end(connection: Connection): void {
    this.#wake(connection);
    this.#byEnds.delete(keyOf(connection.socket));
    connection.socket.destroy();
  }
}

function keyOf({ remoteAddress, remotePort, localAddress }: Ends): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
