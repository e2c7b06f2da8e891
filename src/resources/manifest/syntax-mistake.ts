/**
 * What is wrong where the parser cannot go on, and the text without it. The parser says where it stopped, which is often a line
 * or more behind the mistake, and in its own terms. Here the usual mistakes are recognised (a colon or a quote that is missing, a
 * bracket that is never closed, an indentation that fits nothing), told at their own place, and cut out, so that the rest of
 * the document can be read. Cutting out replaces characters by blanks: every offset stays what it was.
 */
import { gluedColon, missingColon, secondColon, tooDeep, wrongIndentation } from "./misaligned.ts";
import {
  type ParserStop,
  replacedAt,
  type SyntaxMistake,
  withoutBlockAt,
  withoutLineAt,
} from "./parser-stop.ts";
import { endOfLine, startOfLine } from "./text-lines.ts";
import { behindQuotes, openBracket, openQuote } from "./unclosed.ts";

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
  if (!/non-printable|null byte|valid JSON character/.test(reason)) return undefined;
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
