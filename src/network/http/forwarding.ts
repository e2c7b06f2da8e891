/**
 * Sends a request on to an endpoint and its answer back, or makes the two ends of an upgraded connection one. Connections to endpoints are
 * kept for the next request. Where no endpoint answers, the client is told why, as a proxy does: 502, 503, 504.
 */
import {
  Agent,
  type ClientRequest,
  type ClientRequestArgs,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
  request as send,
} from "node:http";
import { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { messageOf } from "../../errors/index.ts";
import type { FoundEndpoint } from "../../messages/index.ts";
import type { Clock } from "../../outside/index.ts";
import { connectMs, type DialEndpoint } from "../dial.ts";
import { changedHeaders } from "./header-changes.ts";
import { answerHeaders, hasBody, requestHeaders } from "./headers.ts";
import type { HeaderModifier, HttpRetry, HttpTimeouts } from "./http-rule.ts";
import { type MirrorCopy, mirrorCopy } from "./mirroring.ts";
import { refuse, refuseUpgrade } from "./refusal.ts";

/** So long an endpoint may take to begin its answer after it has been sent the request, in milliseconds, as with nginx. */
const answerMs = 60_000;

export interface ForwardingParts {
  readonly dial: DialEndpoint;
  readonly clock: Pick<Clock, "after">;
  /** What this proxy is called in the header `via`. */
  readonly name: string;
}

/** Where a request is sent, and what is changed of it. */
export interface Sending {
  /** In the order in which they are tried. */
  readonly endpoints: Iterable<FoundEndpoint>;
  /** The path with the query. */
  readonly target: string;
  /** What this proxy is called in the header `via` of this request; its own name where left out. */
  readonly via?: string;
  /** The host that is asked for instead. */
  readonly host?: string | undefined;
  readonly requestHeaders?: readonly HeaderModifier[];
  readonly responseHeaders?: readonly HeaderModifier[];
  readonly timeouts?: HttpTimeouts;
  /** By which statuses, and how often, a request without a body is tried again: at the next of the endpoints. */
  readonly retry?: HttpRetry | undefined;
  /** Whether there is something left of what may be spent on that. */
  readonly mayRetry?: () => boolean;
  /** Those that get a copy. */
  readonly mirrors?: readonly FoundEndpoint[];
}

/** Why there is no answer, and which status says so. */
class NoAnswer extends Error {
  readonly status: number;
  /** Whether another endpoint may be asked: this one cannot have handled the request, or handling it twice does no harm. */
  readonly mayAskAnother: boolean;

  constructor(status: number, message: string, mayAskAnother: boolean, cause?: unknown) {
    super(message, { cause });
    this.status = status;
    this.mayAskAnother = mayAskAnother;
  }
}

type Callback = (error: Error | null, stream: Duplex) => void;

/** Which endpoint a request is for: an agent is given all that the request is made with. */
interface Meant {
  readonly endpoint?: FoundEndpoint;
}

/** Dials pods in the place of host and port. */
class EndpointAgent extends Agent {
  readonly #dial: (endpoint: FoundEndpoint) => Promise<Duplex>;

  constructor(dial: (endpoint: FoundEndpoint) => Promise<Duplex>, keepAlive: boolean) {
    super({ keepAlive, maxFreeSockets: 256, timeout: 60_000 });
    this.#dial = dial;
  }

  override createConnection({ endpoint }: ClientRequestArgs & Meant, callback?: Callback): undefined {
    if (!endpoint) throw new TypeError("a request of this agent says which endpoint is meant");
    this.#dial(endpoint).then(
      socket => callback?.(null, socket),
      // Of a failure Node takes no stream.
      error => callback?.(error as Error, new Duplex()),
    );
  }
}

export class Forwarding {
  readonly #parts: ForwardingParts;
  readonly #kept: Agent;
  /** A connection that was kept may end just when it is used again: what must not be sent twice gets one of its own. */
  readonly #fresh: Agent;

  constructor(parts: ForwardingParts) {
    this.#parts = parts;
    const dial = (endpoint: FoundEndpoint) => this.#dial(endpoint);
    this.#kept = new EndpointAgent(dial, true);
    this.#fresh = new EndpointAgent(dial, false);
  }

  close(): void {
    this.#kept.destroy();
    this.#fresh.destroy();
  }

