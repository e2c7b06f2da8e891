/**
 * Sends a request on to an endpoint and its answer back. Connections to endpoints are kept for the next request. Where no endpoint answers,
 * the client is told why, as a proxy does.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { FoundEndpoint } from "../../messages/index.ts";
import type { Clock } from "../../outside/index.ts";
import type { DialEndpoint } from "../dial.ts";
import type { FollowConnection } from "../policed-connections.ts";
import type { Answer } from "./answer.ts";
import { dialInTime, EndpointAgent } from "./endpoint-agent.ts";
import type { MirrorTrial } from "./endpoint-trials.ts";
import { type ExchangeParts, exchange } from "./exchange.ts";
import { changedHeaders } from "./header-changes.ts";
import { requestHeaders } from "./headers.ts";
import { Http2Sessions } from "./http2-sessions.ts";
import { copiesFor } from "./mirroring.ts";
import { endpointName, NoAnswer } from "./no-answer.ts";
import { passOn } from "./passing-on.ts";
import type { ProxiedRequest, ProxiedResponse } from "./proxied.ts";
import { refuse } from "./refusal.ts";
import { RequestBody } from "./request-body.ts";
import { begun } from "./room.ts";
import type { Sending } from "./sending.ts";
import { upgrade } from "./upgrading.ts";

export interface ForwardingParts {
  readonly dial: DialEndpoint;
  /** Requests under way, their answers and upgraded connections are followed. */
  readonly follow: FollowConnection;
  readonly clock: Pick<Clock, "after">;
  /** What this proxy is called in the header `via`. */
  readonly name: string;
}

export class Forwarding {
  readonly #parts: ForwardingParts;
  readonly #kept: EndpointAgent;
  readonly #fresh: EndpointAgent;
  readonly #http2: Http2Sessions;
  readonly #overHttp1: ExchangeParts;
  readonly #overHttp2: ExchangeParts;

  constructor(parts: ForwardingParts) {
    this.#parts = parts;
    const dial = (endpoint: FoundEndpoint) => dialInTime(endpoint, parts);
    this.#kept = new EndpointAgent(dial, true);
    this.#fresh = new EndpointAgent(dial, false);
    this.#http2 = new Http2Sessions(dial);
    const { clock, follow } = parts;
    this.#overHttp1 = { clock, follow, kept: this.#kept, fresh: this.#fresh, http2: undefined };
    this.#overHttp2 = { ...this.#overHttp1, http2: this.#http2 };
  }

  close(): void {
    this.#kept.destroy();
    this.#fresh.destroy();
    this.#http2.close();
  }

  /** Resolves when the client has its answer, or is gone. */
  async answer(sending: Sending, request: ProxiedRequest, response: ProxiedResponse): Promise<void> {
    const { request: limit = 0 } = sending.timeouts ?? {};
    // Most have no limit, and a signal of its own would be a good part of what a request costs.
    const controller = limit > 0 ? new AbortController() : undefined;
    const timer =
      controller &&
      this.#parts.clock.after(limit, () =>
        controller.abort(new NoAnswer(504, `there was no answer within ${limit} ms`, "nobody")),
      );
    const signal = controller?.signal;
    const body = new RequestBody(request, sending.retry !== undefined);
    try {
      const answer = await this.#ask(sending, request, response, body, signal);
      const headers = changedHeaders(answer.headers, sending.responseHeaders);
      response.writeHead(answer.status, answer.message, headers, answer.isAll);
      await passOn(answer, response, signal);
    } catch (error) {
      if (error instanceof NoAnswer) refuse(response, error.status, error.message);
      else throw error;
    } finally {
      timer?.cancel();
      body.release();
    }
  }

  /** Resolves when both ends are gone, or the endpoint has not taken the upgrade and its answer is passed on. */
  async upgrade(sending: Sending, request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    const headers = this.#headersOf(request, sending);
    await upgrade(sending, headers, request, client, head, this.#parts);
  }

  async #ask(
    sending: Sending,
    request: ProxiedRequest,
    response: ProxiedResponse,
    body: RequestBody,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    let last: NoAnswer | undefined;
    const { codes = [], attempts = 1, backoff = 25 } = sending.retry ?? {};
    let left = sending.retry ? attempts : 0;
    const mayRetry = (status: number) =>
      left > 0 &&
      codes.includes(status) &&
      body.isRepeatable &&
      !response.closed &&
      !signal?.aborted &&
      (sending.mayRetry?.() ?? true);
    const { target } = sending;
    const headers = this.#headersOf(request, sending);
    const mirrors = [...(sending.mirrors ?? [])];
    const exchanged = {
      request,
      response,
      target,
      headers,
      body,
      attemptMs: sending.timeouts?.backendRequest,
      signal,
      copies: () =>
        mirrors.length === 0 ? [] : this.#copiesFor(mirrors.splice(0), { request, target, headers }),
    };
    let agents = sending.isHttp2 ? this.#overHttp2 : this.#overHttp1;
    const unreached: string[] = [];
    const trials = sending.trials[Symbol.iterator]();
    for (let next = trials.next(); !next.done; ) {
      try {
        const turn = begun(next.value, response, signal);
        if (turn) await turn;
        const { answer, drop } = await exchange(next.value, exchanged, agents);
        if (!mayRetry(answer.status)) return answer;
        next = trials.next();
        if (next.done) return answer;
        drop();
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        last = error;
        if (response.closed) break;
        const { askInstead, status } = error;
        // Where one that was kept has ended, others may have at the same time.
        agents = { ...agents, kept: this.#fresh };
        // Not before another is asked: whoever chooses the endpoints takes turns with each that is taken.
        if (askInstead === "nobody" && !mayRetry(status)) break;
        if (askInstead === "others") unreached.push(endpointName(next.value.endpoint));
        next = trials.next();
        if (askInstead !== "nobody") {
          if (next.done || !unreached.includes(endpointName(next.value.endpoint))) continue;
          if (!mayRetry(status)) break;
        }
      }
      left--;
      await new Promise<void>(resolve => this.#parts.clock.after(backoff, resolve));
    }
    throw last ?? new NoAnswer(503, "nothing is ready", "nobody");
  }

  #copiesFor(mirrors: readonly MirrorTrial[], copied: Parameters<typeof copiesFor>[1]) {
    const { follow } = this.#parts;
    return copiesFor(mirrors, copied, { agent: this.#fresh, sessions: this.#http2, follow });
  }

  #headersOf(request: ProxiedRequest, { host, via, requestHeaders: changes = [] }: Sending): string[] {
    const rewritten = host === undefined ? changes : [{ set: [{ name: "Host", value: host }] }, ...changes];
    return changedHeaders(requestHeaders(request, via ?? this.#parts.name), rewritten);
  }
}
