/**
 * Servers that close because their container is told to stop. Node ends what a server has not accepted yet, and idle connections, at once:
 * a client that is just about to use one loses its request. Here a server takes no new connections from that moment on, accepts those
 * that were made before, asks the clients of idle connections to close them (farewells.ts), answers what still comes on these with
 * `Connection: close`, and ends them a little later. A program that closes its server as Node's documentation says loses no request.
 */
import { rmSync } from "node:fs";
import net, { type Server, type Socket } from "node:net";
import { isPodAddress } from "../../messages/index.ts";
import { unmapped } from "../../outside/index.ts";
import { onceClosed } from "./closed.ts";
import type { PodNetwork } from "./pod-network.ts";

/** So often clients are asked to close their idle connections, and so long they may take, in milliseconds; pods, which do, however slow they are. */
const askMs = 50;
const idleMs = 2_000;
const podsIdleMs = 10_000;
/** So long a client may need between finding the socket and connecting to it. */
const acceptMs = 50;

type Call = (this: Server, ...args: unknown[]) => unknown;

/** A server of HTTP, with what its types leave out. */
interface HttpServer {
  closeIdleConnections?: Call;
}

/** Its answer that is under way, which Node notes there. */
interface HttpSocket extends Socket {
  readonly _httpMessage?: HttpAnswer | null;
}

interface HttpAnswer {
  readonly socket?: Socket | null;
  shouldKeepAlive: boolean;
  readonly headersSent: boolean;
}

/** Closes servers of one thread. */
export class Closing {
  readonly #network: () => PodNetwork | undefined;
  readonly #pathOf: (server: Server) => string | undefined;
  readonly #closing = new WeakSet<Server>();
  readonly #sockets = new WeakMap<Server, Set<Socket>>();
  /** How many connections there have been. */
  readonly #accepted = new WeakMap<Server, number>();
  readonly #led = new WeakSet<object>();
  /** All that are open, to servers of HTTP. */
  readonly #open = new Set<HttpSocket>();
  /** Their clients want to go elsewhere. */
  readonly #leaving = new WeakSet<Socket>();

  /** @param pathOf the socket of the pod that a server listens on */
  constructor(network: () => PodNetwork | undefined, pathOf: (server: Server) => string | undefined) {
    this.#network = network;
    this.#pathOf = pathOf;
    const prototype = net.Server.prototype as unknown as { close: Call };
    const { close } = prototype;
    const closing = this;
    prototype.close = Object.defineProperty(
      function (this: Server, ...args: unknown[]) {
        const path = closing.#pathToLeave(this);
        if (path === undefined) return close.apply(this, args);
        if (process.platform !== "win32") rmSync(path, { force: true });
        setTimeout(() => closing.#onceAccepted(this, () => close.apply(this, args)), acceptMs);
        return this;
      },
      "name",
      { value: "close" },
    );
  }

  /** A server is about to listen on a port of the pod. */
  lead(server: Server): void {
    const owner = ownerOf(server, "closeIdleConnections") as HttpServer | undefined;
    const call = owner?.closeIdleConnections;
    if (!owner || !call || this.#led.has(owner)) return;
    this.#led.add(owner);
    const closing = this;
    owner.closeIdleConnections = function (this: Server) {
      if (closing.#pathToLeave(this) === undefined) return call.call(this);
      // Programs call it again and again.
      if (closing.#closing.has(this)) return undefined;
      closing.#closing.add(this);
      for (const socket of closing.#sockets.get(this) ?? []) tellToClose((socket as HttpSocket)._httpMessage);
      closing.#askClients(this);
      const asking = setInterval(() => closing.#askClients(this), askMs);
      let waitedMs = 0;
      const sweeping = setInterval(() => {
        waitedMs += idleMs;
        if (waitedMs >= podsIdleMs || closing.#hasOthers(this)) call.call(this);
      }, idleMs);
      this.once("close", () => {
        clearInterval(asking);
        clearInterval(sweeping);
      });
      return undefined;
    };
  }

  /** A server has a new connection, or one that is encrypted. */
  connected(server: Server, socket: Socket): void {
    const sockets = this.#sockets.get(server) ?? new Set();
    this.#sockets.set(server, sockets.add(socket));
    this.#accepted.set(server, (this.#accepted.get(server) ?? 0) + 1);
    onceClosed(socket, () => sockets.delete(socket));
    if (!ownerOf(server, "closeIdleConnections")) return;
    if (this.#open.size === 0)
      this.#network()?.farewells.serve((address, port) => this.#asked(address, port));
    this.#open.add(socket);
    onceClosed(socket, () => this.#open.delete(socket));
  }

  /** A client wants to leave: at once where no request is under way, and otherwise after its answer. */
  #asked(address: string, port: number): void {
    for (const socket of this.#open) {
      const { remoteAddress = "", remotePort, _httpMessage: answer } = socket;
      if (remotePort !== port || unmapped(remoteAddress) !== address) continue;
      this.#leaving.add(socket);
      if (answer) tellToClose(answer);
      else this.#network()?.farewells.say(socket);
    }
  }

  /** A server of HTTP has a request. */
  requested(server: Server, answer: unknown): void {
    const { socket } = answer as HttpAnswer;
    if (this.#closing.has(server) || (socket && this.#leaving.has(socket))) tellToClose(answer as HttpAnswer);
  }

  /** Node accepts one connection in each turn: those that wait are all accepted when a few turns bring none. */
  #onceAccepted(server: Server, done: () => void, quietTurns = 0): void {
    const before = this.#accepted.get(server);
    setImmediate(() => {
      const isQuiet = this.#accepted.get(server) === before;
      if (isQuiet && quietTurns === 3) done();
      else this.#onceAccepted(server, done, isQuiet ? quietTurns + 1 : 0);
    });
  }

  #askClients(server: Server): void {
    for (const socket of this.#sockets.get(server) ?? [])
      if (!(socket as HttpSocket)._httpMessage) this.#network()?.farewells.say(socket);
  }

  /** Whether it has idle connections of clients that cannot be asked to close them. */
  #hasOthers(server: Server): boolean {
    const all = [...(this.#sockets.get(server) ?? [])] as HttpSocket[];
    return all.some(
      ({ _httpMessage: answer, remoteAddress = "" }) => !answer && !isPodAddress(unmapped(remoteAddress)),
    );
  }

  #pathToLeave(server: Server): string | undefined {
    return this.#network()?.isStopping && server.listening ? this.#pathOf(server) : undefined;
  }
}

function tellToClose(answer: HttpAnswer | null | undefined): void {
  if (answer && !answer.headersSent) answer.shouldKeepAlive = false;
}

/** The object of the chain of prototypes that has the property itself. */
function ownerOf(object: object, name: string): object | undefined {
  for (let at: object | null = object; at; at = Object.getPrototypeOf(at))
    if (Object.hasOwn(at, name)) return at;
  return undefined;
}
