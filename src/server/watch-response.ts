/**
 * A watch as a response that goes on: one JSON object a line, each sent when the client has taken the one before. A client that
 * does not read costs no more memory than its unread events, which are bounded; then it is told that it is Expired. One that takes nothing
 * for a minute, though something is on its way to it, is cut off.
 */
import type { Clock } from "../outside/index.ts";
import type { WatchEvent } from "../store/index.ts";
import { beginStream, type HttpResponse, isOver, sendPart } from "./answer.ts";
import { failureOf } from "./status.ts";

/** How an event's object is told: as text. */
export type ObjectTeller = (object: WatchEvent["object"], type: WatchEvent["type"]) => string;

export async function sendWatch(
  response: HttpResponse,
  events: AsyncIterableIterator<WatchEvent>,
  tell: ObjectTeller,
  clock: Clock,
): Promise<void> {
  const left = () => void events.return?.();
  response.once("close", left);
  // A client may be gone before its watch is open.
  if (isOver(response)) left();
  beginStream(response, "application/json");
  try {
    for await (const { type, object } of events)
      await sendPart(response, lineOf(type, tell(object, type)), clock);
  } catch (error) {
    await sendPart(response, lineOf("ERROR", JSON.stringify(failureOf(error))), clock);
  } finally {
    response.off("close", left);
    response.end();
  }
}

function lineOf(type: string, text: string): string {
  return `{"type":"${type}","object":${text}}\n`;
}
