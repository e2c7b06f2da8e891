/**
 * Servers of the program of a container. `listen` on a port puts the server on a Unix socket of the pod; the server is told that it
 * listens on the port. Each connection begins with some bytes that say who connects (connection-head.ts): they are taken off before the
 * server hears of it. Whatever else is listened on (a path, a handle) is left to Node.
 */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import net, { type AddressInfo, type ListenOptions, type Server, Socket } from "node:net";
import { dirname } from "node:path";
import { mapped } from "../../outside/index.ts";
import { leaveOut } from "./adopt.ts";
import { Closing } from "./closing.ts";
import { headLength, takeHead } from "./connection-head.ts";
import { type Ends, hasEnds, ipv4, isBlocked, nameEnds } from "./ends.ts";
import { listenError } from "./listen-errors.ts";
import { named } from "./named.ts";
import type { PodNetwork } from "./pod-network.ts";

type Listen = (this: Server, ...args: unknown[]) => Server;
type Emit = (this: Server, event: string | symbol, ...args: unknown[]) => boolean;

/** A server that listens on a port of the pod. */
interface Binding {
  /** As the program sees it. */
  readonly address: AddressInfo;
  readonly path: string;
}

/** @param networkOf undefined until there is a container @param sharesPorts with other processes, except where told `exclusive` */
export function leadServers(networkOf: () => PodNetwork | undefined, sharesPorts: boolean): void {
  const prototype = net.Server.prototype as unknown as { listen: Listen; address: () => unknown; emit: Emit };
  const { listen, address, emit } = prototype;
  const bindings = new WeakMap<Server, Binding>();
  const closing = new Closing(networkOf, server => bindings.get(server)?.path);

  prototype.listen = named("listen", function (...args) {
    const network = networkOf();
    const asked = network && questionIn(args);
    if (!network || !asked || this.listening) return listen.apply(this, args);
    const { host, options, callback } = asked;
    const own = network.ownAddress(host);
    if (callback) this.once("listening", callback);
    if (own === undefined) {
      process.nextTick(() => this.emit("error", listenError("EADDRNOTAVAIL", host ?? "", asked.port)));
      return this;
    }
    const port = asked.port || freePort(network);
    const path = network.pathOf(port, own === "loopback");
    const others = own === "loopback" ? [network.pathOf(port, false)] : [network.pathOf(port, true)];
    const at = own === "pod" && host && !net.isIP(host) ? network.sockets.podIP : host;
    bindings.set(this, { address: shown(at, port), path });
    makeFolder(path);
    closing.lead(this);
    network.expectStop();
    const go = () => {
      const { backlog, exclusive, signal } = options;
      listen.call(this, { path, backlog, exclusive, signal });
    };
    const isShared = sharesPorts && !options.exclusive;
    const there = isShared ? [] : [path, ...others].filter(each => existsSync(each));
    if (there.length === 0) go();
    else
      removeStale(there, isTaken => {
        if (isTaken) this.emit("error", listenError("EADDRINUSE", shown(host, port).address, port));
        else go();
      });
    return this;
  });

  prototype.address = named("address", function (this: Server) {
    const binding = bindings.get(this);
    return binding && this.listening ? { ...binding.address } : address.call(this);
  });

  prototype.emit = function (event, ...args) {
    const binding = heeded.has(event) ? bindings.get(this) : undefined;
    if (!binding) return emit.call(this, event, ...args);
    const [first, second] = args;
    switch (event) {
      case "error":
        return emit.call(this, event, inWords(first, binding));
      case "request":
        closing.requested(this, second);
        break;
      case "secureConnection":
        closing.connected(this, first as Socket);
        break;
      case "connection":
        if (first instanceof Socket && isNew(first, this)) {
          closing.connected(this, first);
          takeNamed(first, binding, ends => {
            if (!isBlocked(this, ends.remote.address)) emit.call(this, event, first);
            else {
              first.destroy();
              this.emit("drop", dropData(ends));
            }
          });
          return true;
        }
    }
    return emit.call(this, event, ...args);
  };
}

/** The events of servers that something is done about. */
const heeded: ReadonlySet<string | symbol> = new Set(["error", "request", "secureConnection", "connection"]);

/** Accepted by the server itself: a program may also hand it connections. */
function isNew(socket: Socket & { readonly server?: unknown }, server: Server): boolean {
  return !hasEnds(socket) && socket.server === server;
}

