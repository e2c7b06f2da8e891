/**
 * A body that cannot be posted yet (no channel, no room in the inbox) is copied when the call is made, for the caller may
 * change it afterwards; and a body that cannot be copied at all is an error of the caller, said in one place.
 */
import { serialize } from "node:v8";
import { MessageError } from "../errors/index.ts";
import type { Errand } from "./errand.ts";
import type { Transferable } from "./port.ts";

/** Keeps a copy of the body in the errand; what is to be transferred leaves its owner now. False: it was rejected. */
export function snapshot(
  errand: Errand,
  body: unknown,
  transfer: readonly Transferable[] | undefined,
): boolean {
  if (errand.body === body && errand.transfer === transfer) return true;
  try {
    if (transfer !== undefined && transfer.length > 0) {
      const kept = structuredClone({ body, transfer }, { transfer: transfer as never });
      errand.body = kept.body;
      errand.transfer = kept.transfer;
    } else {
      errand.body = isPrimitive(body) ? body : structuredClone(body);
    }
    return true;
  } catch (cause) {
    errand.reject(notCloneable("the body", cause));
    return false;
  }
}

/** Between processes fewer things can be cloned than between threads: no port, no shared memory. Throws if it is one. */
export function mustBeSerializable(value: unknown): void {
  serialize(value);
}

export function notCloneable(what: string, cause: unknown): MessageError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new MessageError("NotCloneable", `${what} cannot be sent to another thread: ${why}`, { cause });
}

function isPrimitive(value: unknown): boolean {
  return (
    value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol")
  );
}
