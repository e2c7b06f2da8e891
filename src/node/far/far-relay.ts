/**
 * Leads connections of programs of this process to pods far away. A program's thread asks for one (the call `reach`), and is told when it
 * stands, or how it failed; then it connects here and says which is meant. By TCP and not a Unix socket, because the end of a
 * connection that is cut has to look so: only TCP can say that it was reset.
 */
import { randomBytes } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { addressText, type ReachedPod } from "../../messages/index.ts";
import type { Clock, Timer } from "../../outside/index.ts";
import { takeHead } from "../../worker/index.ts";
import type { FarNodes } from "./far-nodes.ts";
import { type FarStream, joinEnds } from "./join-ends.ts";

export interface FarRelayParts {
  readonly nodes: Pick<FarNodes, "at">;
  readonly clock: Pick<Clock, "after">;
}

interface Waiting {
  readonly stream: FarStream;
  readonly timer: Timer;
}

/** So long a connection waits for the thread that has asked for it, in milliseconds. */
const mostMs = 10_000;

export class FarRelay {
  readonly #parts: FarRelayParts;
  /** By what the thread says. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #open = new Set<Socket>();
  #server: Promise<Server> | undefined;

  constructor(parts: FarRelayParts) {
    this.#parts = parts;
  }

  /** Undefined where no pod far away has that address. Never rejects: how it failed is told as Node's connect has it. */
  async reach(
    address: string,
    port: number,
    from: { readonly address: string; readonly port: number },
  ): Promise<ReachedPod | undefined> {
    const node = this.#parts.nodes.at(address);
    if (!node) return undefined;
    let stream: FarStream;
    try {
      stream = await node.dialAddress(address, port, { from: from.address, fromPort: from.port });
    } catch (error) {
      return { failed: (error as NodeJS.ErrnoException).code ?? "EHOSTUNREACH" };
    }
    try {
      const server = await this.#listening();
      const { port: ours } = server.address() as { readonly port: number };
      // Not of the cluster's own chance, which a seed makes known.
      const part = () => addressText(randomBytes(4).readUInt32BE());
      const [one, other] = [part(), part()];
      const timer = this.#parts.clock.after(mostMs, () => {
        this.#waiting.delete(`${one} ${other}`);
        stream.destroy();
      });
      this.#waiting.set(`${one} ${other}`, { stream, timer });
      return { port: ours, pass: [one, other] };
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    for (const { stream, timer } of this.#waiting.values()) {
      timer.cancel();
      stream.destroy();
    }
    this.#waiting.clear();
    for (const socket of this.#open) socket.destroy();
    const server = await this.#server;
    if (server) await new Promise<void>(resolve => server.close(() => resolve()));
  }

  #listening(): Promise<Server> {
    this.#server ??= new Promise((resolve, reject) => {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
        this.#open.add(socket);
        socket.once("close", () => this.#open.delete(socket));
        takeHead(socket, ({ from, to }) => void this.#join(socket, `${from} ${to}`));
      });
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => resolve(server));
      server.unref();
    });
    return this.#server;
  }

  async #join(socket: Socket, pass: string): Promise<void> {
    const waiting = this.#waiting.get(pass);
    this.#waiting.delete(pass);
    waiting?.timer.cancel();
    if (!waiting) {
      socket.destroy();
      return;
    }
    await joinEnds(waiting.stream, socket);
  }
}
