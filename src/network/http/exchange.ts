/** One request to one endpoint, up to the head of its answer. Who counts what is under way to it is told how that went, and when it ends. */
import { type Agent, type ClientRequest, type RequestOptions, request as send } from "node:http";
import { type ClientHttp2Stream, constants } from "node:http2";
import type { Duplex } from "node:stream";
import type { FoundEndpoint, Outcome } from "../../messages/index.ts";
import type { Clock } from "../../outside/index.ts";
import type { FollowConnection } from "../policed-connections.ts";
import { type Answer, answerOf, http2AnswerOf } from "./answer.ts";
import type { Meant } from "./endpoint-agent.ts";
import type { Trial } from "./endpoint-trials.ts";
import { clientOf, hasBody } from "./headers.ts";
import { type Http2Sessions, requestOver } from "./http2-sessions.ts";
import { answerMs, endpointName, NoAnswer, outcomeOf, unreached } from "./no-answer.ts";
import type { ProxiedRequest, ProxiedResponse } from "./proxied.ts";
import type { RequestBody } from "./request-body.ts";

export interface ExchangeParts {
  readonly clock: Pick<Clock, "after">;
  /** A request under way is followed, and so is its answer. */
  readonly follow: FollowConnection;
  readonly kept: Agent;
  /** A connection that was kept may end just when it is used again: what must not be sent twice gets one of its own. */
  readonly fresh: Agent;
  /** Where the endpoint speaks HTTP/2. */
  readonly http2: Http2Sessions | undefined;
}

/** What is the same for each attempt. */
export interface Exchanged {
  readonly request: ProxiedRequest;
  readonly response: ProxiedResponse;
  readonly target: string;
  readonly headers: readonly string[];
  readonly body: RequestBody;
  /** One attempt may take so long, in milliseconds. */
  readonly attemptMs: number | undefined;
  /** All together may take as long as this says; undefined where there is no limit. */
  readonly signal: AbortSignal | undefined;
  /** Asked by each attempt that has a connection; what the first was given is all there is. */
  readonly copies: () => readonly RequestCopy[];
}

/** A copy of the request, for a mirror. */
export interface RequestCopy {
  /** Sends all of the body, which is being read already. */
  follow(request: ProxiedRequest): void;
  /** There is no body. */
  end(): void;
}

/** The answer, and what ends it in favour of another attempt. */
interface Exchange {
  readonly answer: Answer;
  readonly drop: () => void;
}

/**
 * Rejects with NoAnswer.
 * @param trial has begun
 */
export function exchange(trial: Trial, exchanged: Exchanged, parts: ExchangeParts): Promise<Exchange> {
  const { endpoint, use } = trial;
  const { request, target, headers } = exchanged;
  const { kept, fresh, http2 } = parts;
  if (!http2) {
    const agent = isSafe(request) ? kept : fresh;
    return answered(requestTo(endpoint, target, request, { headers, agent }), trial, exchanged, parts);
  }
  return http2
    .of(endpoint)
    .then(session => requestOver(session, target, request, headers))
    .then(
      outgoing => answered(outgoing, trial, exchanged, parts),
      error => {
        use?.went("gateway-error");
        use?.end();
        throw unreached(endpoint, error);
      },
    );
}

