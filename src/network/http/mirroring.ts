/**
 * A copy of a request for a mirror. It must never hold up the request itself: a mirror that reads more slowly than the backend is dropped, and
 * its answer is thrown away. It is counted as any other request; where limits leave no room for it, there is none.
 */
import type { ClientRequest } from "node:http";
import type { EndpointUse, Outcome } from "../../messages/index.ts";
import { outcomeOf } from "./no-answer.ts";
import type { ProxiedRequest } from "./proxied.ts";

export interface MirrorCopy {
  /** Sends all of the body, which is being read already. */
  follow(request: ProxiedRequest): void;
  /** There is no body. */
  end(): void;
}

/** So much of a body may wait for a mirror, in bytes. */
const mostWaiting = 1_048_576;

export function mirrorCopy(outgoing: ClientRequest, use: EndpointUse | undefined): MirrorCopy {
  // Nobody is told that a mirror does not answer: it is not what the client has asked for.
  use?.begin();
  let isTold = false;
  const tell = (outcome: Outcome) => {
    if (!isTold) use?.went(outcome);
    isTold = true;
  };
  outgoing.on("error", () => {
    tell("gateway-error");
    outgoing.destroy();
  });
  outgoing.once("close", () => use?.end());
  outgoing.on("response", answer => {
    tell(outcomeOf(answer.statusCode ?? 0));
    answer.resume();
  });
  // Of itself: that says nothing of the mirror.
  const leave = () => {
    isTold = true;
    outgoing.destroy();
  };
  return {
    follow(request) {
      request.on("data", (chunk: Buffer) => {
        if (outgoing.destroyed) return;
        outgoing.write(chunk);
        if (outgoing.writableLength > mostWaiting) leave();
      });
      request.once("end", () => outgoing.end());
      request.once("close", () => {
        if (!request.complete) leave();
      });
    },
    end: () => outgoing.end(),
  };
}
