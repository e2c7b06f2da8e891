/** What a program sees as the two ends of a connection to a pod: `remoteAddress`, `localPort` and the like. Unix sockets have neither. */
import net, { type AddressInfo, type Socket } from "node:net";
import { named } from "./named.ts";

export interface Ends {
  readonly remote: AddressInfo;
  readonly local: AddressInfo;
}

const known = new WeakMap<Socket, Ends>();

/** Where Node takes both from, in every version that runs here. */
interface Named {
  _getpeername(): Partial<AddressInfo>;
  _getsockname(): Partial<AddressInfo>;
  /** Of a socket that encrypts another. */
  readonly _parent?: Socket | null;
}

export function nameEnds(socket: Socket, ends: Ends): void {
  known.set(socket, ends);
}

export function hasEnds(socket: Socket): boolean {
  return known.has(socket);
}

export function ipv4(address: string, port: number): AddressInfo {
  return { address, family: "IPv4", port };
}

/** Whether a `net.BlockList` of the program has the address; only newer versions of Node let a server or a client have one. */
export function isBlocked(of: object, address: string): boolean {
  const { blockList } = of as { blockList?: net.BlockList };
  const family = net.isIP(address);
  return family > 0 && blockList?.check(address, family === 6 ? "ipv6" : "ipv4") === true;
}

/** From now on sockets tell the ends that were named. */
export function showEnds(): void {
  const inner = net.Socket.prototype as unknown as Named;
  const { _getpeername, _getsockname } = inner;
  inner._getpeername = function (this: Socket & Named) {
    return endsOf(this)?.remote ?? _getpeername.call(this);
  };
  inner._getsockname = function (this: Socket & Named) {
    return endsOf(this)?.local ?? _getsockname.call(this);
  };
}

/** A socket of a pod cannot send what resets a connection of TCP: it is closed at once, with what has not been sent. */
export function leadResets(): void {
  const prototype = net.Socket.prototype as { resetAndDestroy?: (this: Socket & Named) => Socket };
  const { resetAndDestroy } = prototype;
  if (!resetAndDestroy) return;
  prototype.resetAndDestroy = named("resetAndDestroy", function () {
    return endsOf(this) ? this.destroy() : resetAndDestroy.call(this);
  });
}

function endsOf(socket: Socket & Named): Ends | undefined {
  return known.get(socket) ?? (socket._parent ? known.get(socket._parent) : undefined);
}
