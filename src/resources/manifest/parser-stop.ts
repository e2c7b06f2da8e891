/**
 * What the rules for mistakes of syntax are given and give back, and how a mistake is cut out of its text: by blanks, so that
 * every offset stays what it was.
 */
import { endOfLine, indentOf, startOfLine, startOfNextLine } from "./text-lines.ts";

/** Where the parser stopped, and why. */
export interface ParserStop {
  readonly reason: string;
  readonly offset: number;
}

export interface SyntaxMistake {
  readonly offset: number;
  readonly length?: number;
  readonly message: string;
  /** The text without it. The same text where nothing could be cut out. */
  readonly rest: string;
  /** What was cut out. Mistakes beside it may be its consequences. */
  readonly from: number;
  readonly to: number;
}

/** The line at this place, and the lines below that belong to it: deeper ones, and the items of its list. */
export function withoutBlockAt(
  text: string,
  offset: number,
  message: string,
  length?: number,
): SyntaxMistake {
  const from = startOfLine(text, offset);
  const line = text.slice(from, endOfLine(text, from));
  const margin = indentOf(line);
  const isItem = /^\s*-(\s|$)/.test(line);
  let to = endOfLine(text, from);
  for (;;) {
    const start = startOfNextLine(text, to);
    if (start >= text.length) break;
    const next = text.slice(start, endOfLine(text, start));
    const belongs =
      indentOf(next) > margin || (!isItem && /^\s*-(\s|$)/.test(next) && indentOf(next) === margin);
    if (next.trim() !== "" && !belongs) break;
    to = start + next.length;
  }
  return { offset, length, message, ...cutOut(text, from, to) };
}

export function withoutLineAt(text: string, offset: number, message: string, length?: number): SyntaxMistake {
  return { offset, length, message, ...cutOut(text, startOfLine(text, offset), endOfLine(text, offset)) };
}

export function cutOut(text: string, from: number, to: number): { rest: string; from: number; to: number } {
  const blank = text.slice(from, to).replace(/[^\r\n]/g, " ");
  return { rest: text.slice(0, from) + blank + text.slice(to), from, to };
}

export function replacedAt(text: string, offset: number, character: string): string {
  return text.slice(0, offset) + character + text.slice(offset + 1);
}
