/**
 * kubectl's reader (go-yaml) does not look at how lines are indented inside of brackets and quotes: pasted JSON may have
 * tabs, or its last brace at the margin. js-yaml refuses that. Where it does, the line breaks in there become blanks, which
 * mean the same, and so do tabs between a key and its value; the line breaks of YAML 1.1 become today's. The text keeps its
 * length, so every offset stays what it was.
 */
import { yaml } from "./yaml.ts";

interface SyntaxError {
  readonly reason: string;
  readonly mark?: { readonly position: number };
}

/** Line breaks to YAML 1.1, which js-yaml takes for letters. */
const oldLineBreak = /[\u0085\u2028\u2029]/g;

/** The text with what kubectl's reader would not mind at the error's place written otherwise; undefined where that is not it. */
export function loosened(text: string, { reason, mark }: SyntaxError): string | undefined {
  const lines = text.replace(oldLineBreak, "\n");
  if (lines !== text) return lines;
  if (reason !== "deficient indentation" || mark === undefined) return undefined;
  let start = mark.position;
  while (text[start - 1] === " " || text[start - 1] === "\t") start--;
  const isAtLineStart = text[start - 1] === "\n" || text[start - 1] === "\r";
  // Within a line it is a tab that js-yaml does not like, somewhere before this.
  if (!isAtLineStart) return withoutTabsBefore(text, mark.position);
  start -= text.startsWith("\r\n", start - 2) ? 2 : 1;
  const inside = whatIsOpenAt(text, start);
  const end = inside === "brackets" ? endOfBrackets(text, start) : endOfQuotes(text, mark.position, inside);
  const before = inside === "brackets" ? withoutLastComment(text.slice(0, start)) : text.slice(0, start);
  return before + joined(text.slice(start, end), inside) + text.slice(end);
}

/**
 * The tabs of this line as blanks, up to the place; undefined where there are none. What stands in quotes is read from the text
 * as written.
 */
function withoutTabsBefore(text: string, position: number): string | undefined {
  const start = Math.max(text.lastIndexOf("\n", position - 1), text.lastIndexOf("\r", position - 1)) + 1;
  const before = text.slice(start, position);
  if (!before.includes("\t")) return undefined;
  return text.slice(0, start) + before.replaceAll("\t", " ") + text.slice(position);
}

/** The line break that ends a comment is about to go: the comment goes with it. */
function withoutLastComment(text: string): string {
  const start = Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r")) + 1;
  const line = text.slice(start);
  const parts = [...line.matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#][^\s"']*|#.*|./g)];
  const comment = parts.find(([part]) => part.startsWith("#"));
  return comment === undefined ? text : text.slice(0, start + comment.index) + " ".repeat(comment[0].length);
}

type Open = "brackets" | "single" | "double";

/** What js-yaml misses the end of when the text ends here. */
function whatIsOpenAt(text: string, end: number): Open {
  try {
    yaml().parseEvents(text.slice(0, end), {});
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    if (reason.includes("double quoted")) return "double";
    if (reason.includes("single quoted")) return "single";
  }
  return "brackets";
}

function endOfQuotes(text: string, from: number, open: "single" | "double"): number {
  const rest = open === "double" ? /(?:[^"\\]|\\[\s\S])*/y : /(?:[^']|'')*/y;
  rest.lastIndex = from;
  return rest.test(text) ? rest.lastIndex : text.length;
}

/** In brackets: texts in quotes, comments, line breaks, brackets, words (which may have quotes inside), anything else. */
const token =
  /"(?:[^"\\]|\\[\s\S])*"?|'(?:[^']|'')*'?|(?<=[\s,[\]{}])#[^\r\n]*|[[\]{}]|[^\s,[\]{}"'#:][^\s,[\]{}:]*|\s+|[\s\S]/y;

/** Behind the brackets that are open here, the outermost ones: behind them comes no comma and no other bracket. */
function endOfBrackets(text: string, from: number): number {
  let depth = 0;
  token.lastIndex = from;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const end = token.lastIndex;
    if (found[0] === "{" || found[0] === "[") depth++;
    if (found[0] === "}" || found[0] === "]") depth--;
    if (depth >= 0) continue;
    depth = 0;
    const after = /(?:\s|#.*)*/y;
    after.lastIndex = end;
    after.test(text);
    if (!/[,}\]:]/.test(text[after.lastIndex] ?? "")) return end;
  }
  return text.length;
}

/** Without line breaks, and, in brackets, without the comments that they end. */
function joined(part: string, open: Open): string {
  const blank = (found: string) => " ".repeat(found.length);
  if (open !== "brackets") return part.replace(/[\r\n]+[ \t]*/g, blank);
  let text = "";
  token.lastIndex = 0;
  for (let found = token.exec(part); found !== null; found = token.exec(part)) {
    const isQuoted = /^["']/.test(found[0]);
    text += found[0].startsWith("#")
      ? blank(found[0])
      : found[0].replace(isQuoted ? /[\r\n]/g : /\s/g, blank);
    if (token.lastIndex === part.length) break;
  }
  return text;
}
