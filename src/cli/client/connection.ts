/** The connection of a verb to the API server: requests, streams and sockets. What it refuses is an ApiError in its words. */
import type { IncomingMessage, RequestOptions } from "node:http";
import { request as plainRequest } from "node:http";
import { request as encryptedRequest } from "node:https";
import type WebSocket from "ws";
import { ApiError, type Reason, reasons } from "../../errors/index.ts";
import { type Where, type WhereOptions, whereIs } from "./kubeconfig.ts";

export interface Asked {
  readonly method?: string;
  readonly accept?: string;
  /** JSON, unless `contentType` says otherwise. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  /** Whether warnings of the server are left out: who asks for all kinds did not choose one that is outdated. */
  readonly isQuiet?: boolean;
}

export class Connection {
  readonly namespace: string;
  readonly #where: Where;

  constructor(options: WhereOptions) {
    this.#where = whereIs(options);
    this.namespace = this.#where.namespace;
  }

  /** Resolves to what the answer's JSON says. */
  async json<T>(path: string, asked: Asked = {}): Promise<T> {
    return JSON.parse(await this.text(path, asked)) as T;
  }

  async text(path: string, asked: Asked = {}): Promise<string> {
    const pieces: Buffer[] = [];
    for await (const piece of await this.stream(path, asked)) pieces.push(piece as Buffer);
    return Buffer.concat(pieces).toString();
  }

  /** Resolves when the answer begins. Rejects with an ApiError where it is a refusal. Warnings go to stderr. */
  async stream(path: string, asked: Asked = {}): Promise<IncomingMessage> {
    const answer = await this.#send(path, asked);
    for (const warning of asked.isQuiet ? [] : [answer.headers.warning ?? []].flat())
      process.stderr.write(`Warning: ${/^\d+ \S+ "(.*)"$/.exec(warning)?.[1] ?? warning}\n`);
    if ((answer.statusCode ?? 500) < 400) return answer;
    const pieces: Buffer[] = [];
    for await (const piece of answer) pieces.push(piece as Buffer);
    throw refusal(answer, Buffer.concat(pieces).toString());
  }

  /** A socket that speaks one of the protocols. */
  async socket(path: string, protocols: readonly string[]): Promise<WebSocket> {
    const { WebSocket: Socket } = await import("ws");
    const { server, ca, cert, key, isUnchecked } = this.#where;
    const url = new URL(path, server.replace(/^http/, "ws"));
    const socket = new Socket(url, [...protocols], {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      rejectUnauthorized: !isUnchecked,
      headers: this.#headers(),
    });
    return new Promise((resolve, reject) => {
      socket.once("open", () => resolve(socket));
      socket.once("error", reject);
      socket.once("unexpected-response", async (_, answer) => {
        const pieces: Buffer[] = [];
        for await (const piece of answer) pieces.push(piece as Buffer);
        reject(refusal(answer, Buffer.concat(pieces).toString()));
      });
    });
  }

  #headers(): Record<string, string> {
    const { token } = this.#where;
    return { "User-Agent": "k4s", ...(token !== undefined && { Authorization: `Bearer ${token}` }) };
  }

  #send(path: string, { method = "GET", accept = "application/json", body, contentType, signal }: Asked) {
    const { server, ca, cert, key, isUnchecked } = this.#where;
    const url = new URL(path, server);
    const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
    const options: RequestOptions & {
      rejectUnauthorized: boolean;
      ca?: string;
      cert?: string;
      key?: string;
    } = {
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
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      rejectUnauthorized: !isUnchecked,
    };
    const request = url.protocol === "http:" ? plainRequest : encryptedRequest;
    return new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(url, options, resolve);
      sent.once("error", cause => reject(unreachable(server, cause)));
      sent.end(text);
    });
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
