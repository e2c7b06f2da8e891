/**
 * What is wrong where the parser cannot go on, and the text without it. The parser says where it stopped, which is often a line
 * or more behind the mistake, and in its own terms. Here the usual mistakes are recognised (a colon or a quote that is missing, a
 * bracket that is never closed, an indentation that fits nothing), told at their own place, and cut out, so that the rest of
 * the document can be read. Cutting out replaces characters by blanks: every offset stays what it was.
 */

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

type Rule = (text: string, stop: ParserStop) => SyntaxMistake | undefined;

/** The mistake that the parser stopped at, as far as it can be told. */
export function syntaxMistake(text: string, stop: ParserStop): SyntaxMistake {
  const offset = Math.min(stop.offset, text.length);
  for (const rule of rules) {
    const mistake = rule(text, { ...stop, offset });
    if (mistake !== undefined) return mistake;
  }
  const hint = advice.find(([pattern]) => pattern.test(stop.reason))?.[1];
  const message = hint === undefined ? stop.reason : `${stop.reason}: ${hint}`;
  return withoutBlockAt(text, offset, message);
}

/** What would be right, for the mistakes that the parser names well. */
const advice: readonly [RegExp, string][] = [
  [/escape sequence/, "write \\\\ for a backslash, or put the text in single quotes"],
  [/alias|anchor/, 'put text that begins with * or & in quotes, as in "*"'],
  [
    /a line break is expected/,
    "put text that begins with | or > in quotes, or begin the block in the next line",
  ],
  [/block scalar/, "leave the number out"],
  [/directives end mark/, "a line --- must follow the lines that begin with %"],
  [/YAML version/, "leave the line out that begins with %YAML"],
  [
    /multiline key/,
    "each line must be a key, a colon and a blank, or belong to the value above by its indentation",
  ],
  [
    /indentation|expected ':'|document separator/,
    'align it with the lines that belong together; put text that holds ": " in quotes',
  ],
];

const rules: readonly Rule[] = [
  tab,
  control,
  openQuote,
  openBracket,
  missingComma,
  gluedColon,
  missingColon,
  behindQuotes,
  strangeStart,
  commaBetweenObjects,
  secondColon,
  tooDeep,
  wrongIndentation,
];

function tab(text: string, { reason, offset }: ParserStop): SyntaxMistake | undefined {
  if (!/tab characters/.test(reason)) return undefined;
  const rest = text.replace(/^[ \t-]*\t[ \t-]*/gm, found => found.replaceAll("\t", " "));
  const end = endOfLine(text, offset);
  return { offset, message: `${reason}: indent with blanks`, rest, from: startOfLine(text, offset), to: end };
}

