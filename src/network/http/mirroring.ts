/**
 * Copies of a request for mirrors. They must never hold up the request itself: a mirror that reads more slowly than the backend is dropped, and
 * its answer is thrown away. A copy is counted as any other request, and ends when a NetworkPolicy denies it; where limits leave no room for it,
 * there is none.
 */
import type { Agent, ClientRequest } from "node:http";
import type { ClientHttp2Stream } from "node:http2";
import { PassThrough } from "node:stream";
import type { Outcome } from "../../messages/index.ts";
import type { FollowConnection } from "../policed-connections.ts";
import type { MirrorTrial } from "./endpoint-trials.ts";
import { isOfHttp2, type RequestCopy, requestTo } from "./exchange.ts";
import { clientOf } from "./headers.ts";
import { type Http2Sessions, requestOver } from "./http2-sessions.ts";
import { outcomeOf } from "./no-answer.ts";
import type { ProxiedRequest } from "./proxied.ts";

/** What is copied. */
interface Copied {
  readonly request: ProxiedRequest;
  readonly target: string;
  readonly headers: readonly string[];
}

export interface MirroringParts {
  readonly agent: Agent;
  readonly sessions: Http2Sessions;
  readonly follow: FollowConnection;
}

/** So much of a body may wait for a mirror, in bytes. */
const mostWaiting = 1_048_576;

/** What becomes of them, nobody hears. */
export function copiesFor(
  mirrors: readonly MirrorTrial[],
  copied: Copied,
  parts: MirroringParts,
): RequestCopy[] {
  return mirrors
    .filter(({ use }) => use?.hasRoomForRequest !== false)
    .map(mirror => mirrorCopy(mirror, copied, parts));
}

function mirrorCopy(
  { endpoint, use, isHttp2 }: MirrorTrial,
  { request, target, headers }: Copied,
  { agent, sessions, follow }: MirroringParts,
): RequestCopy {
  // Nobody is told that a mirror does not answer: it is not what the client has asked for.
  use?.begin();
  const body = new PassThrough();
  let outgoing: ClientRequest | ClientHttp2Stream | undefined;
  let isTold = false;
  let isLeft = false;
  const tell = (outcome: Outcome) => {
    if (!isTold) use?.went(outcome);
    isTold = true;
  };
  // Of itself: that says nothing of the mirror.
  const leave = () => {
    isTold = true;
    isLeft = true;
    outgoing?.destroy();
  };
  const unfollow = follow(clientOf(request), endpoint, leave);
  const end = () => {
    isLeft = true;
    unfollow();
    use?.end();
  };
  const begin = (made: ClientRequest | ClientHttp2Stream) => {
    outgoing = made;
    made.on("error", () => {
      tell("gateway-error");
      made.destroy();
    });
    made.once("close", end);
    if (isOfHttp2(made))
      made.once("response", ({ ":status": status = 0 }) => {
        tell(outcomeOf(status));
        made.resume();
      });
    else
      made.once("response", answer => {
        tell(outcomeOf(answer.statusCode ?? 0));
        answer.resume();
      });
    if (isLeft) made.destroy();
    else body.pipe(made);
  };
  if (isHttp2)
    sessions
      .of(endpoint)
      .then(session => begin(requestOver(session, target, request, headers)))
      .catch(() => {
        tell("gateway-error");
        end();
      });
  else begin(requestTo(endpoint, target, request, { headers, agent }));
  return {
    follow(request) {
      request.on("data", (chunk: Buffer) => {
        if (isLeft) return;
        body.write(chunk);
        if (body.readableLength + body.writableLength > mostWaiting) leave();
      });
      request.once("end", () => body.end());
      request.once("close", () => {
        if (!request.complete) leave();
      });
    },
    end: () => void body.end(),
  };
}
