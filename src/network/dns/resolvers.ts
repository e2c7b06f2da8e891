/**
 * Asks the resolvers of the machine what the cluster does not know, one after the other, for a bounded time and a bounded number of
 * questions at once: a flood of foreign names takes no more sockets than that.
 */
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, isIP } from "node:net";
import type { Clock } from "../../outside/index.ts";
import { TooManyForwarded, type Transport } from "./reply.ts";

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

const mostAtOnce = 100;
const patienceMs = 2_000;
const mostServers = 3;

export class Resolvers {
  readonly #servers: readonly ServerAddress[];
  readonly #clock: Pick<Clock, "after">;
  readonly #ending = new AbortController();
  #underWay = 0;

  constructor(servers: readonly ServerAddress[], clock: Pick<Clock, "after">) {
    this.#servers = servers.slice(0, mostServers);
    this.#clock = clock;
  }

  /** What is under way fails. */
  stop(): void {
    this.#ending.abort(new Error("the DNS server has ended"));
  }

  /** Resolves to the answer, under the id of the query. Rejects with TooManyForwarded, or the last server's failure. */
  async ask(query: Buffer, transport: Transport): Promise<Buffer> {
    if (this.#underWay >= mostAtOnce) throw new TooManyForwarded("too many questions are under way");
    this.#underWay++;
    try {
      let failure: unknown = new Error("the machine has no resolver");
      for (const server of this.#servers) {
        try {
          return await this.#askOne(query, transport, server);
        } catch (error) {
          failure = error;
        }
      }
      throw failure;
    } finally {
      this.#underWay--;
    }
  }

  async #askOne(query: Buffer, transport: Transport, server: ServerAddress): Promise<Buffer> {
    const ending = new AbortController();
    const timer = this.#clock.after(patienceMs, () => ending.abort(new Error("no answer in time")));
    const signal = AbortSignal.any([ending.signal, this.#ending.signal]);
    // An id of our own, which nobody can guess, for the answer to be known by.
    const sent = Buffer.from(query);
    sent.writeUInt16BE(randomInt(65_536), 0);
    try {
      const answer = await (transport === "udp" ? overUdp : overTcp)(sent, server, signal);
      query.copy(answer, 0, 0, 2);
      return answer;
    } finally {
      timer.cancel();
    }
  }
}

async function overUdp(query: Buffer, { host, port }: ServerAddress, signal: AbortSignal): Promise<Buffer> {
  signal.throwIfAborted();
  const socket = createSocket(isIP(host) === 6 ? "udp6" : "udp4");
  try {
    // Only what this server sends is taken.
    const connected = once(socket, "connect", { signal });
    socket.connect(port, host);
    await connected;
    socket.send(query);
    for (;;) {
      const [answer] = (await once(socket, "message", { signal })) as [Buffer];
      if (answer.length >= 12 && answer.readUInt16BE(0) === query.readUInt16BE(0)) return answer;
    }
  } finally {
    // What still comes from the system is of no concern any more.
    socket.on("error", () => {}).close();
  }
}

async function overTcp(query: Buffer, { host, port }: ServerAddress, signal: AbortSignal): Promise<Buffer> {
  signal.throwIfAborted();
  const socket = connect({ host, port });
  try {
    await once(socket, "connect", { signal });
    socket.write(framed(query));
    let received = Buffer.alloc(0);
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      signal.throwIfAborted();
      received = Buffer.concat([received, chunk as Buffer]);
      const length = received.length >= 2 ? received.readUInt16BE(0) : Number.POSITIVE_INFINITY;
      if (received.length >= 2 + length) return received.subarray(2, 2 + length);
    }
    throw new Error(`${host} closed the connection`);
  } finally {
    socket.on("error", () => {}).destroy();
  }
}

/** With its length before it, as over TCP. */
export function framed(packet: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(packet.length);
  return Buffer.concat([length, packet]);
}

/** `1.1.1.1`, `1.1.1.1:5353`, `::1`, `[::1]:5353`; undefined for anything else. */
export function serverAddress(text: string, defaultPort = 53): ServerAddress | undefined {
  if (isIP(text)) return { host: text, port: defaultPort };
  const { host = "", port = "" } =
    /^(?:\[(?<host>[^\]]+)\]|(?<host4>[^:]+)):(?<port>\d+)$/.exec(text)?.groups ?? {};
  const address = host || text.slice(0, text.lastIndexOf(":"));
  return isIP(address) && Number(port) <= 65_535 ? { host: address, port: Number(port) } : undefined;
}