/** What `listen` was asked for: a port, of some address. */
interface Asked {
  readonly host: string | undefined;
  readonly port: number;
  readonly options: ListenOptions;
  readonly callback: (() => void) | undefined;
}

/** Undefined where it is no port that is to be listened on, and where Node will say what is wrong with it. */
function questionIn(args: readonly unknown[]): Asked | undefined {
  const last = args.at(-1);
  const callback = typeof last === "function" ? (last as () => void) : undefined;
  const [first, ...more] = callback ? args.slice(0, -1) : args;
  const options =
    typeof first === "object" && first !== null ? (first as ListenOptions) : byPosition(first, more);
  if (!options || isOther(options, first)) return undefined;
  const { host } = options;
  const port: unknown = options.port ?? 0;
  const number = typeof port === "string" && /^\d+$/.test(port) ? Number(port) : port;
  const isPort = typeof number === "number" && Number.isInteger(number) && number >= 0 && number < 65_536;
  return isPort && (host === undefined || host === null || typeof host === "string")
    ? { host: host ?? undefined, port: number, options, callback }
    : undefined;
}

/** `listen([port[, host[, backlog]]])`: each may be left out. */
function byPosition(port: unknown, more: readonly unknown[]): ListenOptions | undefined {
  // A string that is no number is a path.
  if (port !== undefined && port !== null && !/^\d+$/.test(String(port))) return undefined;
  const host = more.find(each => typeof each === "string");
  const backlog = more.find(each => typeof each === "number");
  return {
    port: Number(port ?? 0),
    ...(host !== undefined && { host }),
    ...(backlog !== undefined && { backlog }),
  };
}

/** A handle, a file descriptor, a path; an object without any of these is Node's to refuse. */
function isOther(options: ListenOptions, given: unknown): boolean {
  const { path, fd, handle, _handle } = options as ListenOptions & {
    fd?: unknown;
    handle?: unknown;
    _handle?: unknown;
  };
  if (path || fd !== undefined || handle || _handle) return true;
  return given === options && !("port" in options);
}

/** A pod has IPv4. Who asks for IPv6 is shown what it asked for. */
function shown(host: string | undefined, port: number): AddressInfo {
  const name = host || "0.0.0.0";
  if (name === "localhost") return ipv4("127.0.0.1", port);
  return net.isIPv6(name) ? { address: name, family: "IPv6", port } : ipv4(name, port);
}

/** A port that nothing in the pod listens on, among those that systems give. */
function freePort(network: PodNetwork): number {
  for (;;) {
    const port = network.clientPort();
    if (!existsSync(network.pathOf(port, false)) && !existsSync(network.pathOf(port, true))) return port;
  }
}

function makeFolder(path: string): void {
  if (process.platform !== "win32") mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
}

/** What a process that was killed has left behind is removed. @param done told whether something does listen */
function removeStale([path, ...others]: readonly string[], done: (isTaken: boolean) => void): void {
  if (path === undefined) {
    done(false);
    return;
  }
  const probe = net.connect({ path });
  probe.once("connect", () => {
    probe.destroy();
    done(true);
  });
  probe.once("error", () => {
    if (process.platform !== "win32") rmSync(path, { force: true });
    removeStale(others, done);
  });
}

/** The program is told of the port that it asked for. */
function inWords(error: unknown, { address, path }: Binding): unknown {
  const { code, address: at } = error as NodeJS.ErrnoException & { address?: string };
  return code !== undefined && at === path ? listenError(code, address.address, address.port) : error;
}

/** Lets the server hear of the connection when it is known who connects. */
function takeNamed(socket: Socket, { address }: Binding, done: (ends: Ends) => void): void {
  takeHead(socket, ({ from, fromPort, to }) => {
    const inFamily = (ip: string) => (address.family === "IPv6" ? mapped(ip) : ip);
    const ends = {
      remote: { ...address, address: inFamily(from), port: fromPort },
      local: { ...address, address: inFamily(to) },
    };
    nameEnds(socket, ends);
    leaveOut(headLength, "bytesRead", socket);
    done(ends);
  });
}

/** What Node tells of a connection that its server does not take. */
function dropData({ remote, local }: Ends): object {
  const { address: remoteAddress, port: remotePort, family: remoteFamily } = remote;
  const { address: localAddress, port: localPort, family: localFamily } = local;
  return { localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily };
}
