/**
 * The body of an answer on its way to the client. Node's `pipeline` does the same, but makes a signal and an error of its own for each
 * answer, which cost more than all that is decided about a request.
 */
import type { Answer } from "./answer.ts";
import type { ProxiedResponse } from "./proxied.ts";

/**
 * Resolves when the client has all of it, or is gone. Where the answer breaks off, or the time is over, the client sees that by the end of
 * its connection.
 * @param response has its head
 */
export function passOn(
  { body: answer, isAll, trailers }: Answer,
  response: ProxiedResponse,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise(resolve => {
    const isOver = () => {
      answer.destroy();
      response.destroy();
    };
    const leave = () => {
      signal?.removeEventListener("abort", isOver);
      if (!answer.readableEnded) answer.destroy();
      resolve();
    };
    // Of either what follows is its close.
    answer.on("error", () => answer.destroy());
    response.on("error", () => response.destroy());
    if (response.closed) {
      leave();
      return;
    }
    response.on("close", leave);
    if (signal?.aborted) {
      isOver();
      return;
    }
    signal?.addEventListener("abort", isOver, { once: true });
    if (isAll) {
      answer.resume();
      // HTTP/1.1 has not said so with the head.
      response.end();
      return;
    }
    const resume = () => answer.resume();
    answer.on("data", (chunk: Buffer) => {
      if (response.write(chunk)) return;
      answer.pause();
      response.once("drain", resume);
    });
    answer.on("end", () => {
      const last = trailers();
      if (last) response.addTrailers(last);
      response.end();
    });
    answer.on("close", () => {
      if (!answer.readableEnded) response.destroy();
    });
    if (answer.destroyed && !answer.readableEnded) response.destroy();
  });
}
