/**
 * The patterns of schemas. They come from users and are read as Kubernetes reads them, with the syntax and the linear time
 * of RE2: a pattern cannot take longer on a text because it is written so. Compiled ones are kept, up to a number.
 *
 * The library is loaded when the first pattern is met: a program without custom kinds needs none.
 */
import { createRequire } from "node:module";
import type { RE2JS } from "re2js";

const maxKept = 1000;
const kept = new Map<string, RE2JS | SyntaxError>();
let library: typeof RE2JS | undefined;

/** Whether the pattern is found anywhere in the text. One that cannot be read is found nowhere. */
export function matchesPattern(pattern: string, text: string): boolean {
  const compiled = compile(pattern);
  return !(compiled instanceof SyntaxError) && compiled.test(text);
}

/** What is wrong with a pattern, as a sentence; undefined where nothing is. */
export function patternFault(pattern: string): string | undefined {
  const compiled = compile(pattern);
  return compiled instanceof SyntaxError ? compiled.message : undefined;
}

function compile(pattern: string): RE2JS | SyntaxError {
  const known = kept.get(pattern);
  if (known) return known;
  const compiled = read(pattern);
  // The oldest goes: schemas are asked about the same few patterns over and over.
  if (kept.size >= maxKept) for (const oldest of [...kept.keys()].slice(0, maxKept / 10)) kept.delete(oldest);
  kept.set(pattern, compiled);
  return compiled;
}

function read(pattern: string): RE2JS | SyntaxError {
  library ??= (createRequire(import.meta.url)("re2js") as { RE2JS: typeof RE2JS }).RE2JS;
  try {
    return library.compile(pattern);
  } catch (error) {
    return new SyntaxError(error instanceof Error ? error.message : String(error));
  }
}
