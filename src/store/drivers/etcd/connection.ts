/**
 * HTTP to one server of etcd: its JSON gateway, which every etcd has at its client URL. A request is answered whole, a watch line by
 * line. Connections are kept; whether a request that failed had been sent by then is told with the failure.
 */
import { Agent, type ClientRequest, type IncomingMessage, request as overHttp } from "node:http";
import { request as overTls, Agent as TlsAgent } from "node:https";
import { messageOf } from "../../../errors/index.ts";
import { type Clock, onAbort } from "../../../outside/index.ts";
import { connectionProblem, EtcdFault, code as grpcCode } from "./etcd-fault.ts";
import { Liveness, type ServerStatus } from "./liveness.ts";
import type { Header } from "./messages.ts";

export interface ConnectionOptions {
  /** PEM, as text: who has signed etcd's certificate; who we are. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly clock: Pick<Clock, "now" | "elapsed" | "after">;
  /** How long connecting may take. */
  readonly dialTimeoutMs: number;
  /** How long an answer may take. */
  readonly answerTimeoutMs: number;
}

/** How one server is asked: by HTTP, where nothing else is given. */
export interface EtcdConnection {
  /** Rejects with an EtcdFault where etcd refuses, or no answer comes. */
  call<T>(path: string, body: object, token: string | undefined): Promise<T>;
  /**
   * Calls `tell` with each message of a stream, until it ends; resolves or rejects then.
   * @param signal ends it
   */
  stream<T>(
    path: string,
    body: object,
    token: string | undefined,
    signal: AbortSignal,
    tell: (message: T) => void,
  ): Promise<void>;
  close(): void;
}

/** How a request is sent. */
interface Sending {
  readonly signal?: AbortSignal | undefined;
  /** On a connection of its own, and waited for so long, whatever is known of the server. */
  readonly aloneMs?: number;
}

/** Nothing can be expected any more of what was sent. */
class GivenUp extends Error {
  readonly isThere: boolean;

  constructor(why: string, isThere: boolean) {
    super(why);
    this.isThere = isThere;
  }
}

/** How long a server may take to say how it is; who asks waits less. */
const statusMs = 2_000;

export class Connection implements EtcdConnection {
  readonly endpoint: string;
  readonly #url: URL;
  readonly #agent: Agent;
  readonly #options: ConnectionOptions;
  readonly #liveness: Liveness;

  constructor(endpoint: string, options: ConnectionOptions) {
    this.endpoint = endpoint;
    this.#url = new URL(endpoint);
    this.#options = options;
    const { clock, ca, cert, key } = options;
    this.#liveness = new Liveness({ clock, status: () => this.#status() });
    const kept = { keepAlive: true, maxSockets: 64, scheduling: "lifo" } as const;
    this.#agent =
      this.#url.protocol === "https:" ? new TlsAgent({ ...kept, ca, cert, key }) : new Agent(kept);
  }

  async call<T>(path: string, body: object, token: string | undefined): Promise<T> {
    const answered = await this.#answered(path, body, token);
    const text = await this.#textOf(answered);
    if (answered.statusCode === 200) {
      const answer = this.#parsed<T & { readonly header?: Header }>(text);
      this.#liveness.heard(answer.header);
      return answer;
    }
    throw this.#refusal(text, answered.statusCode);
  }

