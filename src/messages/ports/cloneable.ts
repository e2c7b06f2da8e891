/**
 * What can be posted, and how much of it. Structured clone says with a DOMException what cannot be cloned; to the caller it is
 * always the same MessageError. What is larger than its receiver may be sent is refused before it goes: V8 cannot end a
 * thread that runs out of memory while it reads a message, and ends the whole program instead (nodejs/node#47224).
 */
import { MessageError, messageOf } from "../../errors/index.ts";
import { measure, type Size } from "../codec/index.ts";
import { encode } from "./structured-clone.ts";

/** The memory that the main thread lets one message take, in bytes. */
export const LARGEST_TO_MAIN = 64 * 1024 * 1024;
/** The memory of a container without a limit of its own, in bytes. */
const DEFAULT_MEMORY = 36 * 1024 * 1024;

/** How much of a container's memory one message to it may take, in bytes: a quarter. `limit`: its `limits.memory`. */
export function largestTo(limit = DEFAULT_MEMORY): number {
  return Math.floor(limit / 4);
}

/** Between processes fewer things can be cloned than between threads: no port, no shared memory. Throws if it is one. */
export function mustBeSerializable(value: unknown): void {
  encode(value);
}

export function notCloneable(what: string, cause: unknown): MessageError {
  if (cause instanceof MessageError) return cause;
  const why = messageOf(cause);
  return new MessageError("NotCloneable", `${what} cannot be sent to another thread: ${why}`, { cause });
}

/** Measures a value that is about to be posted. Throws MessageTooLarge where its heap is more than `largest`. */
export function measured(what: string, value: unknown, largest: number): Size {
  const size = measure(value, largest);
  if (size.heap <= largest) return size;
  const most = 64 * largest;
  const { heap } = measure(value, most);
  const much = `${heap > most ? "more than " : "about "}${mebibytes(Math.min(heap, most))} MiB`;
  const limit = `the most that its receiver may be sent at once is ${mebibytes(largest)} MiB`;
  const hint = "send it in parts, or its numbers in a typed array";
  throw new MessageError("MessageTooLarge", `${what} takes ${much} of memory, and ${limit}: ${hint}`);
}

function mebibytes(bytes: number): string {
  return String(Math.round((bytes / 1024 / 1024) * 10) / 10);
}
