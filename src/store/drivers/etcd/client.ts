/**
 * What is asked of an etcd of one or more servers: the one that answered last is asked first, the next where it fails. It shows who we
 * are, and again where etcd has forgotten it. A request that may have been carried out by one server is not given to the next: whoever
 * asked decides what that means.
 */
import { ApiError, messageOf } from "../../../errors/index.ts";
import type { Clock } from "../../../outside/index.ts";
import { Connection, type ConnectionOptions, type EtcdConnection } from "./connection.ts";
import { asApiError, code, EtcdFault } from "./etcd-fault.ts";
import {
  encoded,
  type Header,
  int64,
  type PutOperation,
  type RangeAnswer,
  type RangeRequest,
  type Transaction,
  type TransactionAnswer,
  type WatchAnswer,
} from "./messages.ts";

/** Where an etcd is, and how it is reached. */
export interface EtcdOptions {
  /** The client URLs of its servers: `http://a:2379`. */
  readonly endpoints: readonly string[];
  /** How long connecting to a server, and waiting for an answer of it, may take each; 5,000 where left out. */
  readonly dialTimeoutMs?: number | undefined;
  /** What all keys begin with; `/registry` where left out, as kube-apiserver has it. */
  readonly prefix?: string | undefined;
  /** PEM, as text: who has signed the servers' certificates; the certificate and the key that we show them. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

export type ConnectEtcd = (endpoint: string, options: ConnectionOptions) => EtcdConnection;

function overHttp(endpoint: string, options: ConnectionOptions): EtcdConnection {
  return new Connection(endpoint, options);
}

export class EtcdClient {
  readonly #options: EtcdOptions;
  readonly #connections: readonly EtcdConnection[];
  /** Which is asked first. */
  #current = 0;
  #token: Promise<string> | undefined;

  /** @param connect how each server is reached; by HTTP where left out */
  constructor(
    options: EtcdOptions,
    clock: Pick<Clock, "now" | "elapsed" | "after">,
    connect: ConnectEtcd = overHttp,
  ) {
    this.#options = options;
    const { ca, cert, key, dialTimeoutMs = 5_000 } = options;
    const shared = { ca, cert, key, clock, dialTimeoutMs, answerTimeoutMs: dialTimeoutMs };
    this.#connections = options.endpoints.map(endpoint => connect(endpoint, shared));
  }

  /** Can be asked again and again: it changes nothing. */
  range(asked: RangeRequest): Promise<RangeAnswer> {
    return this.#repeatable(connection => this.#call<RangeAnswer>(connection, "/v3/kv/range", asked));
  }

  /** Rejects with an EtcdFault that says whether it has certainly done nothing. */
  transact(asked: Transaction): Promise<TransactionAnswer> {
    return this.#once(connection => this.#call<TransactionAnswer>(connection, "/v3/kv/txn", asked));
  }

  /** To be used where it does no harm that it happens twice. */
  put(operation: PutOperation): Promise<{ readonly header?: Header }> {
    const { request_put } = operation;
    return this.#repeatable(connection => this.#call(connection, "/v3/kv/put", request_put));
  }

  /** Puts a key that goes with a new lease. Resolves to the number of that. */
  async grant(seconds: number, key: string): Promise<string> {
    const { ID } = await this.#repeatable(connection =>
      this.#call<{ readonly ID: string }>(connection, "/v3/lease/grant", { TTL: String(seconds) }),
    );
    await this.#repeatable(connection =>
      this.#call(connection, "/v3/kv/put", { key: encoded(key), value: "", lease: ID }),
    );
    return ID;
  }

  /** Whether it is there still. */
  async keepAlive(lease: string): Promise<boolean> {
    const { result } = await this.#repeatable(connection =>
      this.#call<{ readonly result?: { readonly TTL?: string } }>(connection, "/v3/lease/keepalive", {
        ID: lease,
      }),
    );
    return int64(result?.TTL) > 0;
  }

  revoke(lease: string): Promise<unknown> {
    return this.#repeatable(connection => this.#call(connection, "/v3/lease/revoke", { ID: lease }));
  }

  compact(revision: number): Promise<unknown> {
    const asked = { revision: String(revision) };
    return this.#once(connection => this.#call(connection, "/v3/kv/compaction", asked));
  }

  /** Until it ends. `tell` gets each message as it comes. */
  async watch(asked: object, signal: AbortSignal, tell: (answer: WatchAnswer) => void): Promise<void> {
    await this.#once(async connection => {
      const body = { create_request: asked };
      await connection.stream("/v3/watch", body, await this.#tokenFrom(connection), signal, tell);
    });
  }

  /** The server that is asked first does not do what it should: the next is. */
  turnAway(): void {
    this.#turnFrom(this.#first());
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  /** Asks one server after the other, until one answers. Rejects with ServiceUnavailable, which says why each did not. */
  async #repeatable<T>(ask: (connection: EtcdConnection) => Promise<T>): Promise<T> {
    const problems: string[] = [];
    for (let tries = 0; tries < this.#connections.length; tries++) {
      const connection = this.#first();
      try {
        return await ask(connection);
      } catch (fault) {
        if (!(fault instanceof EtcdFault && fault.isOfServer)) throw fault;
        problems.push(messageOf(fault));
        if (!fault.isThere) this.#turnFrom(connection);
      }
    }
    throw new ApiError("ServiceUnavailable", `the store cannot be reached: ${problems.join("; ")}`);
  }

  /** The same, but where a server may have done it, no other is asked. */
  async #once<T>(ask: (connection: EtcdConnection) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      const connection = this.#first();
      try {
        return await ask(connection);
      } catch (fault) {
        if (!(fault instanceof EtcdFault && fault.isOfServer)) throw fault;
        if (!fault.isThere) this.#turnFrom(connection);
        if (!fault.didNothing || tries >= this.#connections.length) throw fault;
      }
    }
  }

  async #call<T>(connection: EtcdConnection, path: string, body: object): Promise<T> {
    const token = await this.#tokenFrom(connection);
    try {
      return await connection.call<T>(path, body, token);
    } catch (fault) {
      if (token === undefined || !isForgotten(fault)) throw fault;
      this.#token = undefined;
      return connection.call<T>(path, body, await this.#tokenFrom(connection));
    }
  }

  async #tokenFrom(connection: EtcdConnection): Promise<string | undefined> {
    const { user, password = "" } = this.#options;
    if (user === undefined) return undefined;
    this.#token ??= connection
      .call<{ readonly token: string }>("/v3/auth/authenticate", { name: user, password }, undefined)
      .then(({ token }) => token);
    const asked = this.#token;
    try {
      return await asked;
    } catch (fault) {
      if (this.#token === asked) this.#token = undefined;
      if (fault instanceof EtcdFault && fault.code === code.failedPrecondition) return undefined;
      throw fault instanceof EtcdFault && !fault.isOfServer ? asApiError(fault) : fault;
    }
  }

  /** Many may find out about one server at the same time, and it is left once. */
  #turnFrom(connection: EtcdConnection): void {
    if (this.#first() === connection) this.#current = (this.#current + 1) % this.#connections.length;
  }

  #first(): EtcdConnection {
    const connection = this.#connections[this.#current];
    if (!connection) throw new ApiError("BadRequest", "etcd: no endpoint is given");
    return connection;
  }
}

/** Whether etcd does not know the token any more: its servers keep them for five minutes, and each for itself. */
function isForgotten(fault: unknown): boolean {
  if (!(fault instanceof EtcdFault)) return false;
  return fault.code === code.unauthenticated || fault.message.includes("auth store is old");
}
