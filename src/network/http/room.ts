/** Where as much is under way to a Service as its limits allow, a request waits for its turn. */
import type { EventEmitter } from "node:events";
import type { Trial } from "./endpoint-trials.ts";
import { NoAnswer } from "./no-answer.ts";

/**
 * Begins the use of an endpoint: at once, or when there is room. Rejects with NoAnswer where too much waits already, the client has gone, or
 * the time is over.
 * @param client what is closed when the client goes
 */
export function begun(
  { use }: Trial,
  client: EventEmitter,
  signal: AbortSignal | undefined,
): Promise<void> | void {
  if (!use) return;
  if (use.hasRoomForRequest) {
    use.begin();
    return;
  }
  return new Promise((resolve, reject) => {
    const end = () => {
      client.off("close", gone);
      signal?.removeEventListener("abort", expired);
    };
    // In this very turn, or the next one that waits would have the same room.
    const begin = () => {
      use.begin();
      end();
      resolve();
    };
    const leave = use.wait(begin, "request");
    const giveUp = (why: unknown) => {
      end();
      leave?.();
      reject(why);
    };
    const gone = () => giveUp(new NoAnswer(503, "the client has gone", "nobody"));
    const expired = () => giveUp(signal?.reason);
    if (!leave) {
      const text = "as much is under way to the Service, and waits, as its limits allow";
      reject(new NoAnswer(503, text, "nobody"));
      return;
    }
    client.once("close", gone);
    signal?.addEventListener("abort", expired, { once: true });
  });
}
