/**
 * The connections to one node far away: requests and sessions over HTTP/1.1, and one connection of HTTP/2 that carries every connection to
 * its pods as a stream, so that none of them costs a handshake. Both ends show a certificate of the cluster's authority, and the node's must
 * name it: who has taken its address is told nothing.
 */

import type { IncomingMessage } from "node:http";
import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import type { Agent } from "node:https";
import type { PeerCertificate } from "node:tls";
import { ApiError, type Reason, reasons } from "../../errors/index.ts";
import type { FarewellEnd } from "../../network/index.ts";
import { onAbort } from "../../outside/index.ts";
import { mostRefusalBytes, textWithin } from "./answers.ts";
import { connectFailure, notAnswered } from "./dial-errors.ts";
import { FarFarewells } from "./far-farewells.ts";
import {
  type Credentials,
  codeHeader,
  farewellsPath,
  fromHeader,
  fromText,
  nodeHeader,
  reasonHeader,
} from "./spoken.ts";

export interface NodePlace {
  /** The name of the node. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export interface NodeClientOptions {
  /** What clients of this process say of their connections. */
  readonly farewells?: FarewellEnd | undefined;
  /** So long a connection to the node, or to one of its pods, may take; and the answer to whether it is still there. In milliseconds. */
  readonly patienceMs?: number;
}

/** What one that asks shows; asked for each new connection, for certificates are renewed. */
export type CredentialsSource = () => Credentials | Promise<Credentials>;

const connectMs = 5_000;
/** So much of one stream, and of all together, is on its way at most; in bytes. */
const streamWindow = 1024 * 1024;
const sessionWindow = 16 * 1024 * 1024;
/** A server takes many streams that are reset for an attack, and says goodbye: before that, another connection is opened. */
const mostResets = 500;
/** As HTTP/2 says of a stream that is not wanted any more (RFC 9113, CANCEL). */
const canceled = 8;

export class NodeClient {
  readonly place: NodePlace;
  readonly #credentials: CredentialsSource;
  readonly #connectMs: number;
  readonly #farewells: FarewellEnd | undefined;
  /** Of the connections that pods have by each. */
  readonly #carried = new WeakMap<ClientHttp2Session, Carried>();
  /** Those that are asked whether they are still there. */
  readonly #doubted = new WeakSet<ClientHttp2Session>();
  /** Keeps connections for requests; made with the first. */
  #agent: { readonly cert: string; readonly agent: Agent } | undefined;
  #session: Promise<ClientHttp2Session> | undefined;
  #resets = 0;
  #isClosed = false;

  constructor(
    place: NodePlace,
    credentials: CredentialsSource,
    { farewells, patienceMs = connectMs }: NodeClientOptions = {},
  ) {
    this.place = place;
    this.#credentials = credentials;
    this.#farewells = farewells;
    this.#connectMs = patienceMs;
  }

