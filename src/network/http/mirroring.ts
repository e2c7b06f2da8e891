/**
 * A copy of a request for a mirror. It must never hold up the request itself: a mirror that reads more slowly than the backend is dropped, and
 * its answer is thrown away.
 */
import type { ClientRequest } from "node:http";
import type { ProxiedRequest } from "./proxied.ts";

export interface MirrorCopy {
  /** Sends all of the body, which is being read already. */
  follow(request: ProxiedRequest): void;
  /** There is no body. */
  end(): void;
}

/** So much of a body may wait for a mirror, in bytes. */
const mostWaiting = 1_048_576;

export function mirrorCopy(outgoing: ClientRequest): MirrorCopy {
  // Nobody is told that a mirror does not answer: it is not what the client has asked for.
  outgoing.on("error", () => outgoing.destroy());
  outgoing.on("response", answer => answer.resume());
  return {
    follow(request) {
      request.on("data", (chunk: Buffer) => {
        if (outgoing.destroyed) return;
        outgoing.write(chunk);
        if (outgoing.writableLength > mostWaiting) outgoing.destroy();
      });
      request.once("end", () => outgoing.end());
      request.once("close", () => {
        if (!request.complete) outgoing.destroy();
      });
    },
    end: () => outgoing.end(),
  };
}
