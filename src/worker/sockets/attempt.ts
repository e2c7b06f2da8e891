/**
 * One connection of a program to a host that may be of the cluster, from the question until the program has it. What the host means is found in
 * the thread's copy of the directory; the ways there are tried one after the other, and of each its places; and the first connection of
 * ours that is made becomes the program's (adopt.ts).
 */
import dns from "node:dns";
import net, { type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { EndpointUse, FoundEndpoint, FoundHost } from "../../messages/index.ts";
import { onAbort } from "../../outside/index.ts";
import { adopt, leaveOut } from "./adopt.ts";
import type { Asked } from "./asked.ts";
import { onceClosed } from "./closed.ts";
import { blocked, connectError, inWords, isNothing, notFound, oneOf, refusal } from "./connect-errors.ts";
import { encodeHead, headLength } from "./connection-head.ts";
import { ipv4, isBlocked, nameEnds } from "./ends.ts";
import type { FoundName } from "./host-names.ts";
import { type Connect, type Opening, opened, openedInTime, written } from "./own-socket.ts";
import type { Place, PodNetwork, Way } from "./pod-network.ts";

type PodPlace = Extract<Place, { readonly path: string }>;

/** A connection of ours, and what it leads to. */
interface Connection {
  readonly socket: Socket;
  readonly address: string;
  readonly port: number;
  /** Policies that come later may end it. */
  readonly isPoliced: boolean;
}

/** How it went at a place, or at all places of a way. */
type Tried =
  | { readonly is: "connected"; readonly connection: Connection }
  /** Nothing listens there, or does not any more; undefined where there is no place at all. */
  | { readonly is: "nothing"; readonly error: Error | undefined }
  | { readonly is: "refused"; readonly error: Error };

/** Node's own, before naming.ts takes its place: what it finds is not of the cluster. */
const { lookup } = dns;

/** So long Linux tries to connect where no answer comes. */
const systemPatienceMs = 127_000;

/**
 * So often is asked where a host leads by now, and again after so many milliseconds where an endpoint that refuses is still listed, each time twice
 * as many: a node of another process hears later that a pod is being stopped than its own processes do.
 */
const mostAgain = 6;
const againMs = 10;

const loopback = "127.0.0.1";

const passedOn = ["lookup", "connectionAttempt", "connectionAttemptFailed", "connectionAttemptTimeout"];

export class Attempt {
  readonly #socket: Socket;
  readonly #asked: Asked;
  readonly #network: PodNetwork;
  readonly #connect: Connect;
  /** Aborts when the program has given up: all that is waited for here then ends with its reason. */
  readonly #givingUp = new AbortController();
  /** The program's end of it is not waited for any more. */
  readonly #forget: () => void;
  /** What is counted of the endpoint that is tried. */
  #use: EndpointUse | undefined;
  /** Our own socket, as long as it is not the program's. */
  #ours: Socket | undefined;
  /** How often it was asked where the host leads by now. */
  #again = 0;

  constructor(socket: Socket, asked: Asked, network: PodNetwork, connect: Connect) {
    this.#socket = socket;
    this.#asked = asked;
    this.#network = network;
    this.#connect = connect;
    (socket as { _host?: string })._host = asked.host;
    this.#forget = onceClosed(socket, () => {
      this.#givingUp.abort();
      this.#left();
      this.#ours?.destroy(this.#givingUp.signal.reason);
    });
  }

  start(found: FoundName | undefined | Promise<FoundName | undefined>): void {
    if (found instanceof Promise) void found.then(answer => this.#run(answer));
    // As Node, which reports nothing before `connect` has returned.
    else process.nextTick(() => void this.#run(found));
  }

  async #run(found: FoundName | undefined): Promise<void> {
    try {
      this.#goOn();
      const connection = await this.#connection(found);
      // Not in this promise: what a listener of the program throws is no rejection of ours.
      queueMicrotask(() => this.#take(connection));
    } catch (error) {
      // Who has given up is told nothing.
      if (this.#givingUp.signal.aborted) return;
      this.#left();
      this.#forget();
      this.#socket.destroy(error as Error);
    }
  }

  /** Throws where the program has given up. */
  #goOn(): void {
    this.#givingUp.signal.throwIfAborted();
  }

  async #connection(found: FoundName | undefined): Promise<Connection> {
    const { host, port } = this.#asked;
    if (found && found.outside === undefined) {
      const known = this.#network.waysTo(found, port);
      const ways = known.length > 0 ? known : await this.#waysByNow();
      if (!ways) throw notFound(host, found.isUnanswered);
      return this.#firstOf(ways);
    }
    try {
      return await this.#outside(found?.outside ?? host);
    } catch (error) {
      this.#goOn();
      const isNoName = found === undefined && (error as NodeJS.ErrnoException).syscall === "getaddrinfo";
      const ways = isNoName ? await this.#waysByNow() : undefined;
      if (!ways) throw error;
      return this.#firstOf(ways);
    }
  }

  async #firstOf(ways: readonly Way[]): Promise<Connection> {
    const { host, options } = this.#asked;
    const [first] = ways;
    if (first && !net.isIP(host))
      this.#socket.emit("lookup", null, first.address, net.isIP(first.address) || 4, host);
    const errors: Error[] = [];
    const left = [...ways];
    for (let way = left.shift(); way; way = left.shift()) {
      if (isBlocked(options, way.address)) {
        errors.push(blocked(way.address));
        continue;
      }
      if (!(await this.#begun(way.use))) {
        errors.push(connectError("ECONNREFUSED", way));
        continue;
      }
      this.#goOn();
      this.#socket.emit("connectionAttempt", way.address, way.port, 4);
      const tried = await this.#tryWay(way);
      if (tried.is === "connected") return tried.connection;
      const others = tried.is === "nothing" && !way.isLoopback ? await this.#waysByNow(way) : undefined;
      if (others) {
        this.#left();
        left.splice(0, left.length, ...others);
        continue;
      }
      const error = tried.error ?? connectError("ECONNREFUSED", way);
      this.#use?.went("gateway-error");
      this.#left();
      errors.push(error);
      this.#socket.emit("connectionAttemptFailed", way.address, way.port, 4, error);
    }
    throw oneOf(errors);
  }

  /**
   * Nothing is known that the host leads to, or nothing listens there. What has just become ready, or is just being stopped, this thread is
   * about to hear of: the cluster is asked, and another place chosen then. An endpoint that is still listed refuses, as it does in Kubernetes.
   * @param refusing where nothing listens @returns undefined where there is no other way
   */
  async #waysByNow(refusing?: Way): Promise<readonly Way[] | undefined> {
    const { host, port } = this.#asked;
    for (;;) {
      const found = this.#again < mostAgain ? await this.#network.fresh(host) : undefined;
      this.#again++;
      this.#goOn();
      if (!found || found.outside !== undefined) return undefined;
      if (!refusing || !isListed(found, refusing)) {
        const ways = this.#network.waysTo(found, port);
        return ways.some(({ places }) => places.length > 0) ? ways : undefined;
      }
      if (!refusing.endpoint) return undefined;
      // The container may have ended before its pod is seen not to be ready.
      await this.#pause(againMs * 2 ** (this.#again - 1));
    }
  }

  /** Begins to use the endpoint, at once or as soon as there is room for one more; false where too much waits for that already. */
  async #begun(use: EndpointUse | undefined): Promise<boolean> {
    const begin = () => {
      this.#use = use;
      use?.begin();
    };
    if (use?.hasRoom !== false) {
      begin();
      return true;
    }
    const { signal } = this.#givingUp;
    return new Promise((resolve, reject) => {
      const leave = use.wait(() => {
        begin();
        resolve(true);
      });
      if (!leave) resolve(false);
      else
        onAbort(signal, () => {
          leave();
          reject(signal.reason);
        });
    });
  }

  async #tryWay(way: Way): Promise<Tried> {
    let tried: Tried = { is: "nothing", error: undefined };
    for (const place of way.places) {
      tried = await this.#tryPlace(way, place);
      if (tried.is !== "nothing") return tried;
    }
    return tried;
  }

  async #tryPlace(way: Way, place: Place): Promise<Tried> {
    const [address, port] = "path" in place ? [place.podIP, place.port] : [place.host, place.port];
    const isFree = way.isLoopback || way.isRouted === true;
    if (!isFree && !(await this.#isAllowed(address, port))) {
      // It says nothing of the endpoint.
      this.#left();
      return { is: "refused", error: await this.#inVain(way) };
    }
    try {
      const connection =
        "path" in place
          ? { socket: await this.#toPod(way, place), address, port, isPoliced: !isFree }
          : { socket: await opened(place, this.#opening), address, port, isPoliced: !way.isLoopback };
      return { is: "connected", connection };
    } catch (error) {
      this.#goOn();
      const failed = error as NodeJS.ErrnoException;
      if (isNothing(failed)) return { is: "nothing", error: refusal(failed, way) };
      return { is: "refused", error: inWords(failed, way) };
    }
  }

  async #isAllowed(address: string, port: number): Promise<boolean> {
    const { verdicts } = this.#network;
    const isAllowed = (await verdicts?.isAllowed(address, port)) ?? true;
    this.#goOn();
    if (!isAllowed) verdicts?.turnedDown(address, port);
    return isAllowed;
  }

  /** What a NetworkPolicy denies is dropped in life: no answer comes, until the one who connects, or the system, gives up. */
  async #inVain(end: Pick<Way, "address" | "port">): Promise<Error> {
    await this.#pause(systemPatienceMs);
    return connectError("ETIMEDOUT", end);
  }

  /** A connection to a server of a pod that knows who connects. */
  async #toPod(way: Way, { path, podIP, port }: PodPlace): Promise<Socket> {
    const { sockets, farewells } = this.#network;
    const { host, options } = this.#asked;
    const fromPort = options.localPort || this.#network.clientPort();
    const from = ipv4(way.isLoopback ? podIP : sockets.podIP, fromPort);
    let head = { from: from.address, fromPort, to: podIP };
    let socket: Socket;
    try {
      socket = await openedInTime(path, this.#opening);
    } catch (error) {
      // Nothing of this process has a socket there: it may be a pod of another.
      const isAway = isNothing(error as NodeJS.ErrnoException) && !way.isLoopback && !way.isRouted;
      const reached = isAway ? await this.#network.reach(podIP, port, fromPort) : undefined;
      this.#goOn();
      if (!reached) throw error;
      if ("failed" in reached) throw connectError(reached.failed, way);
      const [one, other] = reached.pass;
      head = { from: one, fromPort, to: other };
      socket = await opened({ host: loopback, port: reached.port }, this.#opening);
    }
    nameEnds(this.#socket, { remote: ipv4(way.address, way.port), local: from });
    // Our socket hands over what it has written.
    await written(socket, encodeHead(head));
    this.#goOn();
    leaveOut(headLength, "bytesWritten", socket);
    farewells.add(this.#socket, from.port);
    if (way.use) this.#network.connected(this.#socket, host, way.port, from.port);
    return socket;
  }

  /**
   * Out of the cluster: by Node's own connect, on a socket of ours, for the program's may have been written to and ended by now. Only when it is
   * connected is the address known of a host that is not of the cluster; nothing has been sent to it then.
   */
  async #outside(host: string): Promise<Connection> {
    const { connect, options, signal } = this.#opening;
    const socket = await opened(
      { lookup, ...options, host },
      { connect, options, signal, made: ours => this.#passOn(ours) },
    );
    const { remoteAddress: address = "", remotePort: port = 0 } = socket;
    if (await this.#isAllowed(address, port)) return { socket, address, port, isPoliced: true };
    socket.destroy();
    throw await this.#inVain({ address, port });
  }

  /** What a connection of ours is opened with. */
  get #opening(): Opening {
    return {
      connect: this.#connect,
      options: this.#asked.options,
      signal: this.#givingUp.signal,
      made: socket => {
        this.#ours = socket;
      },
    };
  }

  /** What Node tells of its tries on the way. */
  #passOn(ours: Socket): void {
    this.#ours = ours;
    for (const event of passedOn) ours.on(event, (...told: unknown[]) => this.#socket.emit(event, ...told));
  }

  async #pause(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#givingUp.signal });
  }

  #take({ socket, address, port, isPoliced }: Connection): void {
    if (this.#givingUp.signal.aborted) return;
    if (isPoliced) this.#network.verdicts?.follow(this.#socket, address, port);
    this.#forget();
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
}

/** The host still leads there. */
function isListed({ ports, addresses }: FoundHost, { endpoint, address }: Way): boolean {
  if (!endpoint) return !ports && addresses.includes(address);
  const isIt = (each: FoundEndpoint) => each.address === endpoint.address && each.port === endpoint.port;
  return ports?.some(({ endpoints }) => endpoints.some(isIt)) === true;
}
