/**
 * What goes over NATS between two exported containers: values as V8 writes them down, so that a Map, a Date, bytes and a circle
 * arrive as they do between threads. A request is one frame; its receiver sends back one that says it was taken, and one that ends it.
 */
import { deserialize, serialize } from "node:v8";
import { MessageError, type WireError } from "../../errors/index.ts";
import type { Sender } from "../../messages/index.ts";

/** A message to a service or a pod. */
export interface RequestFrame {
  readonly from: Sender;
  readonly expectsReply: boolean;
  readonly body: unknown;
}

/** What its receiver says, at the subject that the sender has named for the answer. */
export type AnswerFrame =
  /** It is in the inbox of this instance. */
  | { readonly type: "taken"; readonly instance: string }
  | { readonly type: "reply"; readonly value: unknown }
  | { readonly type: "failed"; readonly error: WireError }
  /** It was not read and will not be: it may go to another. */
  | { readonly type: "back" };

/** @throws {MessageError} NotCloneable, MessageTooLarge */
export function encoded(frame: RequestFrame | AnswerFrame, what: string, largest: number): Uint8Array {
  let bytes: Buffer;
  try {
    bytes = serialize(frame);
  } catch (cause) {
    throw new MessageError("NotCloneable", `${what} cannot be cloned: ${(cause as Error).message}`, {
      cause,
    });
  }
  if (bytes.length <= largest) return bytes;
  throw new MessageError(
    "MessageTooLarge",
    `${what} takes ${bytes.length} bytes, and the NATS server takes ${largest} at once (its max_payload)`,
  );
}

/** Undefined for what is none: another program may have written to the subject. */
export function requestIn(data: Uint8Array): RequestFrame | undefined {
  const frame = read(data) as Partial<RequestFrame> | undefined;
  if (typeof frame?.from !== "object" || typeof frame.expectsReply !== "boolean") return undefined;
  return { from: frame.from, expectsReply: frame.expectsReply, body: frame.body };
}

const answers: ReadonlySet<unknown> = new Set(["taken", "reply", "failed", "back"]);

export function answerIn(data: Uint8Array): AnswerFrame | undefined {
  const frame = read(data) as AnswerFrame | undefined;
  return answers.has(frame?.type) ? frame : undefined;
}

function read(data: Uint8Array): unknown {
  try {
    const value: unknown = deserialize(data);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    // Not written by V8, or by a newer one: the caller says what that means for it.
    return undefined;
  }
}
