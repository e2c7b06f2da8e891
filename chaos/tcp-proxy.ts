/**
 * A proxy of TCP that can be broken in the ways in which networks break: connections are refused, cut, or say nothing; bytes come late; one
 * direction has ended and the other not. It never makes up or leaves out bytes of a connection that goes on.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/**
 * - `refuse`: connections are cut, and nobody listens any more
 * - `cut`: connections are cut, and new ones as soon as they are made
 * - `hang`: nothing comes through, and nobody is told; what was on its way comes when it is mended
 * - `delay`: each piece comes a while later
 * - `half-close`: the server's direction has ended; what the client says is heard
 */
export const failures = ["refuse", "cut", "hang", "delay", "half-close"] as const;
export type Failure = (typeof failures)[number];

const delayMs = 400;

export class TcpProxy {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #pairs = new Set<Pair>();
  #server: Server;
  #failure: Failure | undefined;
  readonly port: number;

  private constructor(target: { readonly host: string; readonly port: number }, server: Server) {
    this.#target = target;
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.#serve(server);
  }

  static async listen(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TcpProxy(target, server);
  }

  break(how: Failure): void {
    if (this.#failure === "refuse") this.#listen();
    this.#failure = how;
    if (how === "refuse") this.#server.close();
    for (const pair of this.#pairs) pair.break(how);
  }

  mend(): void {
    if (this.#failure === "refuse") this.#listen();
    this.#failure = undefined;
    for (const pair of this.#pairs) pair.mend();
  }

  close(): void {
    this.#server.close();
    for (const pair of this.#pairs) pair.break("cut");
  }

  #listen(): void {
    const options = { allowHalfOpen: true };
    this.#server = createServer(options).listen(this.port, "127.0.0.1");
    this.#serve(this.#server);
  }

  #serve(server: Server): void {
    server.on("connection", client => {
      const pair = new Pair(client, this.#target, () => this.#pairs.delete(pair));
      this.#pairs.add(pair);
      if (this.#failure) pair.break(this.#failure);
    });
  }
}

/** A connection and its other half. */
class Pair {
  readonly #client: Socket;
  readonly #server: Socket;
  #delays = false;
  #hangs = false;
  #waiting: (() => void)[] = [];

  constructor(client: Socket, target: { readonly host: string; readonly port: number }, gone: () => void) {
    this.#client = client;
    this.#server = connect({ ...target, allowHalfOpen: true });
    this.#pass(client, this.#server);
    this.#pass(this.#server, client);
    client.once("close", gone);
  }

  break(how: Failure): void {
    if (how === "refuse" || how === "cut") this.#client.resetAndDestroy();
    if (how === "half-close") this.#client.end();
    this.#delays = how === "delay";
    this.#hangs = how === "hang";
    if (!this.#hangs) this.#goOn();
  }

  mend(): void {
    this.#delays = false;
    this.#hangs = false;
    this.#goOn();
  }

  #goOn(): void {
    for (const act of this.#waiting.splice(0)) act();
  }

  /** Whatever happens on the one side happens on the other, in the same order, now or later. */
  #pass(from: Socket, to: Socket): void {
    let last = Promise.resolve();
    const then = (act: () => void) => {
      last = last.then(async () => {
        if (this.#delays) await new Promise(resolve => setTimeout(resolve, delayMs));
        while (this.#hangs) await new Promise<void>(resolve => this.#waiting.push(resolve));
        if (!to.destroyed) act();
      });
    };
    from.setNoDelay(true);
    from.on("data", piece => {
      from.pause();
      then(() => {
        if (to.writable) to.write(piece);
        from.resume();
      });
    });
    from.on("end", () => then(() => to.end()));
    from.on("error", () => then(() => to.resetAndDestroy()));
    from.on("close", isBroken => {
      if (isBroken) then(() => to.resetAndDestroy());
    });
  }
}
