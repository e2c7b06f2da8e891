/** One request to one endpoint, up to the head of its answer. Who counts what is under way to it is told how that went, and when it ends. */
import {
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as send,
} from "node:http";
import type { Duplex } from "node:stream";
import type { FoundEndpoint, Outcome } from "../../messages/index.ts";
import type { Clock } from "../../outside/index.ts";
import type { FollowConnection } from "../policed-connections.ts";
import type { Meant } from "./endpoint-agent.ts";
import type { Trial } from "./endpoint-trials.ts";
import { clientOf, hasBody } from "./headers.ts";
import { type MirrorCopy, mirrorCopy } from "./mirroring.ts";
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
  /** Emptied by the first attempt that has a connection. */
  readonly mirrors: FoundEndpoint[];
}

/**
 * Resolves to the answer, and what ends it in favour of another attempt. Rejects with NoAnswer.
 * @param trial has begun
 */
export function exchange(
  trial: Trial,
  { request, response, target, headers, body, attemptMs, signal, mirrors }: Exchanged,
  { clock, follow, kept, fresh }: ExchangeParts,
): Promise<{ readonly answer: IncomingMessage; readonly drop: () => void }> {
  const { endpoint, use } = trial;
  const withBody = hasBody(request);
  const isSafe = !withBody && safeMethods.has(request.method ?? "");
  return new Promise((resolve, reject) => {
    let isTold = false;
    const tell = (outcome: Outcome) => {
      if (!isTold) use?.went(outcome);
      isTold = true;
    };
    const agent = isSafe ? kept : fresh;
    const outgoing = requestTo(endpoint, target, request, { headers, agent });
    let isConnected = false;
    let timer: ReturnType<Clock["after"]> | undefined;
    const wait = (ms: number) => {
      timer?.cancel();
      timer = clock.after(ms, () =>
        outgoing.destroy(new NoAnswer(504, `${endpointName(endpoint)} has not answered in time`, "nobody")),
      );
    };
    const leave = () => outgoing.destroy();
    const deny = () =>
      outgoing.destroy(
        new NoAnswer(
          504,
          `NetworkPolicies deny ${endpointName(endpoint)} now`,
          isSafe ? "anybody" : "nobody",
        ),
      );
    const unfollow = follow(clientOf(request), endpoint, deny);
    const expire = () => outgoing.destroy(signal?.reason);
    if (response.closed) leave();
    else response.once("close", leave);
    signal?.addEventListener("abort", expire, { once: true });
    if (attemptMs) wait(attemptMs);
    // Not before there is a connection: what was read of the body could not be sent to another endpoint.
    outgoing.once("socket", () => {
      isConnected = true;
      const copies = copiesFor(mirrors.splice(0), target, request, headers, fresh);
      if (withBody) {
        body.sendTo(outgoing);
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
      signal?.removeEventListener("abort", expire);
      tell(outcomeOf(answer.statusCode ?? 0));
      const drop = () => {
        answer.resume();
        if (withBody) body.leave(outgoing);
      };
      resolve({ answer, drop });
    });
    outgoing.once("error", error => {
      // Of a client that has gone nothing follows for the endpoint.
      if (!response.closed) tell("gateway-error");
      if (withBody) body.leave(outgoing);
      if (error instanceof NoAnswer) reject(error);
      else if (!isConnected) reject(unreached(endpoint, error));
      else {
        const text = `${endpointName(endpoint)} has ended the connection: ${error.message}`;
        reject(new NoAnswer(502, text, isSafe ? "anybody" : "nobody", error));
      }
    });
    outgoing.once("close", () => {
      timer?.cancel();
      signal?.removeEventListener("abort", expire);
      response.off("close", leave);
      unfollow();
      use?.end();
    });
  });
}

/** Of the same request: what becomes of them, nobody hears. */
function copiesFor(
  mirrors: readonly FoundEndpoint[],
  target: string,
  request: ProxiedRequest,
  headers: readonly string[],
  agent: Agent,
): MirrorCopy[] {
  return mirrors.map(endpoint => mirrorCopy(requestTo(endpoint, target, request, { headers, agent })));
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
  const options: RequestOptions & Meant = { host, port, path, method, setHost: false, endpoint, ...more };
  return send(options);
}

const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);
