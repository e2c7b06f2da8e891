/**
 * What is wrong with the object of a document, at its places in the text: each mistake once, and what the text shows of it
 * (a missing blank, quotes, a character that cannot be seen).
 */
import { type Cause, codeOf } from "../../errors/index.ts";
import { shortPath } from "../short-forms/index.ts";
import { type ManifestDocument, placeOf } from "./locate.ts";
import { blankMissing, gluedParts } from "./misaligned.ts";
import type { Place } from "./node.ts";
import type { Problem } from "./problems.ts";

/**
 * @param mistakes of the short form
 * @param others of the full form; what is known of their fields already is not told again
 * @param told the fields of which something was told before
 */
export function problemsOf(
  document: ManifestDocument,
  mistakes: readonly Cause[],
  others: readonly Cause[],
  told: ReadonlySet<string>,
): Problem[] {
  const known = new Set([...told, ...mistakes.map(({ field }) => field)]);
  const more = others.filter(
    ({ field, at }) => !isTold(shortPath(document.written, at?.field ?? field), known),
  );
  return unique([...mistakes, ...more].map(cause => problemOf(document, cause)));
}

/** Whether it was told already what is wrong with this field, or with what it stands in. */
function isTold(field: string, told: ReadonlySet<string>): boolean {
  for (let outer = field; outer !== ""; outer = outer.slice(0, Math.max(0, outer.search(/[.[][^.[]*$/)))) {
    if (told.has(outer)) return true;
  }
  return false;
}

function problemOf(document: ManifestDocument, cause: Cause): Told {
  const { field, message, reason, at: place } = cause;
  const path = shortPath(document.written, field);
  const where = place === undefined ? path : shortPath(document.written, place.field);
  const { key, value, isThere } = placeOf(document, where);
  // Of a field that is not known the name is wrong, not the value.
  const { start, end } = reason === "FieldUnknown" || place?.isKey ? key : value;
  const glued = gluedKey(document, cause, { start, end });
  if (glued !== undefined)
    return { offset: start + glued.length, length: 1, field: path, message: blankMissing, reason, isThere };
  let hint = "";
  if (reason === "FieldValueTypeInvalid") hint = quotesHint(document, message, value);
  else if (reason === "FieldUnknown" && /^-[A-Za-z]/.test(document.source.text.slice(start, end)))
    hint = ": an item of a list begins with - and a blank";
  if (!message.includes("it has the character")) hint += unseenHint(document, { start, end });
  return {
    offset: start,
    length: Math.max(1, end - start),
    field: path,
    message: message + hint,
    reason,
    isThere,
  };
}

/** A problem, and whether the field that it is about is written in the text. */
type Told = Problem & { readonly isThere: boolean };

/**
 * Each mistake once: two paths of the full form may be one of the short form; a wrong value may have been taken over as the
 * default of another field (requests from limits); and several sentences about one value are one problem.
 */
function unique(problems: readonly Told[]): Problem[] {
  const written = new Set(problems.filter(({ isThere }) => isThere).map(({ message }) => message));
  const mistyped = problems.filter(({ reason }) => reason === "FieldValueTypeInvalid");
  const unreadable = new Set(mistyped.map(({ field }) => field));
  const told = new Map<string, Problem>();
  for (const { isThere, ...problem } of problems) {
    const { offset, field, message } = problem;
    const about = /^(?:Invalid|Unsupported) value: (?:"(?:[^"\\]|\\.)+"|-?\d+(?=:)|(?=""))/.exec(
      message,
    )?.[0];
    if (!isThere && about !== undefined && written.has(message)) continue;
    if (message === "Required value" && unreadable.has(field)) continue;
    const key = `${offset} ${field} ${about ?? message}`;
    const before = told.get(key);
    const rest = message.slice(about?.length).replace(/^: /, "");
    const isNew = before !== undefined && !before.message.includes(rest);
    told.set(key, isNew ? { ...before, message: `${before.message}; ${rest}` } : (before ?? problem));
  }
  return [...told.values()];
}

/** Words such as y, on and 1.0 are no text in YAML, which is a surprise once. */
function quotesHint({ source }: ManifestDocument, message: string, { start, end }: Place): string {
  if (!/^expected text, got (true|false|-?\d)/.test(message)) return "";
  return `: put it in quotes, "${source.text.slice(start, end)}"`;
}

/** The key of `name:web`, where that stands for an object or for an entry without a value. */
function gluedKey(
  { source: { text } }: ManifestDocument,
  { reason, message, at: place }: Cause,
  { start, end }: Place,
): string | undefined {
  const isKey = (reason === "FieldUnknown" || place?.isKey) && !/^["']?\s*:/.test(text.slice(end, end + 100));
  const isMeant = isKey || message.startsWith("expected an object, got the text");
  return isMeant ? gluedParts(text.slice(start, end))?.[0] : undefined;
}

/** What cannot be seen, or looks like a blank, cannot be found either. */
function unseenHint({ source }: ManifestDocument, { start, end }: Place): string {
  const text = source.text.slice(start, Math.min(end, start + 1_000));
  const [unseen] = /[\p{Cf}\p{Z}](?<! )/u.exec(text) ?? [];
  return unseen === undefined ? "" : `; it has the character ${codeOf(unseen)}`;
}
