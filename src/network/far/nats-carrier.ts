/**
 * Packets by way of NATS: each process hears a subject of its own, and one that is for all. Who has sent a packet stands in the last part of the
 * subject, so that the permissions of NATS can say which node may speak for itself only:
 *
 *     k4s.CLUSTER.to.RECEIVER.SENDER      k4s.CLUSTER.all.SENDER
 *
 * The client of NATS comes to memory with the first carrier that starts.
 */
import { readFile } from "node:fs/promises";
import type { Authenticator, ConnectionOptions, Msg, NatsConnection, Status } from "@nats-io/transport-node";
import { identityOf } from "../../client/index.ts";
import { ApiError, messageOf } from "../../errors/index.ts";
import type { Carrier, CarrierEvents } from "./carrier.ts";
import { type NatsOptions, natsServers } from "./nats-options.ts";

/** So long a server may take to answer at first. */
const connectMs = 5_000;
/** A server that is away is tried again so soon, and again, for ever. */
const againMs = 250;
/** A server that answers no ping for two of these is taken for away. */
const pingMs = 5_000;

export class NatsCarrier implements Carrier {
  readonly #options: NatsOptions;
  readonly #cluster: () => string;
  #connection: NatsConnection | undefined;
  #events: CarrierEvents | undefined;
  #isConnected = false;
  #prefix = "";
  #sender = "";
  #largest = 0;

  /** @param cluster tells clusters on one NATS from each other; asked at the start */
  constructor(options: NatsOptions, cluster: () => string) {
    this.#options = options;
    this.#cluster = cluster;
  }

  get largest(): number {
    return this.#largest;
  }

  async start(name: string, events: CarrierEvents): Promise<void> {
    this.#events = events;
    this.#prefix = `k4s.${token(this.#cluster())}`;
    this.#sender = token(name);
    const connection = await connected(this.#options, `k4s ${name}`);
    this.#connection = connection;
    this.#isConnected = true;
    this.#largest = connection.info?.max_payload ?? 64 * 1024;
    let refusal: Error | undefined;
    const callback = (error: Error | null, message: Msg) => {
      if (error) refusal = error;
      else this.#heard(message);
    };
    connection.subscribe(`${this.#prefix}.to.${this.#sender}.*`, { callback });
    connection.subscribe(`${this.#prefix}.all.*`, { callback });
    void this.#follow(connection.status());
    // The server has the subscriptions when this resolves.
    await connection.flush();
    if (!refusal) return;
    await this.close();
    const at = natsServers(this.#options.servers).servers.join(", ");
    throw new ApiError("Forbidden", `NATS at ${at}: ${refusal.message}`, undefined, { cause: refusal });
  }

  send(packet: Uint8Array, to?: string): void {
    if (!this.#isConnected || !this.#connection) return;
    try {
      if (to === undefined) {
        this.#connection.publish(`${this.#prefix}.all.${this.#sender}`, packet);
        return;
      }
      // A server says there that nobody hears the receiver's subject.
      const reply = `${this.#prefix}.to.${this.#sender}.${token(to)}`;
      this.#connection.publish(`${this.#prefix}.to.${token(to)}.${this.#sender}`, packet, { reply });
    } catch (cause) {
      this.#events?.fault(new Error(`NATS takes no packet: ${messageOf(cause)}`, { cause }));
    }
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#events = undefined;
    if (this.#isConnected) await connection?.flush().catch(() => {});
    this.#isConnected = false;
    await connection?.close();
  }

  #heard({ subject, headers, data }: Msg): void {
    const from = untoken(subject.slice(subject.lastIndexOf(".") + 1));
    if (headers?.code === 503) this.#events?.absent(from);
    else this.#events?.packet(from, data);
  }

  async #follow(status: AsyncIterable<Status>): Promise<void> {
    for await (const { type, ...more } of status) {
      if (type === "disconnect") this.#isConnected = false;
      else if (type === "reconnect") {
        this.#isConnected = true;
        this.#largest = this.#connection?.info?.max_payload ?? this.#largest;
        this.#events?.reconnected();
      } else if (type === "error" && "error" in more)
        this.#events?.fault(new Error(`NATS: ${messageOf(more.error)}`, { cause: more.error }));
    }
  }
}

/** Names of nodes may have dots, which part the subjects of NATS; they have no underscores. */
function token(name: string): string {
  return name.replaceAll(".", "_");
}

function untoken(part: string): string {
  return part.replaceAll("_", ".");
}

async function connected(options: NatsOptions, name: string): Promise<NatsConnection> {
  const { connect, errors } = await import("@nats-io/transport-node");
  const asked = natsServers(options.servers);
  const at = `NATS at ${asked.servers.join(", ")}`;
  try {
    const wanted = { ...(await connectionOptions(options)), name };
    const connection = await connect(wanted);
    if (asked.servers.length === 1) return connection;
    // The client forgets servers that are away when it connects first, and those may be needed when this one dies.
    await connection.close();
    return await connect({ ...wanted, waitOnFirstConnect: true });
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    if (cause instanceof errors.AuthorizationError)
      throw new ApiError("Unauthorized", `${at} refuses who asks: ${cause.message}`, undefined, { cause });
    // What a server says to who shows no certificate does not come through.
    const mayWant = cause instanceof errors.TimeoutError && asked.isEncrypted && options.cert === undefined;
    const hint = mayWant ? " (it may want a certificate of who asks)" : "";
    throw new ApiError("ServiceUnavailable", `${at}: ${messageOf(cause)}${hint}`, undefined, { cause });
  }
}

async function authenticatorIn(file: string): Promise<Authenticator> {
  const { credsAuthenticator } = await import("@nats-io/transport-node");
  try {
    const authenticator = credsAuthenticator(await readFile(file));
    // It is read anew for each connection; what is wrong with it is to be told now.
    authenticator("a nonce");
    return authenticator;
  } catch (cause) {
    throw new ApiError(
      "BadRequest",
      `the credentials ${file} cannot be read: ${messageOf(cause)}`,
      undefined,
      {
        cause,
      },
    );
  }
}

async function connectionOptions(options: NatsOptions): Promise<ConnectionOptions> {
  const { servers, isEncrypted, ...inUrl } = natsServers(options.servers);
  const { token, creds, ca, cert, key } = options;
  const user = options.user ?? inUrl.user;
  const pass = options.password ?? inUrl.password;
  const isTls = isEncrypted || ca !== undefined || cert !== undefined;
  const tls = {
    ...(ca !== undefined && { caFile: ca }),
    ...(cert !== undefined && { certFile: cert }),
    ...(key !== undefined && { keyFile: key }),
    checkServerIdentity: identityOf(servers.map(each => new URL(each).hostname)),
  };
  return {
    servers: [...servers],
    noEcho: true,
    timeout: connectMs,
    pingInterval: pingMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: againMs,
    ignoreAuthErrorAbort: true,
    ...(user !== undefined && { user }),
    ...(pass !== undefined && { pass }),
    ...(token !== undefined && { token }),
    ...(creds !== undefined && { authenticator: await authenticatorIn(creds) }),
    ...(isTls && { tls }),
  };
}
