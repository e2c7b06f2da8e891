/**
 * Gives an established connection to a socket that a program has made and believes to be connecting: the program's own object goes on with
 * it, whichever class it is of. This is the one place that uses what Node's sockets have without a public name: `_handle`, which many
 * packages use, the symbols by which a handle finds its socket, and, of TLS, `_wrapHandle` and `_init`. They are the same from Node 20
 * to 26; adopt.test.ts holds them.
 */
import type { Socket } from "node:net";

/** Node's handle of an open connection. */
interface Handle {
  [symbol: symbol]: unknown;
  onread?: unknown;
  close(): void;
}

/** A socket with what its types leave out. */
interface Inner {
  [symbol: symbol]: unknown;
  _handle: Handle | null;
  connecting: boolean;
  _unrefTimer(): void;
}

/** A TLS socket that has not begun its handshake. */
interface InnerTls extends Inner {
  _handle: TlsHandle;
  ssl: TlsHandle;
  _wrapHandle(wrap: null, handle: Handle, isWriting: boolean): TlsHandle;
  _init(): void;
  setSession(session: Buffer): void;
  setServername(name: string): void;
}

interface TlsHandle extends Handle {
  getServername(): string | null;
  getSession(): Buffer | undefined;
}

const inside = (socket: Socket) => socket as unknown as Inner;

/** Makes the socket look as one that `connect` was called on. */
export function beginConnecting(socket: Socket): void {
  const inner = inside(socket) as Inner & { _undestroy(): void };
  if (socket.destroyed) inner._handle = null;
  // As Node does when it makes the handle; a socket can be connected again after its end.
  if (!inner._handle) inner._undestroy();
  inner.connecting = true;
  inner._unrefTimer();
}

/** @param from is connected, has read nothing, and writes nothing; it is at its end afterwards */
export function adopt(socket: Socket, from: Socket): void {
  const giver = inside(from);
  const handle = giver._handle;
  if (!handle) throw new Error("there is no connection to adopt");
  giver._handle = null;
  const ownerSymbol = symbolOf(handle, "owner_symbol");
  const asyncId = symbolOf(giver, "async_id_symbol");
  const taker = inside(socket);
  if (isTls(taker)) takeTls(taker, handle, ownerSymbol);
  else {
    taker._handle = handle;
    handle[ownerSymbol] = taker;
  }
  taker[asyncId] = giver[asyncId];
  from.destroy();
  taker.connecting = false;
  taker._unrefTimer();
  socket.emit("connect");
  socket.emit("ready");
  // Starts to read; it takes nothing out.
  if (!socket.isPaused()) socket.read(0);
}

/** What the cluster itself has sent or received first on a connection: the program is not told of it. */
export function leaveOut(bytes: number, counted: "bytesRead" | "bytesWritten", socket: Socket): void {
  const handle = inside(socket)._handle;
  if (!handle) return;
  const count = getterOf(handle, counted);
  const get = () => Math.max(0, Reflect.apply(count, handle, []) - bytes);
  // Of this handle alone: Node's sockets ask it, also for what they say when it is closed.
  Object.defineProperty(handle, counted, { get, configurable: true });
}

function isTls(socket: Inner): socket is InnerTls {
  return (socket as { encrypted?: unknown }).encrypted === true && socket._handle !== null;
}

/** As TLSSocket does it when it tries the next address of a host. */
function takeTls(socket: InnerTls, handle: Handle, ownerSymbol: symbol): void {
  const before = socket._handle;
  const [name, session] = [before.getServername(), before.getSession()];
  const { onread } = before;
  before.close();
  const wrapped = socket._wrapHandle(null, handle, false);
  wrapped.onread = onread;
  wrapped[ownerSymbol] = socket;
  socket._handle = wrapped;
  socket.ssl = wrapped;
  socket._init();
  if (session) socket.setSession(session);
  if (name) socket.setServername(name);
}

function getterOf(object: object, name: string): () => number {
  for (let at: object | null = object; at; at = Object.getPrototypeOf(at)) {
    const { get } = Object.getOwnPropertyDescriptor(at, name) ?? {};
    if (get) return get;
  }
  return () => 0;
}

function symbolOf(object: object, description: string): symbol {
  for (let at: object | null = object; at; at = Object.getPrototypeOf(at))
    for (const symbol of Object.getOwnPropertySymbols(at))
      if (symbol.description === description) return symbol;
  throw new Error(
    `this version of Node (${process.version}) has no ${description}: its sockets cannot be led`,
  );
}
