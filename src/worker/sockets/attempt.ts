/**
 * One connection of a program to a host that may be of the cluster, from the question until the program has it. Three steps: find what the
 * host means, in the thread's copy of the directory; open a socket of our own to one of its places after the other; and give that
 * connection to the program's socket (adopt.ts).
 */
import dns from "node:dns";
import net, { type Socket, type TcpNetConnectOpts } from "node:net";
import type { EndpointUse, FoundEndpoint, FoundHost } from "../../messages/index.ts";
import { adopt } from "./adopt.ts";
import type { Asked } from "./asked.ts";
import { onceClosed } from "./closed.ts";
import { blocked, connectError, inWords, isNothing, notFound, oneOf } from "./connect-errors.ts";
import { encodeHead } from "./connection-head.ts";
import { ipv4, isBlocked, nameEnds } from "./ends.ts";
import type { FoundName } from "./host-names.ts";
import type { Place, PodNetwork, Way } from "./pod-network.ts";

/** Node's own `connect`. */
export type Connect = (this: Socket, ...args: unknown[]) => Socket;

type PodPlace = Extract<Place, { readonly path: string }>;

/** Node's own, before naming.ts takes its place: what it finds is not of the cluster. */
const { lookup } = dns;

/** So long Linux tries to connect where no answer comes. */
const systemPatienceMs = 127_000;

/** So often is asked where a host leads by now, and again after so many milliseconds where an endpoint that refuses is still listed. */
const mostAgain = 5;
const againMs = 10;

/** The host still leads there. */
function isListed({ ports, addresses }: FoundHost, { endpoint, address }: Way): boolean {
  if (!endpoint) return !ports && addresses.includes(address);
  const isIt = (each: FoundEndpoint) => each.address === endpoint.address && each.port === endpoint.port;
  return ports?.some(({ endpoints }) => endpoints.some(isIt)) === true;
}

/** So often a server may have no room for another connection, each time for ten milliseconds. */
const mostTries = 1_000;

export class Attempt {
  readonly #socket: Socket;
  readonly #asked: Asked;
  readonly #network: PodNetwork;
  readonly #connect: Connect;
  readonly #errors: Error[] = [];
  /** The program's end of it is not waited for any more. */
  readonly #forget: () => void;
  /** What is counted of the endpoint that is tried. */
  #use: EndpointUse | undefined;
  /** While it waits because as much is under way to the Service as may be: gives that up. */
  #leaveQueue: (() => void) | undefined;
  /** How often another endpoint was chosen. */
  #again = 0;
  /** Our own socket, as long as it is not the program's. */
  #ours: Socket | undefined;
  #isOver = false;

  constructor(socket: Socket, asked: Asked, network: PodNetwork, connect: Connect) {
    this.#socket = socket;
    this.#asked = asked;
    this.#network = network;
    this.#connect = connect;
    (socket as { _host?: string })._host = asked.host;
    this.#forget = onceClosed(socket, this.#cancel);
  }

