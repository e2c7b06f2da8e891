/** Mistakes of syntax: a colon that is missing or too many, and an indentation that fits nothing. */
import { type ParserStop, type SyntaxMistake, withoutBlockAt } from "./parser-stop.ts";
import { endOfLine, indentOf, startOfLine } from "./text-lines.ts";

export const blankMissing = "write a blank behind this colon";

/** The key and the value of `kind:Pod`, where it was meant so. */
export function gluedParts(word: string): readonly [string, string] | undefined {
  const [, key, value] = /^([A-Za-z][\w.-]*):(?!\/\/)(\S.*)$/s.exec(word) ?? [];
  return key === undefined || value === undefined ? undefined : [key, value];
}

/** `kind:Pod` is one word, which the parser takes on into the next lines, and fails there. */
export function gluedColon(text: string, { offset }: ParserStop): SyntaxMistake | undefined {
  return inLinesAbove(text, offset, (line, start) => {
    const before = /^\s*(?:- +)*[A-Za-z][\w.-]* *(?=:[\w"'[{])/.exec(line)?.[0];
    if (before === undefined || /:\s|:$|:\/\//.test(line)) return undefined;
    return withoutBlockAt(text, start + before.length, blankMissing, 1);
  });
}

/** `kind Pod`, `kind = Pod`, or `containers` alone, with more of the kind below. */
export function missingColon(text: string, { offset }: ParserStop): SyntaxMistake | undefined {
  return inLinesAbove(text, offset, (line, start) => {
    if (start + line.length >= offset && !/^\s*[\w./-]+\s*$/.test(line)) return undefined;
    const [, before, key = "", between = ""] = /^(\s*)([A-Za-z][\w./-]*)( *=?)(?= |$)/.exec(line) ?? [];
    if (before === undefined || /:(\s|$)|#/.test(line) || isContinued(text, start, line)) return undefined;
    const at = start + before.length;
    const right = between.includes("=") || /\s\S/.test(line.trim()) ? `${key}: …` : `${key}:`;
    return withoutBlockAt(text, at, `there is no colon in this line: write ${right}`, key.length);
  });
}

/** Whether the line goes on with the text of the one above, as texts over several lines do. */
function isContinued(text: string, start: number, line: string): boolean {
  const above = text.slice(0, start).trimEnd();
  const last = above.slice(startOfLine(above, above.length));
  const isText = /:\s+\S/.test(last) || !/:/.test(last);
  return last !== "" && isText && indentOf(line) > indentOf(last);
}

/** `command: echo a: b` */
export function secondColon(text: string, { offset }: ParserStop): SyntaxMistake | undefined {
  const before = text.slice(startOfLine(text, offset), offset);
  if (text[offset] !== ":" || !/:\s/.test(before)) return undefined;
  return withoutBlockAt(text, offset, 'the second colon of one line: put text that holds ": " in quotes', 1);
}

/** A key under one that has its value already. */
export function tooDeep(text: string, { offset }: ParserStop): SyntaxMistake | undefined {
  const start = startOfLine(text, offset);
  const line = text.slice(start, endOfLine(text, start));
  const above = text.slice(0, start).trimEnd();
  const last = above.slice(startOfLine(above, above.length));
  const key = /^\s*(?:- +)*/.exec(last)?.[0].length ?? 0;
  if (text[offset] !== ":" || !/:\s+\S/.test(last) || indentOf(line) <= key) return undefined;
  const at = start + indentOf(line);
  const message = "it stands deeper than the line above, which has a value already: align the two";
  return withoutBlockAt(text, at, message, offset - at);
}

export function wrongIndentation(text: string, { reason, offset }: ParserStop): SyntaxMistake | undefined {
  const start = startOfLine(text, offset);
  const isFirst = text.slice(start, offset).trim() === "";
  if (!/bad indentation|document separator|expected ':'/.test(reason) || !isFirst) return undefined;
  const isItem = /^-(\s|$)/.test(text.slice(offset, offset + 2));
  const isInList = /sequence/.test(reason);
  let what = "its indentation fits none of the lines above: align it with those that it belongs to";
  if (isItem && !isInList)
    what = "an item of a list (-) among the keys of an object: put it below the key that it belongs to";
  else if (!isItem && isAtDash(text, start, offset))
    what = "a key among the items of a list: each line at this depth must begin with -";
  return withoutBlockAt(text, offset, what);
}

/** Whether an item of a list begins above at the same depth. */
function isAtDash(text: string, start: number, offset: number): boolean {
  const lines = text.slice(Math.max(0, start - 10_000), start).split("\n");
  const depth = offset - start;
  return lines.some(line => line.startsWith(`${" ".repeat(depth)}- `));
}

/** How many lines above the parser's place a mistake may be, and how long a line is that is looked at. */
const linesAbove = 5;
const longestLine = 1_000;

/** The lines down to the one where the parser stopped, the nearest first. */
function inLinesAbove(
  text: string,
  offset: number,
  look: (line: string, start: number) => SyntaxMistake | undefined,
): SyntaxMistake | undefined {
  let start = startOfLine(text, offset);
  for (let looked = 0; looked <= linesAbove; looked++) {
    const line = text.slice(start, endOfLine(text, start));
    if (line.length <= longestLine && line.trim() !== "") {
      const mistake = look(line, start);
      if (mistake !== undefined) return mistake;
    }
    if (start === 0) return undefined;
    start = startOfLine(text, start - 1);
  }
  return undefined;
}
