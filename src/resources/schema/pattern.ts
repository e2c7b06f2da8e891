/**
 * The patterns of schemas. They come from users and are read as Kubernetes reads them, with the syntax and the linear time
 * of RE2: a pattern cannot take longer on a text because it is written so. Compiled ones are kept, up to a number.
 *
 * The library is loaded when the first pattern is met: a program without custom kinds needs none.
 */

import { createRequire } from "node:module";
import type { RE2JS } from "re2js";
import { messageOf } from "../../errors/index.ts";
import { remember } from "../../outside/index.ts";

const compile = remember(read);
let library: typeof RE2JS | undefined;

/** Whether the pattern is found anywhere in the text. One that cannot be read is found nowhere. */
export function matchesPattern(pattern: string, text: string): boolean {
  const compiled = compile(pattern);
  return !(compiled instanceof SyntaxError) && compiled.test(text);
}

/** The first part of the text that the pattern fits; undefined where it fits none. */
export function firstMatch(pattern: string, text: string): string | undefined {
  return patternMatches(pattern, text, 1)[0];
}

/** All parts of the text that the pattern fits, one after the other. Throws SyntaxError for a pattern that cannot be read. */
export function patternMatches(pattern: string, text: string, most = Number.POSITIVE_INFINITY): string[] {
  const compiled = compile(pattern);
  if (compiled instanceof SyntaxError) throw compiled;
  const matcher = compiled.matcher(text);
  const found: string[] = [];
  while (found.length < most && matcher.find()) found.push(matcher.group() ?? "");
  return found;
}

/** What is wrong with a pattern, as a sentence; undefined where nothing is. */
export function patternFault(pattern: string): string | undefined {
  const compiled = compile(pattern);
  return compiled instanceof SyntaxError ? compiled.message : undefined;
}

function read(pattern: string): RE2JS | SyntaxError {
  library ??= (createRequire(import.meta.url)("re2js") as { RE2JS: typeof RE2JS }).RE2JS;
  try {
    return library.compile(pattern);
  } catch (error) {
    return new SyntaxError(messageOf(error));
  }
}