  /** Resolves when the client has its answer, or is gone. */
  async answer(sending: Sending, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { request: limit = 0 } = sending.timeouts ?? {};
    const controller = new AbortController();
    const timer =
      limit > 0
        ? this.#parts.clock.after(limit, () =>
            controller.abort(new NoAnswer(504, `there was no answer within ${limit} ms`, false)),
          )
        : undefined;
    try {
      const answer = await this.#ask(sending, request, response, controller.signal);
      const headers = changedHeaders(answerHeaders(answer), sending.responseHeaders ?? []);
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers);
      await pipeline(answer, response, { signal: controller.signal }).catch(() => {
        // One of the two has left in the middle, or the time is over: the other one sees it by its connection.
      });
    } catch (error) {
      if (error instanceof NoAnswer) refuse(response, error.status, error.message);
      else throw error;
    } finally {
      timer?.cancel();
    }
  }

  /** Resolves when both ends are gone, or the endpoint has not taken the upgrade and its answer is passed on. */
  async upgrade(sending: Sending, request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    let last = new NoAnswer(503, "nothing is ready", false);
    for (const endpoint of sending.endpoints) {
      let outgoing: ClientRequest;
      try {
        const socket = await this.#dial(endpoint);
        outgoing = this.#request(endpoint, sending.target, request, {
          headers: [
            ...this.#headersOf(request, sending),
            "Connection",
            "Upgrade",
            "Upgrade",
            request.headers.upgrade ?? "",
          ],
          createConnection: () => socket,
        });
      } catch (error) {
        last = unreached(endpoint, error);
        continue;
      }
      return this.#tunnel(outgoing, client, head, sending.responseHeaders ?? []);
    }
    refuseUpgrade(client, last.status, last.message);
  }

  async #ask(
    sending: Sending,
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    let last = new NoAnswer(503, "nothing is ready", false);
    const { codes = [], attempts = 1, backoff = 25 } = sending.retry ?? {};
    // What was read of a body is gone.
    let left = sending.retry && !hasBody(request) ? attempts : 0;
    const mayRetry = (status: number) =>
      left > 0 &&
      codes.includes(status) &&
      !response.closed &&
      !signal.aborted &&
      (sending.mayRetry?.() ?? true);
    const endpoints = sending.endpoints[Symbol.iterator]();
    // Taken by the first attempt that has a connection.
    const mirrors = [...(sending.mirrors ?? [])];
    for (let next = endpoints.next(); !next.done; ) {
      try {
        const answer = await this.#exchange(next.value, sending, mirrors, request, response, signal);
        if (!mayRetry(answer.statusCode ?? 0)) return answer;
        next = endpoints.next();
        if (next.done) return answer;
        answer.resume();
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        last = error;
        if (response.closed) break;
        // Not before another is asked: whoever chooses the endpoints counts each that is taken.
        if (!error.mayAskAnother && !mayRetry(error.status)) break;
        next = endpoints.next();
        if (error.mayAskAnother) continue;
      }
      left--;
      await new Promise<void>(resolve => this.#parts.clock.after(backoff, resolve));
    }
    throw last;
  }

  #headersOf(request: IncomingMessage, { host, via, requestHeaders: changes = [] }: Sending): string[] {
    const rewritten = host === undefined ? [] : [{ set: [{ name: "Host", value: host }] }];
    return changedHeaders(requestHeaders(request, via ?? this.#parts.name), [...rewritten, ...changes]);
  }

  #exchange(
    endpoint: FoundEndpoint,
    sending: Sending,
    mirrors: FoundEndpoint[],
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const withBody = hasBody(request);
    const isSafe = !withBody && safeMethods.has(request.method ?? "");
    const { backendRequest: attemptMs } = sending.timeouts ?? {};
    return new Promise((resolve, reject) => {
      const headers = this.#headersOf(request, sending);
      const outgoing = this.#request(endpoint, sending.target, request, {
        headers,
        agent: isSafe ? this.#kept : this.#fresh,
      });
      let isConnected = false;
      let timer: ReturnType<Clock["after"]> | undefined;
      const wait = (ms: number) => {
        timer?.cancel();
        timer = this.#parts.clock.after(ms, () =>
          outgoing.destroy(new NoAnswer(504, `${nameOf(endpoint)} has not answered in time`, false)),
        );
      };
      const leave = () => outgoing.destroy();
      const expire = () => outgoing.destroy(signal.reason);
      response.once("close", leave);
      signal.addEventListener("abort", expire, { once: true });
      const end = () => {
        timer?.cancel();
        signal.removeEventListener("abort", expire);
        if (!isConnected) response.off("close", leave);
      };
      if (attemptMs) wait(attemptMs);
      // Not before there is a connection: what was read of the body could not be sent to another endpoint.
      outgoing.once("socket", () => {
        isConnected = true;
        const copies = this.#copies(mirrors.splice(0), sending.target, request, headers);
        if (withBody) {
          request.pipe(outgoing);
          for (const copy of copies) copy.follow(request);
        } else {
          outgoing.end();
          for (const copy of copies) copy.end();
        }
      });
      outgoing.once("finish", () => {
        if (attemptMs === undefined) wait(answerMs);
      });
      outgoing.once("response", answer => {
        timer?.cancel();
        signal.removeEventListener("abort", expire);
        resolve(answer);
      });
      outgoing.once("error", error => {
        end();
        if (error instanceof NoAnswer) reject(error);
        else if (!isConnected) reject(unreached(endpoint, error));
        else
          reject(
            new NoAnswer(
              502,
              `${nameOf(endpoint)} has ended the connection: ${error.message}`,
              isSafe,
              error,
            ),
          );
      });
      outgoing.once("close", () => timer?.cancel());
    });
  }

  /** Of the same request: what becomes of them, nobody hears. */
  #copies(
    mirrors: readonly FoundEndpoint[],
    target: string,
    request: IncomingMessage,
    headers: readonly string[],
  ): MirrorCopy[] {
    return mirrors.map(endpoint =>
      mirrorCopy(this.#request(endpoint, target, request, { headers, agent: this.#fresh })),
    );
  }

  #request(
    endpoint: FoundEndpoint,
    path: string,
    { method }: IncomingMessage,
    more: {
      readonly headers: readonly string[];
      readonly agent?: Agent;
      readonly createConnection?: () => Duplex;
    },
  ): ClientRequest {
    const { address: host, port } = endpoint;
    const options: RequestOptions & Meant = { host, port, path, method, setHost: false, endpoint, ...more };
    return send(options);
  }

  async #tunnel(
    outgoing: ClientRequest,
    client: Duplex,
    head: Buffer,
    changes: readonly HeaderModifier[],
  ): Promise<void> {
    const leave = () => outgoing.destroy();
    client.once("close", leave);
    const [answer, socket, first] = await new Promise<[IncomingMessage?, Duplex?, Buffer?]>(resolve => {
      outgoing.once("upgrade", (...taken) => resolve(taken));
      outgoing.once("response", refused => resolve([refused]));
      outgoing.once("error", () => resolve([]));
      outgoing.end();
    });
    client.off("close", leave);
    if (!answer) {
      refuseUpgrade(client, 502, "the endpoint has ended the connection");
      return;
    }
    const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
    const headers = changedHeaders(answerHeaders(answer), changes);
    for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
    if (!socket) lines.push("Connection: close");
    else lines.push("Connection: Upgrade", `Upgrade: ${answer.headers.upgrade ?? ""}`);
    client.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
    try {
      if (!socket) await pipeline(answer, client);
      else {
        if (first && first.length > 0) client.write(first);
        if (head.length > 0) client.unshift(head);
        await pipeline(client, socket, client);
      }
    } catch {
      // One of the two has left: the other one sees it by its connection.
    } finally {
      client.destroy();
      socket?.destroy();
      outgoing.destroy();
    }
  }

  async #dial(endpoint: FoundEndpoint): Promise<Duplex> {
    const controller = new AbortController();
    const timer = this.#parts.clock.after(connectMs, () =>
      controller.abort(new NoAnswer(504, `${nameOf(endpoint)} cannot be reached in time`, true)),
    );
    try {
      return await this.#parts.dial(endpoint, { signal: controller.signal });
    } finally {
      timer.cancel();
    }
  }
}

const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

function unreached(endpoint: FoundEndpoint, error: unknown): NoAnswer {
  if (error instanceof NoAnswer) return error;
  return new NoAnswer(502, `${nameOf(endpoint)} cannot be reached: ${messageOf(error)}`, true, error);
}

function nameOf({ address, port }: FoundEndpoint): string {
  return `${address}:${port}`;
}
