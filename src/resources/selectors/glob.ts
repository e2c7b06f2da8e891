/**
 * Globs over names and label values: `calc-rs-*`, `{db,cache}-?`, `web-[0-3]`, `!calc-0`. They are micromatch's; compiled
 * once and kept, for a service asks about every pod.
 *
 * Globs come from manifests, which are hostile input, and become regular expressions, which can take time exponential in
 * their length. So a glob is weighed before it is compiled: how many ways there are, at worst, to lay it over the
 * longest name. One that weighs too much is refused, with a sentence that says what would be right.
 */
import { createRequire } from "node:module";
import type Micromatch from "micromatch";
import { remember } from "../../outside/index.ts";

const maxLength = 253;
/** The longest text that globs are asked about: the name of an object. */
const longestName = 253;
const maxWays = 3_000_000;
const maxRange = 1000;

/** Says whether a text fits. */
export type Glob = (text: string) => boolean;

const readOnce = remember(read);

/** True where a text means itself only: it has none of the characters that make a glob. */
export function isPlain(text: string): boolean {
  return !/[^A-Za-z0-9._/:-]/.test(text);
}

/** What is wrong with a glob, as a sentence; undefined where nothing is. */
export function globFault(text: string): string | undefined {
  const compiled = compile(text);
  return compiled instanceof RangeError ? compiled.message : undefined;
}

/** Compiles a glob. Throws a RangeError that says what is wrong with it. */
export function glob(text: string): Glob {
  const compiled = compile(text);
  if (compiled instanceof RangeError) throw compiled;
  return compiled;
}

/** Whether `text` fits `pattern`; a pattern that is no valid glob fits nothing. */
export function fitsGlob(pattern: string, text: string): boolean {
  if (pattern === text) return true;
  const compiled = compile(pattern);
  return !(compiled instanceof RangeError) && compiled(text);
}

function compile(text: string): Glob | RangeError {
  if (text.length > maxLength) return new RangeError(`must be no more than ${maxLength} characters`);
  return readOnce(text);
}

function read(text: string): Glob | RangeError {
  if (isPlain(text)) return other => other === text;
  const fault = weigh(text);
  if (fault !== undefined) return new RangeError(fault);
  const pattern = micromatch().makeRe(text, { dot: true, posix: true, expandRange });
  if (!pattern) return new RangeError("is not a glob such as calc-* or {db,cache}-?");
  return other => other.length <= longestName && pattern.test(other);
}

/**
 * Why the glob is refused, if it is. Each place that can take any number of characters (`*`, `+(…)`, `!(…)`) multiplies the
 * ways to lay the glob over a name by the places left; each group multiplies them by its alternatives.
 */
function weigh(text: string): string | undefined {
  let stars = 0;
  let alternatives = 1;
  let depth = 0;
  let repeats = 0;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    const opensGroup = text[i + 1] === "(";
    if (letter === "\\") i++;
    else if (letter === "/") return "must not contain '/'; a name has none";
    else if (letter === "*" && text[i - 1] !== "*" && !opensGroup) stars++;
    else if (letter === "!" && (i === 0 || opensGroup)) stars++;
    else if (letter === "(" && !/[@?!*+]/.test(text[i - 1] ?? "")) {
      return "must not contain '(' without one of @ ? ! * + before it; for one of several write {a,b}";
    }
    if ((letter === "+" || letter === "*") && opensGroup) {
      if (repeats > 0) return "must not repeat what repeats: a +(…) or *(…) within another";
      repeats = depth + 1;
      stars++;
    }
    if (letter === "(" || letter === "{") depth++;
    if (letter === ")" || letter === "}") {
      depth--;
      if (depth < repeats) repeats = 0;
      if (/[*+?{]/.test(text[i + 1] ?? "") && letter === ")") {
        return "must not repeat a group by a sign behind it; write +(…) or *(…)";
      }
    }
    if (
      repeats > 0 &&
      (letter === "|" || letter === "," || (letter === "*" && !opensGroup) || letter === "?")
    ) {
      return "must not repeat a choice or a wildcard; a repeated group is plain text or a class such as [0-9]";
    }
    if (letter === "|" || letter === ",") alternatives *= 2;
  }
  for (const [, from = "", to = "", step] of text.matchAll(/\{(-?\w+)\.\.(-?\w+)(\.\.[^}]*)?\}/g)) {
    const size = Math.abs(Number(to) - Number(from)) + 1;
    if (step !== undefined || size > maxRange)
      return `must not have a range with steps or of more than ${maxRange}`;
  }
  const ways = (alternatives * longestName ** stars) / factorial(stars);
  if (ways <= maxWays) return undefined;
  return "is too complex: use at most three wildcards, or two and a few alternatives, or labels instead";
}

/** Numeric ranges as alternatives: `{8..11}` is one of 8, 9, 10, 11; others are ranges of letters. */
function expandRange(from: string, to: string): string {
  const [first, last] = [Number(from), Number(to)];
  if (!Number.isInteger(first) || !Number.isInteger(last)) return `[${from}-${to}]`;
  const low = Math.min(first, last);
  const width = /^0\d/.test(from) ? from.length : 1;
  const numbers = Array.from({ length: Math.abs(last - first) + 1 }, (_, i) => low + i);
  return `(?:${numbers.map(number => String(number).padStart(width, "0")).join("|")})`;
}

function factorial(number: number): number {
  return number <= 1 ? 1 : number * factorial(number - 1);
}

let loaded: typeof Micromatch | undefined;

/** Loaded with the first glob: it takes longer than all of k4s to load, and most clusters select by labels. */
function micromatch(): typeof Micromatch {
  loaded ??= createRequire(import.meta.url)("micromatch") as typeof Micromatch;
  return loaded;
}
