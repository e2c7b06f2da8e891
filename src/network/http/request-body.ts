/**
 * The body of a request on its way to an endpoint. Where the request may be tried again it is kept while it is small, and then another
 * endpoint gets all of it; a larger one passes through and is gone.
 */
import { OutgoingMessage } from "node:http";
import type { Writable } from "node:stream";
import { requestTrailers } from "./headers.ts";
import type { ProxiedRequest } from "./proxied.ts";

/** A body of so many bytes can be sent again. */
export const mostKept = 65_536;

export class RequestBody {
  readonly #request: ProxiedRequest;
  /** What has come so far; undefined where that is not kept. */
  #kept: Buffer[] | undefined;
  #size = 0;
  #isRead = false;
  #isFollowed = false;
  #outgoing: Writable | undefined;

  /** @param isKept whether it may have to be sent again */
  constructor(request: ProxiedRequest, isKept: boolean) {
    this.#request = request;
    this.#kept = isKept ? [] : undefined;
  }

  /** Whether all of it can be sent to another endpoint. */
  get isRepeatable(): boolean {
    return !this.#isFollowed || this.#kept !== undefined;
  }

  /** Sends what has come and what comes. Whoever was sent it before gets no more. */
  sendTo(outgoing: Writable): void {
    this.#outgoing = outgoing;
    for (const chunk of this.#kept ?? []) outgoing.write(chunk);
    if (this.#isRead) {
      this.#end(outgoing);
      return;
    }
    // Of one that has gone nothing is held back.
    outgoing.once("close", () => this.#resume(outgoing));
    if (!this.#isFollowed) this.#follow();
    this.#request.resume();
  }

  /** It gets no more: another is about to. */
  leave(outgoing: Writable): void {
    if (this.#outgoing !== outgoing) return;
    this.#outgoing = undefined;
    if (!this.#isRead) this.#request.pause();
    if (!outgoing.writableFinished) outgoing.destroy();
  }

  /** Nobody is sent it any more: what still comes is thrown away, for the next request of the connection comes behind it. */
  release(): void {
    if (!this.#outgoing || this.#outgoing.destroyed) this.#request.resume();
  }

  #follow(): void {
    this.#isFollowed = true;
    this.#request.on("data", (chunk: Buffer) => {
      this.#size += chunk.length;
      if (this.#size > mostKept) this.#kept = undefined;
      this.#kept?.push(chunk);
      const outgoing = this.#outgoing;
      if (!outgoing || outgoing.destroyed || outgoing.write(chunk)) return;
      this.#request.pause();
      outgoing.once("drain", () => this.#resume(outgoing));
    });
    this.#request.once("end", () => {
      this.#isRead = true;
      if (this.#outgoing) this.#end(this.#outgoing);
    });
  }

  /** Over HTTP/2 the trailers are asked for when the body has gone (http2-sessions.ts). */
  #end(outgoing: Writable): void {
    if (outgoing instanceof OutgoingMessage) {
      const trailers = requestTrailers(this.#request);
      if (trailers) outgoing.addTrailers(trailers);
    }
    outgoing.end();
  }

  #resume(outgoing: Writable): void {
    if (this.#outgoing === outgoing) this.#request.resume();
  }
}
