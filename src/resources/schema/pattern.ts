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