  start(found: FoundName | undefined | Promise<FoundName | undefined>): void {
    if (found instanceof Promise)
      void found.then(answer => {
        if (!this.#isOver) this.#go(answer);
      });
    // As Node, which reports nothing before `connect` has returned.
    else process.nextTick(() => this.#isOver || this.#go(found));
  }

  /** The program has given up. */
  readonly #cancel = (): void => {
    this.#isOver = true;
    this.#leaveQueue?.();
    this.#left();
    this.#ours?.destroy();
  };

  #go(found: FoundName | undefined): void {
    const { host, port, options } = this.#asked;
    if (!found || found.outside !== undefined) {
      this.#leave({ lookup, ...options, host: found?.outside ?? host }, error => {
        const isNoName = found === undefined && error.syscall === "getaddrinfo";
        if (isNoName) void this.#tryAgain(undefined, () => this.#fail(error));
        else this.#fail(error);
      });
      return;
    }
    const ways = this.#network.waysTo(found, port);
    if (ways.length === 0) {
      void this.#tryAgain(undefined, () => this.#fail(notFound(host, found.isUnanswered)));
      return;
    }
    this.#begin(ways);
  }

  #begin(ways: readonly Way[]): void {
    const { host } = this.#asked;
    if (!net.isIP(host))
      this.#socket.emit("lookup", null, ways[0]?.address, net.isIP(ways[0]?.address ?? "") || 4, host);
    this.#tryWays(ways);
  }

  /**
   * Nothing is known that the host leads to, or nothing listens there. What has just become ready, or is just being stopped, this thread is
   * about to hear of: the cluster is asked, and another place chosen then. An endpoint that is still listed refuses, as it does in Kubernetes.
   */
  async #tryAgain(refusing: Way | undefined, refused: () => void): Promise<void> {
    const { host, port } = this.#asked;
    const found = this.#again < mostAgain ? await this.#network.fresh(host) : undefined;
    this.#again++;
    if (this.#isOver) return;
    const isThere = found !== undefined && refusing !== undefined && isListed(found, refusing);
    const ways = found && found.outside === undefined && !isThere ? this.#network.waysTo(found, port) : [];
    // The container may have ended before its pod is seen not to be ready.
    if (isThere && refusing.endpoint)
      setTimeout(() => this.#isOver || void this.#tryAgain(refusing, refused), againMs);
    else if (ways.some(({ places }) => places.length > 0)) {
      this.#left();
      if (refusing) this.#tryWays(ways);
      else this.#begin(ways);
    } else refused();
  }

  #tryWays([way, ...others]: readonly Way[]): void {
    if (this.#isOver) return;
    if (!way) {
      this.#fail(oneOf(this.#errors));
      return;
    }
    const { use } = way;
    if (use?.hasRoom === false) {
      this.#leaveQueue = use.wait(() => {
        this.#leaveQueue = undefined;
        this.#tryWay(way, others);
      });
      if (this.#leaveQueue) return;
      this.#errors.push(connectError("ECONNREFUSED", way));
      this.#tryWays(others);
      return;
    }
    this.#tryWay(way, others);
  }

  #tryWay(way: Way, others: readonly Way[]): void {
    if (isBlocked(this.#asked.options, way.address)) {
      this.#errors.push(blocked(way.address));
      this.#tryWays(others);
      return;
    }
    this.#use = way.use;
    this.#use?.begin();
    this.#socket.emit("connectionAttempt", way.address, way.port, 4);
    this.#tryPlaces(way, way.places, error => {
      this.#use?.went("gateway-error");
      this.#left();
      this.#errors.push(error);
      if (!this.#isOver) this.#socket.emit("connectionAttemptFailed", way.address, way.port, 4, error);
      this.#tryWays(others);
    });
  }

  #tryPlaces(way: Way, [place, ...others]: readonly Place[], failed: (error: Error) => void): void {
    if (this.#isOver) return;
    if (!place) {
      const refused = () => failed(connectError("ECONNREFUSED", way));
      if (way.isLoopback) refused();
      else void this.#tryAgain(way, refused);
      return;
    }
    const { verdicts } = this.#network;
    const [address, placePort] = "path" in place ? [place.podIP, place.port] : [place.host, place.port];
    const isAllowed =
      way.isLoopback || way.isRouted === true || !verdicts || verdicts.isAllowed(address, placePort);
    const go = (allowed: boolean) => {
      if (this.#isOver) return;
      if (allowed) this.#openPlace(way, place, others, failed);
      else {
        // It says nothing of the endpoint.
        this.#left();
        verdicts?.turnedDown(address, placePort);
        this.#waitInVain(() => failed(connectError("ETIMEDOUT", way)));
      }
    };
    if (isAllowed instanceof Promise) void isAllowed.then(go);
    else go(isAllowed);
  }

  /** What a NetworkPolicy denies is dropped in life: no answer comes, until the one who connects, or the system, gives up. */
  #waitInVain(after: () => void): void {
    const timer = setTimeout(after, systemPatienceMs);
    onceClosed(this.#socket, () => clearTimeout(timer));
  }

  #openPlace(way: Way, place: Place, others: readonly Place[], failed: (error: Error) => void): void {
    const next = () => this.#tryPlaces(way, others, failed);
    if ("path" in place) {
      this.#openPod(way, place, next, failed);
      return;
    }
    const problem = (error: Error) => (isNothing(error) ? next() : failed(inWords(error, way)));
    const { host, port } = place;
    this.#open(place, socket => this.#takePoliced(socket, host, port, way.isLoopback), problem);
  }

  #openPod(way: Way, place: PodPlace, next: () => void, failed: (error: Error) => void, tries = 0): void {
    const { path, podIP, port } = place;
    const { podIP: own } = this.#network.sockets;
    const { localPort } = this.#asked.options;
    const from = ipv4(way.isLoopback ? podIP : own, localPort || this.#network.clientPort());
    this.#open(
      { path },
      socket => {
        nameEnds(this.#socket, { remote: ipv4(way.address, way.port), local: from });
        // Our socket hands over what it has written.
        socket.write(encodeHead({ from: from.address, fromPort: from.port, to: podIP }), () => {
          if (!this.#isOver) {
            this.#network.farewells.add(this.#socket, from.port);
            if (way.use) this.#network.connected(this.#socket, this.#asked.host, way.port, from.port);
          }
          this.#takePoliced(socket, podIP, port, way.isLoopback || way.isRouted === true);
        });
      },
      error => {
        const isFull = error.code === "EAGAIN" && tries < mostTries;
        if (isNothing(error)) next();
        else if (!isFull) failed(inWords(error, way));
        if (!isFull) return;
        // A Unix socket refuses at once where TCP would wait for room in the queue of the server.
        setTimeout(() => this.#isOver || this.#openPod(way, place, next, failed, tries + 1), 10);
      },
    );
  }

  #open(
    to: { readonly path: string } | { readonly host: string; readonly port: number },
    connected: (socket: Socket) => void,
    failed: (error: NodeJS.ErrnoException) => void,
  ): void {
    const socket = new net.Socket({ ...ownOptions(this.#asked.options), allowHalfOpen: true });
    this.#ours = socket;
    // What comes is for the program to read.
    socket.pause();
    socket.once("error", failed);
    socket.once("connect", () => {
      if (!this.#isOver) connected(socket);
    });
    this.#connect.call(socket, to);
  }

  /** Out of the cluster: by Node's own connect, on a socket of ours, for the program's may have been written to and ended by now. */
  #leave(options: TcpNetConnectOpts, failed: (error: NodeJS.ErrnoException) => void): void {
    this.#open(options as TcpNetConnectOpts & { host: string }, socket => this.#takeOutside(socket), failed);
    for (const event of [
      "lookup",
      "connectionAttempt",
      "connectionAttemptFailed",
      "connectionAttemptTimeout",
    ])
      this.#ours?.on(event, (...told: unknown[]) => this.#socket.emit(event, ...told));
  }

  /** Only now is the address of a host known that is not of the cluster. Nothing has been sent to it. */
  #takeOutside(socket: Socket): void {
    const { remoteAddress: address = "", remotePort: port = 0 } = socket;
    const { verdicts } = this.#network;
    const isAllowed = verdicts?.isAllowed(address, port) ?? true;
    const go = (allowed: boolean) => {
      if (this.#isOver) return;
      if (allowed) {
        this.#takePoliced(socket, address, port, false);
        return;
      }
      socket.destroy();
      verdicts?.turnedDown(address, port);
      this.#waitInVain(() => this.#fail(connectError("ETIMEDOUT", { address, port })));
    };
    if (isAllowed instanceof Promise) void isAllowed.then(go);
    else go(isAllowed);
  }

  #takePoliced(socket: Socket, address: string, port: number, isLoopback: boolean): void {
    if (!this.#isOver && !isLoopback) this.#network.verdicts?.follow(this.#socket, address, port);
    this.#take(socket);
  }

  #take(socket: Socket): void {
    if (this.#isOver) return;
    this.#end();
    const use = this.#use;
    this.#use = undefined;
    if (use) {
      use.went("success");
      onceClosed(this.#socket, () => use.end());
    }
    adopt(this.#socket, socket);
  }

  /** The endpoint that was tried is not connected to. */
  #left(): void {
    const use = this.#use;
    this.#use = undefined;
    use?.end();
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#left();
    this.#end();
    this.#socket.destroy(error);
  }

  #end(): void {
    this.#isOver = true;
    this.#forget();
  }
}

/** What a program says of its socket that our own must do as well. */
function ownOptions({ noDelay, keepAlive, keepAliveInitialDelay, onread }: TcpNetConnectOpts) {
  return { noDelay, keepAlive, keepAliveInitialDelay, onread };
}
