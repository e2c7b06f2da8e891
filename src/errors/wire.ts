/**
 * Errors as data, to cross from one thread to another. Structured clone would keep the message and lose the class, the
 * reason and the fields; `toWire` writes them down, and `fromWire` builds an instance of the same class where this side
 * knows it: the built-in ones and those of k4s. Any other class arrives as an Error with its name and its fields.
 *
 * Whatever is thrown can be written down: getters that throw, circles of causes, functions in fields, errors of another realm,
 * no error at all. What is written is bounded in depth, number and length, for an error can carry anything: 8 causes deep,
 * 64 errors, 10,000 values in fields, 64 KiB of each message and stack.
 */
import { type Budget, boundedCopy, spend, textOf } from "./bounded-copy.ts";
import { isError } from "./is-error.ts";
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
type WireCause = { readonly error: WireError } | { readonly value: unknown };

/** Longer chains of causes, or circles of them, are cut here. */
const DEEPEST_CAUSE = 8;
/** Of a tree of errors the first ones cross. */
const MOST_ERRORS = 64;
/** Of the fields of all of them, so many values. */
const MOST_VALUES = 10_000;
/** Of each message and each stack so many characters cross; of all texts together four times as many. */
const LONGEST_TEXT = 64 * 1024;

const builtIn = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError] as const;
const classes = new Map<string, new (...args: never[]) => Error>(
  [...builtIn, AggregateError, DOMException, K4sError, ApiError, MessageError].map(type => [type.name, type]),
);
/** What an error of another realm can be here. */
const namesakes = new Set<string>([...builtIn, AggregateError].map(type => type.name));
/** What is carried by name, and so not again among the fields. */
const named = new Set(["name", "message", "stack", "cause", "errors", "__proto__"]);

/** Writes down whatever was thrown: small, plain data. Never throws. */
export function toWire(thrown: unknown): WireError {
  try {
    const budget = { values: MOST_VALUES, characters: 4 * LONGEST_TEXT, errors: MOST_ERRORS };
    return describe(thrown, 0, budget);
  } catch {
    // The worker has replaced something of the language that this needs.
    return { class: "Error", name: "Error", message: "an error that could not be written down" };
  }
}

/** Builds the error again. Never throws: what a broken thread has written may be no such thing. */
export function fromWire(wire: WireError): Error {
  try {
    return build(wire);
  } catch (cause) {
    return new Error("an error arrived that could not be read", { cause });
  }
}

function build(wire: WireError): Error {
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

function describe(thrown: unknown, depth: number, budget: Budget): WireError {
  budget.errors--;
  if (!isError(thrown)) {
    const message = spend(budget, textOf(thrown), LONGEST_TEXT);
    return { class: "", name: "Error", message, cause: { value: small(thrown, depth, budget) } };
  }
  const type = nearestClass(thrown);
  const own = attempt(() => thrown.name);
  const constructed = attempt(() => thrown.constructor.name);
  // A class that does not set its name inherits that of its parent: the class's own says more.
  const name = own === type && typeof constructed === "string" && constructed !== "" ? constructed : own;
  const message = spend(budget, textOf(attempt(() => thrown.message)), LONGEST_TEXT);
  const stack = attempt(() => thrown.stack);
  const cause = attempt(() => thrown.cause);
  const errors = attempt(() => (thrown as Partial<AggregateError>).errors);
  const fields = fieldsOf(thrown, depth, budget);
  const goesOn = depth < DEEPEST_CAUSE;
  return {
    class: type,
    name: typeof name === "string" ? spend(budget, name, 1_000) : type,
    message,
    ...(typeof stack === "string" && { stack: spend(budget, stack, LONGEST_TEXT) }),
    ...(fields && { fields }),
    ...(cause !== undefined && goesOn && { cause: causeOf(cause, depth + 1, budget) }),
    ...(Array.isArray(errors) && goesOn && { errors: membersOf(errors, depth + 1, budget) }),
  };
}

function causeOf(cause: unknown, depth: number, budget: Budget): WireCause {
  if (!isError(cause)) return { value: small(cause, depth, budget) };
  return budget.errors > 0 ? { error: describe(cause, depth, budget) } : { value: "…" };
}

function membersOf(errors: readonly unknown[], depth: number, budget: Budget): WireCause[] {
  const members: WireCause[] = [];
  for (let i = 0; i < errors.length && budget.errors > 0 && budget.values > 0; i++) {
    budget.values--;
    members.push(
      causeOf(
        attempt(() => errors[i]),
        depth,
        budget,
      ),
    );
  }
  return members;
}

function revive(cause: WireCause): unknown {
  return "error" in cause ? fromWire(cause.error) : cause.value;
}

/** An error of another realm is of the class of ours that has the same name. */
function nearestClass(error: Error): string {
  const isForeign = !attempt(() => error instanceof Error);
  for (let at = prototypeOf(error); at !== null; at = prototypeOf(at)) {
    const holder = at;
    const type = attempt(() => holder.constructor) as { name?: unknown } | undefined;
    const name = attempt(() => type?.name);
    if (typeof name !== "string") continue;
    if (isForeign ? namesakes.has(name) : classes.get(name) === type) return name;
  }
  return "Error";
}

function prototypeOf(value: object): object | null {
  return (attempt(() => Object.getPrototypeOf(value)) as object | null | undefined) ?? null;
}

function fieldsOf(error: Error, depth: number, budget: Budget): Record<string, unknown> | undefined {
  const fields: Record<string, unknown> = {};
  let isEmpty = true;
  for (const key of attempt(() => Object.keys(error)) ?? []) {
    if (named.has(key)) continue;
    if (budget.values <= 0) break;
    const value = attempt(() => (error as Error & Record<string, unknown>)[key]);
    if (typeof value === "function") continue;
    fields[spend(budget, key, 1_000)] = small(value, depth, budget);
    isEmpty = false;
  }
  return isEmpty ? undefined : fields;
}

/** The value, or what of it can cross. A copy: a getter may not have a second say while it is posted. */
function small(value: unknown, depth: number, budget: Budget): unknown {
  try {
    return boundedCopy(value, budget, error => fieldError(error as Error, depth, budget));
  } catch {
    return textOf(value);
  }
}

/** An error in a field arrives as an Error: structured clone carries that much, and more is not known of it there. */
function fieldError(error: Error, depth: number, budget: Budget): unknown {
  if (budget.errors <= 0 || depth >= DEEPEST_CAUSE) return "…";
  budget.errors--;
  const name = attempt(() => error.name);
  const stack = attempt(() => error.stack);
  const plain = new Error(spend(budget, textOf(attempt(() => error.message)), LONGEST_TEXT));
  if (typeof name === "string") define(plain, "name", spend(budget, name, 1_000));
  if (typeof stack === "string") define(plain, "stack", spend(budget, stack, LONGEST_TEXT));
  return plain;
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