  async stream<T>(
    path: string,
    body: object,
    token: string | undefined,
    signal: AbortSignal,
    tell: (message: T) => void,
  ): Promise<void> {
    // Who listens is not called any more.
    if (signal.aborted) throw this.#fault(messageOf(ended()), undefined, undefined, true);
    const answered = await this.#answered(path, body, token, { signal });
    if (signal.aborted) answered.destroy(ended());
    if (answered.statusCode !== 200) throw this.#refusal(await this.#textOf(answered), answered.statusCode);
    answered.setEncoding("utf8");
    let rest = "";
    // Of the answer, not of its request: when that is whole its socket is kept for others already.
    const takeBack = onAbort(signal, () => answered.destroy(ended()));
    const done = this.#liveness.stream((why, isThere) => answered.destroy(new GivenUp(why, isThere)));
    try {
      for await (const chunk of answered) {
        const lines = `${rest}${chunk}`.split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          if (line === "") continue;
          const { result, error } = this.#parsed<{
            result?: T;
            error?: { message?: string; grpc_code?: number };
          }>(line);
          if (error) throw this.#fault(error.message ?? line, undefined, error.grpc_code);
          if (result) tell(result);
        }
      }
    } catch (error) {
      if (error instanceof EtcdFault) throw error;
      throw this.#fault(messageOf(error), error);
    } finally {
      takeBack();
      done();
    }
  }

  close(): void {
    this.#liveness.stop();
    this.#agent.destroy();
  }

  /** It says so by itself, and to everybody. */
  async #status(): Promise<ServerStatus> {
    const answered = await this.#answered("/v3/maintenance/status", {}, undefined, { aloneMs: statusMs });
    return this.#parsed<ServerStatus>(await this.#textOf(answered));
  }

  /** Resolves when the head of the answer is there. */
  #answered(
    path: string,
    body: object,
    token: string | undefined,
    { signal, aloneMs }: Sending = {},
  ): Promise<IncomingMessage> {
    const { clock, dialTimeoutMs, answerTimeoutMs, ca, cert, key } = this.#options;
    const timeoutMs = aloneMs ?? answerTimeoutMs;
    const text = JSON.stringify(body);
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
      // A server that has lost the others ends what it streams, instead of saying nothing any more.
      "grpc-metadata-hasleader": "true",
      ...(token !== undefined && { authorization: token }),
    };
    return new Promise((resolve, reject) => {
      const send = this.#url.protocol === "https:" ? overTls : overHttp;
      const sent: ClientRequest = send(new URL(path, this.#url), {
        method: "POST",
        headers,
        ...(aloneMs === undefined ? { agent: this.#agent } : { agent: false, ca, cert, key }),
      });
      const takeBack = onAbort(signal, () => sent.destroy(ended()));
      let isConnected = false;
      const late = (what: string) => () => sent.destroy(new Error(what));
      const dialling = clock.after(dialTimeoutMs, late(`not connected within ${dialTimeoutMs} ms`));
      const waiting = clock.after(timeoutMs, late(`no answer within ${timeoutMs} ms`));
      const done =
        aloneMs === undefined
          ? this.#liveness.answer((why, isThere) => sent.destroy(new GivenUp(why, isThere)))
          : () => {};
      const connected = () => {
        isConnected = true;
        dialling.cancel();
      };
      sent.once("socket", socket => {
        // A kept connection is there already.
        if (!socket.connecting) connected();
        else socket.once(this.#url.protocol === "https:" ? "secureConnect" : "connect", connected);
      });
      sent.once("response", answer => {
        done();
        takeBack();
        waiting.cancel();
        dialling.cancel();
        resolve(answer);
      });
      sent.on("error", error => {
        done();
        takeBack();
        waiting.cancel();
        dialling.cancel();
        reject(this.#fault(connectionProblem(error), error, undefined, !isConnected));
      });
      sent.end(text);
    });
  }

  async #textOf(answer: IncomingMessage): Promise<string> {
    const { clock, answerTimeoutMs } = this.#options;
    const late = clock.after(answerTimeoutMs, () =>
      answer.destroy(new Error(`no answer within ${answerTimeoutMs} ms`)),
    );
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString("utf8");
    } catch (error) {
      throw this.#fault(messageOf(error), error);
    } finally {
      late.cancel();
    }
  }

  #parsed<T>(text: string): T {
    try {
      return JSON.parse(text) as T;
    } catch (error) {
      throw this.#fault(`this is no answer of etcd: ${text.slice(0, 100)}`, error);
    }
  }

  #refusal(text: string, status: number | undefined): EtcdFault {
    try {
      const { message, error, code } = JSON.parse(text) as {
        message?: string;
        error?: string;
        code?: number;
      };
      return this.#fault(message ?? error ?? text, undefined, code);
    } catch {
      // A proxy in between, or no etcd at all; or its gateway, which lets nobody in whose certificate has a name, where etcd knows users.
      const isOfName = text.startsWith("CommonName of client");
      return this.#fault(
        `HTTP ${status}: ${text.trim().slice(0, 100)}`,
        undefined,
        isOfName ? grpcCode.permissionDenied : undefined,
      );
    }
  }

  #fault(problem: string, cause?: unknown, code?: number, isUnsent = false): EtcdFault {
    // Refused by rule, before anything was proposed to the others. What came too late, or broke off, may have been carried out.
    const isRefused = code !== undefined && [3, 5, 7, 8, 9, 11, 12, 16].includes(code);
    return new EtcdFault(this.endpoint, problem, {
      ...(code !== undefined && { code }),
      didNothing: isUnsent || isRefused,
      isThere: cause instanceof GivenUp && cause.isThere,
      cause,
    });
  }
}

function ended(): Error {
  return new Error("it is not wanted any more");
}
