/**
 * The connection of a client to an API server: requests, streams and sockets. What the server refuses is an ApiError in its words, and one
 * that cannot be reached is ServiceUnavailable. The verbs of the k4s command ask through one, and so does a node that has joined.
 */
import { setMaxListeners } from "node:events";
import type { IncomingMessage, RequestOptions } from "node:http";
import { request as plainRequest } from "node:http";
import { request as encryptedRequest } from "node:https";
import type WebSocket from "ws";
import { ApiError, messageOf, type Reason, reasons } from "../errors/index.ts";

/** Where a server is, whom to trust, and what to show. */
export interface ServerAddress {
  /** `https://127.0.0.1:6443` */
  readonly server: string;
  readonly token?: string | undefined;
  /** PEM, each. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** What its certificate calls it, where that is not the name in its address. */
  readonly serverName?: string | undefined;
  /** Whoever answers is believed. */
  readonly isUnchecked?: boolean;
}

export interface Asked {
  readonly method?: string;
  readonly accept?: string;
  /** JSON, unless `contentType` says otherwise. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  /** Fails with ServiceUnavailable where nothing is heard for so long, be it the answer or a piece of it. */
  readonly silenceMs?: number;
}

export class ServerConnection {
  readonly #address: () => ServerAddress;

  /** @param address asked at each request: certificates and tokens change */
  constructor(address: ServerAddress | (() => ServerAddress)) {
    this.#address = typeof address === "function" ? address : () => address;
  }

  get server(): string {
    return this.#address().server;
  }

  /** Resolves to what the answer's JSON says. */
  async json<T>(path: string, asked: Asked = {}): Promise<T> {
    return JSON.parse(await this.text(path, asked)) as T;
  }

  async text(path: string, asked: Asked = {}): Promise<string> {
    return textOf(await this.stream(path, asked), this.server);
  }

  /** Resolves when the answer begins. Rejects with an ApiError where it is a refusal. */
  async stream(path: string, asked: Asked = {}): Promise<IncomingMessage> {
    const answer = await this.#send(path, asked);
    if ((answer.statusCode ?? 500) < 400) return answer;
    throw refusal(answer, await textOf(answer, this.server));
  }

  /** A socket that speaks one of the protocols. */
  async socket(path: string, protocols: readonly string[]): Promise<WebSocket> {
    const { WebSocket: Socket } = await import("ws");
    const address = this.#address();
    const url = new URL(path, address.server.replace(/^http/, "ws"));
    const socket = new Socket(url, [...protocols], {
      ...trustOf(address),
      headers: this.#headers(),
    });
    return new Promise((resolve, reject) => {
      socket.once("open", () => resolve(socket));
      socket.once("error", reject);
      socket.once("unexpected-response", async (_, answer) => {
        const text = await textOf(answer, this.server).catch(messageOf);
        reject(refusal(answer, text));
      });
    });
  }

  #headers(): Record<string, string> {
    const { token } = this.#address();
    return { "User-Agent": "k4s", ...(token !== undefined && { Authorization: `Bearer ${token}` }) };
  }

  #send(
    path: string,
    { method = "GET", accept = "application/json", body, contentType, signal, silenceMs }: Asked,
  ) {
    const address = this.#address();
    const { server } = address;
    const url = new URL(path, server);
    // One signal may end many requests, as when a node stops; Node warns of more than ten.
    if (signal) setMaxListeners(0, signal);
    const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
    const options: RequestOptions & ReturnType<typeof trustOf> = {
      method,
      headers: {
        ...this.#headers(),
        Accept: accept,
        ...(text !== undefined && {
          "Content-Type": contentType ?? "application/json",
          "Content-Length": Buffer.byteLength(text),
        }),
      },
      ...(signal && { signal }),
      ...(silenceMs !== undefined && { timeout: silenceMs }),
      ...trustOf(address),
    };
    const request = url.protocol === "http:" ? plainRequest : encryptedRequest;
    return new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(url, options, resolve);
      sent.once("timeout", () => sent.destroy(new Error(`nothing was heard for ${silenceMs} ms`)));
      sent.once("error", cause => reject(unreachable(server, cause)));
      sent.end(text);
    });
  }
}

async function textOf(answer: IncomingMessage, server: string): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of piecesOf<Buffer>(answer, server)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** What comes of an answer, piece by piece. Fails with ServiceUnavailable where it is cut, or where nothing is heard for too long. */
export async function* piecesOf<T>(answer: AsyncIterable<T>, server: string): AsyncGenerator<T> {
  try {
    yield* answer;
  } catch (cause) {
    throw unreachable(server, cause as NodeJS.ErrnoException);
  }
}

function unreachable(server: string, cause: NodeJS.ErrnoException): Error {
  if (cause.name === "AbortError") return cause;
  const problem = cause.code === "ECONNREFUSED" ? "nothing listens there" : cause.message;
  return new ApiError(
    "ServiceUnavailable",
    `the cluster at ${server} cannot be reached: ${problem}`,
    {},
    { cause },
  );
}

/** A Status in the body says it; else the text does. */
function refusal({ statusCode = 500 }: IncomingMessage, text: string): ApiError {
  try {
    const { reason, message, details } = JSON.parse(text) as Record<string, unknown>;
    const known = Object.hasOwn(reasons, String(reason)) ? (reason as Reason) : "InternalError";
    return new ApiError(known, String(message), (details as ApiError["details"]) ?? {});
  } catch {
    return new ApiError("InternalError", `the server answered with ${statusCode}: ${text.trim()}`);
  }
}

/** As node:tls has it. What is named as an authority is trusted itself, too, whoever has signed it, as by kubectl and curl. */
function trustOf({ ca, cert, key, serverName, isUnchecked }: ServerAddress) {
  return {
    ...(ca !== undefined && { ca, allowPartialTrustChain: true }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { servername: serverName }),
    rejectUnauthorized: !isUnchecked,
  };
}
