/**
 * A body that cannot be posted yet (no channel, no room in the inbox) is copied when the call is made, for the caller may
 * change it afterwards; and a body that cannot be copied at all is an error of the caller, made in one place.
 */
import { measure, withOwnBytes } from "../codec/index.ts";
import { notCloneable, type Transferable } from "../ports/index.ts";
import type { PendingMessage } from "./pending-message.ts";

/**
 * Keeps a copy of the body in the message. A message that transfers something is kept as it is: what it transfers leaves its
 * owner with the message, and not while it is unknown whether it can go. False: it was rejected.
 */
export function snapshot(
  pending: PendingMessage,
  body: unknown,
  transfer: readonly Transferable[] | undefined,
): boolean {
  if (pending.body === body && pending.transfer === transfer) return true;
  try {
    const isKept = isPrimitive(body) || (transfer !== undefined && transfer.length > 0);
    pending.body = isKept ? body : copy(body as object);
    pending.transfer = transfer;
    return true;
  } catch (cause) {
    pending.reject(notCloneable("the body", cause));
    return false;
  }
}

/** More objects in one body than this are left to structured clone. */
const MOST_OBJECTS = 24;

/**
 * As structured clone would, but most messages are plain, and those at a tenth of the cost: waiting must not cost more than
 * going.
 */
function copy(body: object): unknown {
  return copyPlain(body, []) ?? structuredClone(measure(body).hasPooled ? withOwnBytes(body) : body);
}

/** Copies what the Encoder would call plain; undefined where anything in it is not. */
function copyPlain(value: object, seen: object[]): object | undefined {
  const isArray = Array.isArray(value);
  if (Object.getPrototypeOf(value) !== (isArray ? Array.prototype : Object.prototype)) return undefined;
  if (isArray && (value.length > 64 || Object.keys(value).length !== value.length)) return undefined;
  // One object in two places, or inside itself, must stay one.
  if (seen.length === MOST_OBJECTS || seen.includes(value)) return undefined;
  seen.push(value);
  const copied: Record<string, unknown> = isArray ? ([...value] as never) : { ...value };
  for (const key in copied) {
    const item = copied[key];
    if (isPrimitive(item)) continue;
    const inner = typeof item === "object" && item !== null ? copyPlain(item, seen) : undefined;
    if (inner === undefined) return undefined;
    // Unlike assigning, also right for a key __proto__.
    if (key === "__proto__") Object.defineProperty(copied, key, { value: inner });
    else copied[key] = inner;
  }
  return copied;
}

function isPrimitive(value: unknown): boolean {
  return (
    value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol")
  );
}