  get authority(): string {
    const { host, port } = this.place;
    return `${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /** What TLS is begun with. */
  async secured(): Promise<Credentials & { readonly checkServerIdentity: Check }> {
    const { key, cert, ca } = await this.#credentials();
    const { checkServerIdentity } = await import("node:tls");
    const check: Check = (host, certificate) =>
      checkServerIdentity(host, certificate) ?? isOf(this.place.name, certificate);
    return { key, cert, ca, checkServerIdentity: check };
  }

  /** What is sent with each request. */
  get headers(): Readonly<Record<string, string>> {
    return { [nodeHeader]: this.place.name };
  }

  /** The answer to a GET, as soon as it begins. Rejects with what the node refuses, or why it could not be asked. */
  get(path: string, signal?: AbortSignal): Promise<IncomingMessage> {
    return this.#ask("GET", path, signal);
  }

  /** The same of a POST. */
  post(path: string, body: string): Promise<IncomingMessage> {
    return this.#ask("POST", path, undefined, body);
  }

  async #ask(
    method: string,
    path: string,
    signal: AbortSignal | undefined,
    body?: string,
  ): Promise<IncomingMessage> {
    const { request } = await import("node:https");
    const agent = await this.#agentNow();
    const { host, port } = this.place;
    return new Promise((resolve, reject) => {
      const asking = request({ method, host, port, path, agent, headers: this.headers });
      const late = setTimeout(
        () => asking.destroy(connectFailure("ETIMEDOUT", host, port)),
        2 * this.#connectMs,
      );
      const takeBack = onAbort(signal, () => asking.destroy());
      asking.once("close", takeBack);
      asking.once("error", cause => {
        clearTimeout(late);
        reject(notAnswered(method === "GET" ? "Get" : "Post", this.authority, path, cause));
      });
      asking.once("response", response => {
        clearTimeout(late);
        const { statusCode = 500 } = response;
        if (statusCode < 400) resolve(response);
        else void refusalIn(response).then(reject, reject);
      });
      asking.end(body);
    });
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
          ...this.headers,
          ...(from && { [fromHeader]: fromText(from.address, from.port) }),
        },
        { endStream: false },
      );
      const late = setTimeout(() => {
        // It may be this pod alone.
        stream.close(canceled);
        reject(connectFailure("ETIMEDOUT", address, port));
        this.#doubt(session);
      }, this.#connectMs);
      const takeBack = onAbort(signal, () => {
        stream.close();
        reject(signal?.reason);
      });
      const settle = () => {
        clearTimeout(late);
        takeBack();
      };
      this.#carry(session, stream, from);
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
    this.#agent?.agent.destroy();
    void this.#session?.then(
      session => session.destroy(new Error("the cluster has stopped")),
      () => {},
    );
  }

  async #agentNow(): Promise<Agent> {
    const secured = await this.secured();
    if (this.#agent?.cert === secured.cert) return this.#agent.agent;
    const { Agent } = await import("node:https");
    this.#agent?.agent.destroy();
    this.#agent = { cert: secured.cert, agent: new Agent({ ...secured, keepAlive: true, maxSockets: 64 }) };
    return this.#agent.agent;
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
    const secured = await this.secured();
    return new Promise((resolve, reject) => {
      const session = connect(`https://${this.authority}`, {
        ...secured,
        settings: { initialWindowSize: streamWindow, enablePush: false },
        maxSessionMemory: 1_000,
      });
      const { host, port } = this.place;
      const late = setTimeout(() => {
        const failure = connectFailure("ETIMEDOUT", host, port);
        // Node tells nobody of a session that is destroyed while its socket connects.
        reject(failure);
        session.destroy(failure);
      }, this.#connectMs);
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
      { ":method": "POST", ":path": farewellsPath, ...this.headers },
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
    const late = setTimeout(() => session.destroy(), this.#connectMs);
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

interface PodPort {
  readonly address: string;
  readonly port: number;
}

interface Carried {
  readonly farewells: FarFarewells;
  /** How many connections. */
  open: number;
}

type Check = (host: string, certificate: PeerCertificate) => Error | undefined;

/** Why a certificate is not of that node; undefined where it is. Those of the control plane stand for all of its nodes. */
function isOf(name: string, { subject }: PeerCertificate): Error | undefined {
  const { CN, O } = subject as Readonly<Record<string, string | readonly string[] | undefined>>;
  const names = [CN ?? []].flat();
  const groups = [O ?? []].flat();
  if (groups.includes("system:masters")) return undefined;
  if (groups.includes("system:nodes") && names.includes(`system:node:${name}`)) return undefined;
  return new Error(`the certificate is of ${names.join(", ")}, not of node ${name}`);
}

/** What a node has refused, as it said it. */
export async function refusalIn(response: IncomingMessage): Promise<ApiError> {
  const text = await textWithin(response, mostRefusalBytes);
  const said = String(response.headers[reasonHeader] ?? "");
  const reason: Reason = Object.hasOwn(reasons, said) ? (said as Reason) : reasonOf(response.statusCode);
  return new ApiError(reason as ConstructorParameters<typeof ApiError>[0], text.trim());
}

function reasonOf(code: number | undefined): Reason {
  if (code === 404) return "NotFound";
  if (code === 401) return "Unauthorized";
  return code === 403 ? "Forbidden" : "InternalError";
}
