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

/** In place of a frame that is longer than the server takes at once: where its bytes are pulled from, and how many there are. */
export interface LargeFrame {
  readonly type: "large";
  readonly at: string;
  readonly length: number;
}

/** Asked of an instance: which of these messages, whose answers go to `at` and their number, it has and has not answered. */
export interface LookFrame {
  readonly type: "look";
  readonly at: string;
  readonly numbers: readonly number[];
}

/** What it says. */
export interface UnansweredFrame {
  readonly type: "unanswered";
  readonly numbers: readonly number[];
}

type Frame = RequestFrame | AnswerFrame | LargeFrame | LookFrame | UnansweredFrame;

const largePlace = /^_INBOX\.k4s\.[\w-]+\.(messages|answers)\.\d+$/;
/** Of such a frame, in bytes. */
const longestPlace = 512;
/** More than that no receiver takes, in bytes. */
const largest = 1024 * 1024 * 1024;

/** @throws {MessageError} NotCloneable, MessageTooLarge */
export function encoded(frame: Frame, what: string): Uint8Array {
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
    `${what} takes ${bytes.length} bytes, and no more than ${largest} are taken`,
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

/** Undefined for what is none, or says that it is longer than any may be. */
export function largeIn(data: Uint8Array): LargeFrame | undefined {
  // What is longer is a message, and is read once, by who takes it.
  if (data.length > longestPlace) return undefined;
  const { type, at, length } = (read(data) ?? {}) as Partial<Record<keyof LargeFrame, unknown>>;
  if (type !== "large" || typeof at !== "string" || typeof length !== "number") return undefined;
  // Whoever writes here could have any subject asked, else.
  return largePlace.test(at) && length > 0 && length <= largest ? { type, at, length } : undefined;
}

export function lookIn(data: Uint8Array): LookFrame | undefined {
  const { type, at, numbers } = (read(data) ?? {}) as Partial<Record<keyof LookFrame, unknown>>;
  return type === "look" && typeof at === "string" && areNumbers(numbers) ? { type, at, numbers } : undefined;
}

export function unansweredIn(data: Uint8Array): UnansweredFrame | undefined {
  const { type, numbers } = (read(data) ?? {}) as Partial<Record<keyof UnansweredFrame, unknown>>;
  return type === "unanswered" && areNumbers(numbers) ? { type, numbers } : undefined;
}

function areNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(Number.isSafeInteger);
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
