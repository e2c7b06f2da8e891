/**
 * Errors as data, to cross from one thread to another. Structured clone would keep the message and lose the class, the
 * reason and the fields; `toWire` writes them down, and `fromWire` builds an instance of the same class where this side
 * knows it: the built-in ones and those of k4s. Any other class arrives as an Error with its name and its fields.
 *
 * Whatever is thrown can be written down: getters that throw, circles of causes, functions in fields, no error at all.
 */
import { ApiError, K4sError, MessageError, type StatusDetails } from "./k4s-error.ts";
import { type Handled, type MessageReason, type Reason, reasons } from "./reasons.ts";

/** An error as plain data, which structured clone carries whole. */
export interface WireError {
  /** The nearest class that the other side is sure to know; "" where what was thrown is no error. */
  readonly class: string;
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** The error's own enumerable fields. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly cause?: WireCause;
  /** Of an AggregateError. */
  readonly errors?: readonly WireCause[];
}

/** A cause need not be an error. */
export type WireCause = { readonly error: WireError } | { readonly value: unknown };

/** Longer chains of causes, or circles of them, are cut here. */
const DEEPEST_CAUSE = 8;
/** Of many errors in an AggregateError the first ones cross. */
const MOST_ERRORS = 64;

const builtIn = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError] as const;
const classes = new Map<string, new (...args: never[]) => Error>(
  [...builtIn, AggregateError, DOMException, K4sError, ApiError, MessageError].map(type => [type.name, type]),
);
/** What is carried by name, and so not again among the fields. */
const named = new Set(["name", "message", "stack", "cause", "errors", "__proto__"]);

/** Writes down whatever was thrown. Never throws. */
export function toWire(thrown: unknown): WireError {
  return describe(thrown, 0);
}

/** Builds the error again. */
export function fromWire(wire: WireError): Error {
  const cause = wire.cause && { cause: revive(wire.cause) };
  const error = construct(wire, cause);
  define(error, "name", wire.name);
  if (wire.stack !== undefined) define(error, "stack", wire.stack);
  for (const [key, value] of Object.entries(wire.fields ?? {})) {
    if (Object.getOwnPropertyDescriptor(error, key)?.writable !== false) {
      Object.defineProperty(error, key, { value, writable: true, enumerable: true, configurable: true });
    }
  }
  return error;
}

function describe(thrown: unknown, depth: number): WireError {
  if (!(thrown instanceof Error)) {
    return { class: "", name: "Error", message: text(thrown), cause: { value: cloneable(thrown) } };
  }
  const type = nearestClass(thrown);
  const own = attempt(() => thrown.name);
  const constructed = attempt(() => thrown.constructor.name);
  // A class that does not set its name inherits that of its parent: the class's own says more.
  const name = own === type && typeof constructed === "string" && constructed !== "" ? constructed : own;
  const stack = attempt(() => thrown.stack);
  const cause = attempt(() => thrown.cause);
  const errors = attempt(() => (thrown as Partial<AggregateError>).errors);
  const fields = fieldsOf(thrown);
  return {
    class: type,
    name: typeof name === "string" ? name : type,
    message: text(attempt(() => thrown.message)),
    ...(typeof stack === "string" && { stack }),
    ...(fields && { fields }),
    ...(cause !== undefined && depth < DEEPEST_CAUSE && { cause: causeOf(cause, depth + 1) }),
    ...(Array.isArray(errors) &&
      depth < DEEPEST_CAUSE && {
        errors: errors.slice(0, MOST_ERRORS).map(each => causeOf(each, depth + 1)),
      }),
  };
}

function causeOf(cause: unknown, depth: number): WireCause {
  return cause instanceof Error ? { error: describe(cause, depth) } : { value: cloneable(cause) };
}

function revive(cause: WireCause): unknown {
  return "error" in cause ? fromWire(cause.error) : cause.value;
}

function nearestClass(error: Error): string {
  for (let at = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at)) {
    const type = attempt(() => at.constructor) as { name?: unknown } | undefined;
    const name = attempt(() => type?.name);
    if (typeof name === "string" && classes.get(name) === type) return name;
  }
  return "Error";
}

function fieldsOf(error: Error): Record<string, unknown> | undefined {
  const fields: Record<string, unknown> = {};
  for (const key of (attempt(() => Object.keys(error)) as string[] | undefined) ?? []) {
    if (named.has(key)) continue;
    const value = attempt(() => (error as unknown as Record<string, unknown>)[key]);
    if (typeof value !== "function") fields[key] = cloneable(value);
  }
  return Object.keys(fields).length > 0 ? fields : undefined;
}

/** The value if it can cross, else what it looks like. A copy: a getter may not have a second say while it is posted. */
function cloneable(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return text(value);
  }
}

function text(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "(something that cannot be printed)";
  }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function construct(wire: WireError, cause: { cause: unknown } | undefined): Error {
  const fields = wire.fields ?? {};
  const reason = fields.reason as Reason;
  const isKnownReason = typeof reason === "string" && Object.hasOwn(reasons, reason);
  switch (wire.class) {
    case "K4sError":
      return new K4sError(isKnownReason ? reason : "InternalError", wire.message, cause);
    case "ApiError":
      return new ApiError(
        isKnownReason ? reason : "InternalError",
        wire.message,
        fields.details as StatusDetails,
        cause,
      );
    case "MessageError": {
      const known = isKnownReason ? (reason as MessageReason) : "WorkerFailed";
      return new MessageError(known, wire.message, { ...cause, handled: fields.handled as Handled });
    }
    case "AggregateError":
      return new AggregateError((wire.errors ?? []).map(revive), wire.message, cause);
    case "DOMException":
      return new DOMException(wire.message, { name: wire.name, ...cause });
    default: {
      const type = builtIn.find(each => each.name === wire.class) ?? Error;
      return new type(wire.message, cause);
    }
  }
}

/** As an Error's own name, message and stack are: not enumerable. */
function define(error: Error, key: "name" | "stack", value: string): void {
  if (error[key] !== value) Object.defineProperty(error, key, { value, writable: true, configurable: true });
}
