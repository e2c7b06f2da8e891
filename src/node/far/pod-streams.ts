/**
 * The connections to pods of one node far away: each is a stream of one connection of HTTP/2, so that none of them costs a handshake. Where a
 * stream is not answered, the connection is asked whether it is still there, and where it has had too many failures, another takes its place.
 */
import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import type { FarewellEnd } from "../../network/index.ts";
import { onAbort } from "../../outside/index.ts";
import { connectFailure } from "./dial-errors.ts";
import { FarFarewells } from "./far-farewells.ts";
import type { NodePeer } from "./node-peer.ts";
import { codeHeader, farewellsPath, fromHeader, fromText } from "./spoken.ts";

/** So much of one stream, and of all together, is on its way at most; in bytes. */
const streamWindow = 1024 * 1024;
const sessionWindow = 16 * 1024 * 1024;
/** A server takes many streams that are reset for an attack, and says goodbye: before that, another connection is opened. */
const mostResets = 500;
/** As HTTP/2 says of a stream that is not wanted any more (RFC 9113, CANCEL). */
const canceled = 8;

interface PodPort {
  readonly address: string;
  readonly port: number;
}

interface Carried {
  readonly farewells: FarFarewells;
  /** How many connections. */
  open: number;
}

export class PodStreams {
  readonly #peer: NodePeer;
  readonly #farewells: FarewellEnd | undefined;
  readonly #patienceMs: number;
  /** Of the connections that pods have by each. */
  readonly #carried = new WeakMap<ClientHttp2Session, Carried>();
  /** Those that are asked whether they are still there. */
  readonly #doubted = new WeakSet<ClientHttp2Session>();
  #session: Promise<ClientHttp2Session> | undefined;
  #resets = 0;
  #isClosed = false;

  /**
   * @param farewells what clients of this process say of their connections
   * @param patienceMs so long a connection to the node, or to one of its pods, may take; and the answer to whether it is still there
   */
  constructor(peer: NodePeer, farewells: FarewellEnd | undefined, patienceMs: number) {
    this.#peer = peer;
    this.#farewells = farewells;
    this.#patienceMs = patienceMs;
  }