/** From the request that is made to the head of its answer. */
function answered(
  outgoing: ClientRequest | ClientHttp2Stream,
  { endpoint, use }: Trial,
  { request, response, body, attemptMs, signal, copies }: Exchanged,
  { clock, follow }: ExchangeParts,
): Promise<Exchange> {
  const withBody = hasBody(request);
  const again = isSafe(request) ? "anybody" : "nobody";
  return new Promise((resolve, reject) => {
    let isTold = false;
    const tell = (outcome: Outcome) => {
      if (!isTold) use?.went(outcome);
      isTold = true;
    };
    let isConnected = false;
    let isAnswered = false;
    let timer: ReturnType<Clock["after"]> | undefined;
    const wait = (ms: number) => {
      timer?.cancel();
      timer = clock.after(ms, () =>
        outgoing.destroy(new NoAnswer(504, `${endpointName(endpoint)} has not answered in time`, "nobody")),
      );
    };
    const leave = () => outgoing.destroy();
    const deny = () =>
      outgoing.destroy(new NoAnswer(504, `NetworkPolicies deny ${endpointName(endpoint)} now`, again));
    const unfollow = follow(clientOf(request), endpoint, deny);
    const expire = () => outgoing.destroy(signal?.reason);
    if (response.closed) leave();
    else response.on("close", leave);
    signal?.addEventListener("abort", expire, { once: true });
    if (attemptMs) wait(attemptMs);
    // Not before there is a connection: what was read of the body could not be sent to another endpoint.
    const connected = () => {
      isConnected = true;
      const made = copies();
      if (withBody) {
        body.sendTo(outgoing);
        for (const copy of made) copy.follow(request);
      } else {
        outgoing.end();
        for (const copy of made) copy.end();
      }
    };
    // Each of these happens once; `once` would make a function and an object of its own for each.
    outgoing.on("finish", () => {
      if (attemptMs === undefined && !isAnswered) wait(answerMs);
    });
    const begin = (answer: Answer) => {
      isAnswered = true;
      timer?.cancel();
      signal?.removeEventListener("abort", expire);
      tell(outcomeOf(answer.status));
      const drop = () => {
        answer.body.resume();
        if (withBody) body.leave(outgoing);
      };
      resolve({ answer, drop });
    };
    const ended = (error?: Error) => {
      // Of a client that has gone nothing follows for the endpoint.
      if (!response.closed) tell("gateway-error");
      if (withBody) body.leave(outgoing);
      if (error instanceof NoAnswer) reject(error);
      else if (!isConnected) reject(unreached(endpoint, error));
      else {
        const why = error?.message ?? "there was no answer";
        const text = `${endpointName(endpoint)} has ended the connection: ${why}`;
        reject(new NoAnswer(502, text, isRefused(outgoing) ? "others" : again, error));
      }
    };
    outgoing.on("error", ended);
    outgoing.on("close", () => {
      if (!isAnswered) ended();
      timer?.cancel();
      signal?.removeEventListener("abort", expire);
      response.off("close", leave);
      unfollow();
      use?.end();
    });
    if (isOfHttp2(outgoing)) {
      outgoing.once("response", (head, flags) => begin(http2AnswerOf(outgoing, head, flags)));
      connected();
    } else {
      outgoing.on("socket", connected);
      outgoing.on("response", incoming => begin(answerOf(incoming)));
    }
  });
}

export function isOfHttp2(outgoing: ClientRequest | ClientHttp2Stream): outgoing is ClientHttp2Stream {
  return "rstCode" in outgoing;
}

/** An endpoint that speaks HTTP/2 has said that it has not looked at the request. */
function isRefused(outgoing: ClientRequest | ClientHttp2Stream): boolean {
  return isOfHttp2(outgoing) && outgoing.rstCode === constants.NGHTTP2_REFUSED_STREAM;
}

/** Handling it twice does no harm. */
function isSafe(request: ProxiedRequest): boolean {
  return !hasBody(request) && safeMethods.has(request.method ?? "");
}

export function requestTo(
  endpoint: FoundEndpoint,
  path: string,
  { method }: ProxiedRequest,
  more: {
    readonly headers: readonly string[];
    readonly agent?: Agent;
    readonly createConnection?: () => Duplex;
  },
): ClientRequest {
  const { address: host, port } = endpoint;
  const { headers, agent, createConnection } = more;
  const options: RequestOptions & Meant = { host, port, path, method, setHost: false, endpoint, headers };
  if (agent) options.agent = agent;
  if (createConnection) options.createConnection = createConnection;
  return send(options);
}

const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);
