/** By its first bytes a connection is told to be HTTP, in which version, or something else, which no route can be for. */
import { METHODS } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../../outside/index.ts";

export type Spoken = "http/1.1" | "h2" | "other";

/** What a client of HTTP/2 begins with. */
const preface = "PRI * HTTP/2.0";
const words: readonly string[] = [...METHODS, "PRI"];
const known: ReadonlySet<string> = new Set(words);
/** A request line longer than this is HTTP's to refuse. */
const longestLine = 16_384;

/** Undefined: more must come before one can say. */
export function spokenBy(first: Buffer): Spoken | undefined {
  const text = first.toString("latin1", 0, longestLine);
  const space = text.indexOf(" ");
  if (space < 0) return words.some(each => each.startsWith(text)) ? undefined : "other";
  if (!known.has(text.slice(0, space))) return "other";
  if (text.startsWith(preface)) return "h2";
  const end = text.indexOf("\n");
  if (end < 0) return text.length < longestLine ? undefined : "http/1.1";
  return / HTTP\/1\.[01]\r?$/.test(text.slice(0, end)) ? "http/1.1" : "other";
}

/** So long a client may be silent, in milliseconds: then it is taken for one that waits for the server to speak first. */
const silentMs = 5_000;

/**
 * Listens until it is clear what is spoken. By then the socket is paused, and what was read of it is still to be read. A client that hangs up
 * before is let go.
 */
export function hearFirst(
  socket: Socket,
  clock: Pick<Clock, "after">,
  heard: (spoken: Spoken) => void,
): void {
  let first: Buffer = Buffer.alloc(0);
  const stop = () => {
    patience.cancel();
    socket.off("data", take);
    socket.off("end", leave);
    socket.off("close", stop);
  };
  const end = (spoken: Spoken) => {
    stop();
    socket.pause();
    if (first.length > 0) socket.unshift(first);
    heard(spoken);
  };
  const take = (chunk: Buffer) => {
    first = first.length > 0 ? Buffer.concat([first, chunk]) : chunk;
    const spoken = spokenBy(first);
    if (spoken) end(spoken);
  };
  const leave = () => socket.destroy();
  // Who has begun as HTTP does, and is slow, is HTTP's to end.
  const patience = clock.after(silentMs, () => end(first.length > 0 ? "http/1.1" : "other"));
  socket.on("data", take);
  socket.once("end", leave);
  socket.once("close", stop);
}
