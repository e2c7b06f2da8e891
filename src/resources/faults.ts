/**
 * What can be wrong with a field, in the words of Kubernetes: the reason, the sentence and the path, as they stand in the
 * causes of a Status. A rule calls one of these; what refuses the object calls `invalid` with all of them.
 */
import { ApiError, type Cause, didYouMean } from "../errors/index.ts";
import type { NameRule } from "./names.ts";

/** The value must be there. `detail` says more where the field's name does not. */
export function required(field: string, detail = ""): Cause {
  return { reason: "FieldValueRequired", message: withDetail("Required value", detail), field };
}

export function invalidValue(field: string, value: unknown, detail: string): Cause {
  return { reason: "FieldValueInvalid", message: `Invalid value: ${shown(value)}: ${detail}`, field };
}

/** The key of an entry is wrong. `map` is where the entry stands, where that is not the field that Kubernetes names. */
export function wrongKey(field: string, key: string, detail: string, map = field): Cause {
  return { ...invalidValue(field, key, detail), at: { field: `${map}[${key}]`, isKey: true } };
}

/** The same where Kubernetes names the entry, not the map. */
export function wrongEntryKey(map: string, key: string, detail: string): Cause {
  return wrongKey(`${map}[${key}]`, key, detail, map);
}

/** The key of an entry is none that may stand there: all sentences about it, the last with the nearest that may. */
export function wrongEntryKeys(
  map: string,
  key: string,
  details: readonly string[],
  known: readonly string[],
): Cause[] {
  const hint = didYouMean(key, known);
  return details.map((detail, i) => wrongEntryKey(map, key, i < details.length - 1 ? detail : detail + hint));
}

/** The value of an entry is wrong, and Kubernetes names the map alone. `map` as for `wrongKey`. */
export function wrongEntry(field: string, key: string, value: unknown, detail: string, map = field): Cause {
  return { ...invalidValue(field, value, detail), at: { field: `${map}[${key}]` } };
}

/** What a rule for names says of a value; nothing where it follows the rule, or is not there, which the schema tells. */
export function misnamed(rule: NameRule, value: string | undefined, field: string): Cause[] {
  if (value === undefined) return [];
  return rule(value).map(wrong => invalidValue(field, value, wrong));
}

/** The field has another value than before, which it must not. */
export function immutable(field: string, value: unknown): Cause {
  return invalidValue(field, value, "field is immutable");
}

/** The value is none of a few. `hint` names the nearest of them, where one is near. */
export function notSupported(field: string, value: unknown, supported: readonly string[], hint = ""): Cause {
  const list = supported.map(each => JSON.stringify(each)).join(", ");
  const message = `Unsupported value: ${shown(value)}: supported values: ${list}`;
  return { reason: "FieldValueNotSupported", message: message + hint, field };
}

export function duplicate(field: string, value: unknown): Cause {
  return { reason: "FieldValueDuplicate", message: `Duplicate value: ${shown(value)}`, field };
}

export function forbidden(field: string, detail: string): Cause {
  return { reason: "FieldValueForbidden", message: withDetail("Forbidden", detail), field };
}

/** The value names something that is not there. */
export function notFound(field: string, value: unknown): Cause {
  return { reason: "FieldValueNotFound", message: `Not found: ${shown(value)}`, field };
}

export function tooLong(field: string, maxBytes: number, detail = ""): Cause {
  const message = withDetail(`Too long: may not be more than ${maxBytes} bytes`, detail);
  return { reason: "FieldValueTooLong", message, field };
}

export function tooMany(field: string, count: number, most: number): Cause {
  const message = `Too many: ${count}: must have at most ${most} items`;
  return { reason: "FieldValueTooMany", message, field };
}

/**
 * How many mistakes are told of one object. Kubernetes tells them all, so that an object of 3 MB is answered with a hundred; nobody
 * mends two hundred thousand keys one by one.
 */
const mostTold = 100;

/** The first of them, each cut to what can be read, without what is not for clients; and how many there are besides. */
export function toldOf(causes: readonly Cause[]): { readonly told: Cause[]; readonly more: string[] } {
  const told = causes.slice(0, mostTold).map(({ reason, field, message }) => ({
    reason,
    message: cut(message, 8_000),
    field: cut(field, 1_000),
  }));
  return { told, more: causes.length > mostTold ? [`and ${causes.length - mostTold} more`] : [] };
}

/** `spec.replicas: Invalid value: -1: must be …`: a cause as one line. */
function causeText({ field, message }: Cause): string {
  return field ? `${field}: ${message}` : message;
}

/**
 * The error about an object that cannot be accepted: `Service "web" is invalid: spec.ports: Required value`, with brackets
 * around several. `kind` with its group, as in ReplicaSet.apps.
 */
export function invalid(
  { kind, group }: { readonly kind: string; readonly group: string },
  name: string,
  causes: readonly Cause[],
): ApiError {
  const { told, more } = toldOf(causes);
  const texts = [...new Set([...told.map(causeText), ...more])];
  const text = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  const qualified = group ? `${kind}.${group}` : kind;
  const details = { kind, group, name, causes: told };
  return new ApiError("Invalid", `${qualified} ${JSON.stringify(name)} is invalid: ${text}`, details);
}

/** A value as it stands in a message. Long ones are cut: what is wrong is the field, not its ten thousand elements. */
export function shown(value: unknown): string {
  if (value === undefined) return "null";
  return cut(JSON.stringify(value) ?? String(value), 2_000);
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

function withDetail(message: string, detail: string): string {
  return detail ? `${message}: ${detail}` : message;
}
