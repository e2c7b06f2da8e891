/**
 * Code as a person types it at the prompt of `node`, line by line: whether it is all there yet, and how it is written so that what it
 * declares is found by the next piece.
 */
import { Script } from "node:vm";
import { describe } from "../reasons.ts";

/** True where more lines could make it code that can be run. */
export function isUnfinished(code: string): boolean {
  try {
    new Script(`(async () => {${code}\n})`);
    return false;
  } catch (error) {
    return (
      /^(Unexpected end of input|Unterminated template|missing \) after)/.test(describe(error)) || opens(code)
    );
  }
}

/** The wrapping of `isUnfinished` closes one brace too early. */
function opens(code: string): boolean {
  try {
    new Script(`${code}`);
    return false;
  } catch (error) {
    return /^(Unexpected end of input|Unterminated template)/.test(describe(error));
  }
}

/** What is declared lives on: the next sentence finds it. An object is no block. */
export function asSentence(code: string): string {
  if (/^\s*\{[\s\S]*\}\s*$/.test(code)) return `(${code.trim()})`;
  return code
    .replaceAll(/(^|;[ \t]*|\n[ \t]*)(?:const|let|var)\s+([[{][\s\S]*?[\]}]\s*=[^;\n]*)/g, "$1($2)")
    .replaceAll(/(^|;[ \t]*|\n[ \t]*)(?:const|let|var)\s+/g, "$1")
    .replace(/^\s*(class|(?:async\s+)?function\*?)\s+([A-Za-z_$][\w$]*)/, "$2 = $1 $2");
}