/** Told once, whatever else of the kind there is: a file that is no text has thousands. */
function control(text: string, { reason, offset }: ParserStop): SyntaxMistake | undefined {
  if (!/non-printable|null byte/.test(reason)) return undefined;
  const code = (text.codePointAt(offset) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const message = `the character U+${code} cannot stand in a manifest: delete it, or save the file as UTF-8 text`;
  const rest = text.replace(terminalColour, found => " ".repeat(found.length)).replace(notPrintable, " ");
  return { offset, length: 1, message, rest, from: offset, to: offset + 1 };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
const terminalColour = /\u001b\[[0-9;]*[A-Za-z]/g;

const notPrintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** A quote that is never closed, or not before a text in another line that begins with the same quote. */
function openQuote(text: string, { reason, offset }: ParserStop): SyntaxMistake | undefined {
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
function openBracket(text: string, { reason, offset }: ParserStop): SyntaxMistake | undefined {
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

function missingComma(text: string, { reason, offset }: ParserStop): SyntaxMistake | undefined {
  if (!/missed comma/.test(reason)) return undefined;
  const found = text[offset];
  if (found === ";" || found === "=") {
    const wanted = found === ";" ? "," : ":";
    const message = `write ${wanted === "," ? "a comma" : "a colon"} instead of ${found}`;
    return {
      offset,
      length: 1,
      message,
      rest: replacedAt(text, offset, wanted),
      from: offset,
      to: offset + 1,
    };
  }
  const message = `${reason}: a comma, or a closing bracket, is missing before this`;
  if (!/\s/.test(text[offset - 1] ?? "")) return withoutLineAt(text, offset, message);
  return { offset, message, rest: replacedAt(text, offset - 1, ","), from: offset - 1, to: offset };
}

/** How many lines above the parser's place a mistake may be, and how long a line is that is looked at. */
const linesAbove = 5;
const longestLine = 1_000;

/** `kind:Pod` is one word, which the parser takes on into the next lines, and fails there. */
function gluedColon(text: string, { offset }: ParserStop): SyntaxMistake | undefined {
  return inLinesAbove(text, offset, (line, start) => {
    const before = /^\s*(?:- +)*[A-Za-z][\w.-]* *(?=:[\w"'[{])/.exec(line)?.[0];
    if (before === undefined || /:\s|:$|:\/\//.test(line)) return undefined;
    return withoutBlockAt(text, start + before.length, "write a blank behind this colon", 1);
  });
}

/** `kind Pod`, `kind = Pod`, or `containers` alone, with more of the kind below. */
function missingColon(text: string, { offset }: ParserStop): SyntaxMistake | undefined {
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

/** `"a"b`, or `'it's'`. */
function behindQuotes(text: string, { offset }: ParserStop): SyntaxMistake | undefined {
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

function strangeStart(text: string, { offset }: ParserStop): SyntaxMistake | undefined {
  const found = text[offset] ?? "";
  const before = text.slice(startOfLine(text, offset), offset);
  if (/[@`%]/.test(found))
    return withoutBlockAt(text, offset, `no text begins with ${found} without quotes: put it in quotes`, 1);
  if (found === "}" || found === "]") {
    const opening = found === "}" ? "{" : "[";
    const message = `no ${opening} is open that this could close: leave it out`;
    return { offset, length: 1, message, rest: replacedAt(text, offset, " "), from: offset, to: offset + 1 };
  }
  if (found === "-" && /:\s+$/.test(before))
    return withoutBlockAt(
      text,
      offset,
      "a list does not begin in the line of its key: write - in the next line, or use [ ]",
      1,
    );
  return undefined;
}

/** In JSON, between two objects that are in no list. */
function commaBetweenObjects(text: string, { reason, offset }: ParserStop): SyntaxMistake | undefined {
  if (!/document separator/.test(reason) || text[offset] !== ",") return undefined;
  const message = "a comma separates the objects of a list only: leave it out, or put them in [ ]";
  return { offset, length: 1, message, rest: replacedAt(text, offset, " "), from: offset, to: offset + 1 };
}

/** `command: echo a: b` */
function secondColon(text: string, { offset }: ParserStop): SyntaxMistake | undefined {
  const before = text.slice(startOfLine(text, offset), offset);
  if (text[offset] !== ":" || !/:\s/.test(before)) return undefined;
  return withoutBlockAt(text, offset, 'the second colon of one line: put text that holds ": " in quotes', 1);
}

/** A key under one that has its value already. */
function tooDeep(text: string, { offset }: ParserStop): SyntaxMistake | undefined {
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

function wrongIndentation(text: string, { reason, offset }: ParserStop): SyntaxMistake | undefined {
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

// --- Cutting out.

/** The line at this place, and the lines below that belong to it: deeper ones, and the items of its list. */
function withoutBlockAt(text: string, offset: number, message: string, length?: number): SyntaxMistake {
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

function withoutLineAt(text: string, offset: number, message: string, length?: number): SyntaxMistake {
  return { offset, length, message, ...cutOut(text, startOfLine(text, offset), endOfLine(text, offset)) };
}

function cutOut(text: string, from: number, to: number): { rest: string; from: number; to: number } {
  const blank = text.slice(from, to).replace(/[^\r\n]/g, " ");
  return { rest: text.slice(0, from) + blank + text.slice(to), from, to };
}

function replacedAt(text: string, offset: number, character: string): string {
  return text.slice(0, offset) + character + text.slice(offset + 1);
}

// --- Lines.

function startOfLine(text: string, offset: number): number {
  return Math.max(text.lastIndexOf("\n", offset - 1), text.lastIndexOf("\r", offset - 1)) + 1;
}

function endOfLine(text: string, offset: number): number {
  const end = /[\r\n]|$/g;
  end.lastIndex = offset;
  return end.exec(text)?.index ?? text.length;
}

function startOfNextLine(text: string, end: number): number {
  return end + (text.startsWith("\r\n", end) ? 2 : 1);
}

function indentOf(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0;
}

function indentAt(text: string, offset: number): number {
  const start = startOfLine(text, offset);
  return indentOf(text.slice(start, endOfLine(text, start)));
}

function isLineBetween(text: string, start: number, end: number): boolean {
  return /[\r\n]/.test(text.slice(start, end));
}
