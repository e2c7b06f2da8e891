/**
 * What can be posted. Structured clone is the judge, and says so with a DOMException; to the caller it is always the same
 * MessageError.
 */
import { serialize } from "node:v8";
import { MessageError } from "../../errors/index.ts";

/** Between processes fewer things can be cloned than between threads: no port, no shared memory. Throws if it is one. */
export function mustBeSerializable(value: unknown): void {
  serialize(value);
}

export function notCloneable(what: string, cause: unknown): MessageError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new MessageError("NotCloneable", `${what} cannot be sent to another thread: ${why}`, { cause });
}
