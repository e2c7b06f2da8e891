/**
 * The writes that clients wait for. A server that closes answers them first: whose connection just ends does not know whether what it asked
 * for has happened. What only reads can be asked for again, and a watch would never end.
 */
import { type Clock, Deferred } from "../outside/index.ts";
import type { HttpRequest, HttpResponse } from "./answer.ts";

/** Who waits for others, as a webhook that does not answer, is not waited for. */
const graceMs = 2_000;

export class WritesUnderWay {
  readonly #clock: Pick<Clock, "after">;
  #count = 0;
  #ended: Deferred<void> | undefined;

  constructor(clock: Pick<Clock, "after">) {
    this.#clock = clock;
  }

  follow(request: HttpRequest, response: HttpResponse): void {
    // The next request of this client is made over another connection, and refused without a doubt.
    if (this.#ended && request.httpVersionMajor === 1) response.setHeader("Connection", "close");
    if (request.method === "GET" || request.method === "HEAD") return;
    this.#count++;
    response.once("close", () => {
      this.#count--;
      if (this.#count === 0) this.#ended?.resolve();
    });
  }

  /** Resolves when none is under way, or it has taken too long. */
  async end(): Promise<void> {
    this.#ended ??= new Deferred();
    if (this.#count === 0) return;
    const timer = this.#clock.after(graceMs, this.#ended.resolve);
    await this.#ended.promise;
    timer.cancel();
  }
}
