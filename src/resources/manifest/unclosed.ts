/** Mistakes of syntax: a quote or a bracket that is not closed, or is closed too early. */
import { cutOut, type ParserStop, type SyntaxMistake, withoutBlockAt, withoutLineAt } from "./parser-stop.ts";
import { endOfLine, indentAt, isLineBetween, startOfLine } from "./text-lines.ts";

/** A quote that is never closed, or not before a text in another line that begins with the same quote. */
export function openQuote(text: string, { reason, offset }: ParserStop): SyntaxMistake | undefined {
  const isAtEnd = /within a (double|single) quoted scalar/.test(reason);
  const opened = quotedTexts(text, isAtEnd ? text.length : offset).findLast(
    ({ start, end }) => end === undefined || (!isAtEnd && end <= offset && isLineBetween(text, start, end)),
  );
  if (opened === undefined) return undefined;
  const { start, end } = opened;
  // Only where the parser stopped right behind it: whatever else went wrong, a text over several lines is no mistake.
  if (end !== undefined && isLineBetween(text, end, offset)) return undefined;
  return withoutLineAt(
    text,
    start,
    `this quote is not closed: ${text[start]} is missing at the end of the text`,
    1,
  );
}

interface Quoted {
  readonly start: number;
  /** Behind the closing quote; undefined where there is none. */
  readonly end: number | undefined;
}

/** The texts in quotes that begin before `limit`, in block and flow style. */
function quotedTexts(text: string, limit: number): Quoted[] {
  const all: Quoted[] = [];
  const next = /["'](?<=(?:^[ \t]*|[:\-?,[{][ \t]+|[[{,]|["']:).)|(?<=^|[ \t])#[^\r\n]*/gm;
  for (let found = next.exec(text); found !== null && found.index < limit; found = next.exec(text)) {
    if (found[0].startsWith("#")) continue;
    const start = found.index;
    const body = found[0] === '"' ? /(?:[^"\\]|\\[\s\S])*"/y : /(?:[^']|'')*'/y;
    body.lastIndex = start + 1;
    const end = body.test(text) ? body.lastIndex : undefined;
    all.push({ start, end });
    if (end === undefined) break;
    next.lastIndex = end;
  }
  return all;
}

/** `{` or `[` that is never closed: the next key or item at the margin of its line ends what may belong to it. */
export function openBracket(text: string, { reason, offset }: ParserStop): SyntaxMistake | undefined {
  const isAtEnd = /within a flow collection/.test(reason);
  if (!isAtEnd && !/missed comma/.test(reason)) return undefined;
  const open = openBrackets(text, offset);
  const [outermost] = open;
  if (outermost === undefined) return undefined;
  const margin = indentAt(text, outermost);
  const isBlock = startOfLine(text, outermost) + margin < outermost;
  const ends = isBlock ? nextAtMargin(text, outermost, margin) : undefined;
  if (!isAtEnd && (ends === undefined || ends > offset)) return undefined;
  const message = (at: number) =>
    `this ${text[at]} is never closed: ${text[at] === "{" ? "}" : "]"} is missing`;
  if (ends !== undefined) {
    const at = openBrackets(text, ends).at(-1) ?? outermost;
    const from = startOfLine(text, outermost);
    return {
      offset: at,
      length: 1,
      message: message(at),
      ...cutOut(text, from, Math.min(ends, text.length)),
    };
  }
  const at = open.at(-1) ?? outermost;
  if (isBlock)
    return {
      offset: at,
      length: 1,
      message: message(at),
      ...cutOut(text, startOfLine(text, outermost), text.length),
    };
  const closing = open
    .map(each => (text[each] === "{" ? "}" : "]"))
    .reverse()
    .join("");
  return {
    offset: at,
    length: 1,
    message: message(at),
    rest: text + closing,
    from: text.length,
    to: text.length,
  };
}

/** The brackets that are open at this place, the outermost first. Those in texts and comments are none. */
function openBrackets(text: string, limit: number): number[] {
  const open: number[] = [];
  const token =
    /"(?:[^"\\\r\n]|\\.)*"|(?<=[\s,[{:])'(?:[^'\r\n]|'')*'|(?<=^|\s)#[^\r\n]*|[[{](?<=(?:^[ \t]*|[:\-?,[{][ \t]+|[[{,:]).)|[\]}]/gm;
  for (const { 0: found, index } of text.matchAll(token)) {
    if (index >= limit) break;
    if (found === "{" || found === "[") open.push(index);
    if (found === "}" || found === "]") open.pop();
  }
  return open;
}

/** Where the first line begins behind `from` that is a key or an item no deeper than `margin`. */
function nextAtMargin(text: string, from: number, margin: number): number | undefined {
  const line = new RegExp(`^ {0,${margin}}(?:- |[A-Za-z_][\\w./-]*:(?:\\s|$))`, "gm");
  line.lastIndex = endOfLine(text, from);
  return line.exec(text)?.index;
}

/** `"a"b`, or `'it's'`. */
export function behindQuotes(text: string, { offset }: ParserStop): SyntaxMistake | undefined {
  const before = quotedTexts(text, offset).findLast(({ end }) => end !== undefined && end <= offset);
  if (before?.end === undefined || !/^[ \t]*$/.test(text.slice(before.end, offset))) return undefined;
  if (/[}\],]/.test(text[offset] ?? "")) return undefined;
  const doubled = text[before.start] === "'" ? "write '' for ' in there" : 'write \\" for " in there';
  return withoutBlockAt(
    text,
    offset,
    `the text in quotes has ended before this: put the whole of it in quotes, and ${doubled}`,
  );
}