  /**
   * A stream of bytes to a port of a pod of the node. Rejects as Node's connect does, with the pod's address; where the node itself cannot be
   * reached, with EHOSTUNREACH.
   */
  async connect(
    address: string,
    port: number,
    from: PodPort | undefined,
    signal?: AbortSignal,
  ): Promise<ClientHttp2Stream> {
    signal?.throwIfAborted();
    let session: ClientHttp2Session;
    try {
      session = await this.#sessionNow();
    } catch (cause) {
      throw Object.assign(connectFailure("EHOSTUNREACH", address, port), { cause });
    }
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const stream = session.request(
        {
          ":method": "CONNECT",
          ":authority": `${address}:${port}`,
          ...this.#peer.headers,
          ...(from && { [fromHeader]: fromText(from.address, from.port) }),
        },
        { endStream: false },
      );
      const late = setTimeout(() => {
        // It may be this pod alone.
        stream.close(canceled);
        reject(connectFailure("ETIMEDOUT", address, port));
        this.#doubt(session);
      }, this.#patienceMs);
      const takeBack = onAbort(signal, () => {
        stream.close();
        reject(signal?.reason);
      });
      const settle = () => {
        clearTimeout(late);
        takeBack();
      };
      this.#carry(session, stream, from);
      writeOneByOne(stream);
      stream.once("error", () => {});
      stream.once("close", () => {
        settle();
        if (stream.rstCode !== 0) this.#countReset(session);
        reject(connectFailure("EHOSTUNREACH", address, port));
      });
      stream.once("response", headers => {
        settle();
        if (headers[":status"] === 200) resolve(stream);
        else {
          stream.close();
          reject(connectFailure(String(headers[codeHeader] ?? "ECONNREFUSED"), address, port));
        }
      });
    });
  }

  close(): void {
    this.#isClosed = true;
    void this.#session?.then(
      session => session.destroy(new Error("the cluster has stopped")),
      () => {},
    );
  }

  async #sessionNow(): Promise<ClientHttp2Session> {
    const current = this.#session;
    const known = await current;
    // It may just have been given up, and not know it yet.
    if (known && !known.destroyed && !known.closed) return known;
    if (this.#isClosed) throw new Error("the cluster has stopped");
    if (this.#session === current) this.#session = undefined;
    return this.#opened();
  }

  #opened(): Promise<ClientHttp2Session> {
    if (this.#session) return this.#session;
    const opening = this.#open();
    this.#session = opening;
    const forget = () => {
      if (this.#session === opening) this.#session = undefined;
    };
    opening.then(session => {
      session.once("close", forget);
      session.once("goaway", forget);
    }, forget);
    return opening;
  }

  async #open(): Promise<ClientHttp2Session> {
    const { connect } = await import("node:http2");
    const secured = await this.#peer.secured();
    return new Promise((resolve, reject) => {
      const session = connect(`https://${this.#peer.authority}`, {
        ...secured,
        settings: { initialWindowSize: streamWindow, enablePush: false },
        maxSessionMemory: 1_000,
      });
      const { host, port } = this.#peer.place;
      const late = setTimeout(() => {
        const failure = connectFailure("ETIMEDOUT", host, port);
        // Node tells nobody of a session that is destroyed while its socket connects.
        reject(failure);
        session.destroy(failure);
      }, this.#patienceMs);
      session.once("close", () => {
        clearTimeout(late);
        reject(connectFailure("ECONNRESET", host, port));
      });
      session.on("error", reject);
      session.once("connect", () => {
        clearTimeout(late);
        if (session.destroyed) return;
        session.setLocalWindowSize(sessionWindow);
        // It holds no process alive: what goes over it does.
        session.unref();
        this.#resets = 0;
        this.#hearFarewells(session);
        resolve(session);
      });
    });
  }

  /** What is told beside the connections: asked for once, and for as long as there are any. */
  #hearFarewells(session: ClientHttp2Session): void {
    if (!this.#farewells) return;
    const farewells = new FarFarewells(this.#farewells, "clients");
    this.#carried.set(session, { farewells, open: 0 });
    const asking = session.request(
      { ":method": "POST", ":path": farewellsPath, ...this.#peer.headers },
      { endStream: false },
    );
    // It is not spoken there, or the connection is lost: then connections end as they can.
    asking.once("error", () => {});
    asking.once("close", () => farewells.close());
    asking.once("response", headers => {
      if (headers[":status"] === 200) farewells.begin({ heard: asking, said: asking });
      else asking.close();
    });
  }

  #carry(session: ClientHttp2Session, stream: ClientHttp2Stream, from: PodPort | undefined): void {
    const carried = this.#carried.get(session);
    if (!carried) return;
    carried.open++;
    if (from) carried.farewells.add(from, stream);
    stream.once("close", () => {
      carried.open--;
      if (from) carried.farewells.delete(from, stream);
      // Otherwise it would hold the connection open that nothing else goes over any more.
      if (carried.open === 0 && session.closed) carried.farewells.close();
    });
  }

  /** Where it does not even say that it is there, what is under way on it will not be heard of either. */
  #doubt(session: ClientHttp2Session): void {
    if (session.destroyed || this.#doubted.has(session)) return;
    this.#doubted.add(session);
    const late = setTimeout(() => session.destroy(), this.#patienceMs);
    session.once("close", () => clearTimeout(late));
    session.ping(() => {
      clearTimeout(late);
      this.#doubted.delete(session);
    });
  }

  /** The old connection ends with its last stream. */
  #countReset(session: ClientHttp2Session): void {
    if (++this.#resets < mostResets || session.closed) return;
    this.#session = undefined;
    session.close();
    const carried = this.#carried.get(session);
    if (carried?.open === 0) carried.farewells.close();
  }
}

/**
 * Of several chunks that are written at once, the last of them empty, as the client of node:http ends a request, HTTP/2 of Node 20 and 22 lets go
 * of the memory before it is sent: the first bytes that arrive are others. Without `_writev`, which is optional in a stream, each goes by itself.
 */
function writeOneByOne(stream: ClientHttp2Stream): void {
  Object.assign(stream, { _writev: null });
}
