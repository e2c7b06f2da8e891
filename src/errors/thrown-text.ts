/**
 * Whatever was thrown, as a text for logs and statuses: the stack of an error, else what util.inspect shows. Never throws, and
 * never longer than a log can bear.
 */
import { inspect } from "node:util";
import { cut, textOf } from "./bounded-copy.ts";
import { isError } from "./is-error.ts";

/** In characters. */
const LONGEST = 64 * 1024;

export function thrownText(thrown: unknown): string {
  try {
    const stack = isError(thrown) ? thrown.stack : undefined;
    const text = typeof stack === "string" && stack !== "" ? stack : inspect(thrown);
    if (typeof text === "string") return cut(text, LONGEST);
  } catch {
    // A getter, a Proxy, or an inspect of its own that throws.
  }
  return textOf(thrown).slice(0, LONGEST);
}

/** The same in one line: of an error its message, without the stack. */
export function thrownMessage(thrown: unknown): string {
  let text: unknown;
  try {
    text = isError(thrown) ? thrown.message : undefined;
  } catch {
    // A getter, or a Proxy, that throws.
  }
  return (typeof text === "string" ? text : thrownText(thrown)).split("\n", 1)[0] ?? "";
}

/**
 * All lines of an error's message, for a sentence that tells what went wrong and why; anything else as `String` has it. Never
 * throws.
 */
export function messageOf(thrown: unknown): string {
  try {
    return textOf(isError(thrown) ? thrown.message : thrown);
  } catch {
    // A getter, or a Proxy, that throws.
    return textOf(thrown);
  }
}
