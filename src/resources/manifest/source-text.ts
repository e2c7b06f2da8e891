/**
 * The text of a manifest: where an offset stands (line and column), how a line is quoted with a caret below, as compilers
 * do, and what is wrong with the file before YAML is read in it: its size, its encoding.
 */
import { ApiError } from "../../errors/index.ts";

/** Both count from 1; columns count characters. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** As much as Kubernetes takes in one request. */
const maxBytes = 3 * 1024 * 1024;
const quotedWidth = 100;

export class SourceText {
  readonly text: string;
  /** What messages call it. */
  readonly name: string;
  /** How far the whole text was indented: a manifest inside a program follows the program's indentation. */
  readonly #indent: number;
  #lineStarts: number[] | undefined;

  /**
   * @throws ApiError RequestEntityTooLarge above 3 MiB, BadRequest for bytes that are neither UTF-8 nor UTF-16 with its mark.
   */
  constructor(text: string | Uint8Array, name = "manifest") {
    const bytes = typeof text === "string" ? Buffer.byteLength(text) : text.byteLength;
    if (bytes > maxBytes) {
      throw new ApiError(
        "RequestEntityTooLarge",
        `${name} has ${bytes} bytes; a manifest may have ${maxBytes}`,
      );
    }
    const decoded = typeof text === "string" ? text : decode(text, name);
    if (looksLikeUtf16(decoded)) throw notUtf8(name);
    const marked = withoutMarks(decoded);
    this.#indent = commonIndent(marked);
    this.text = this.#indent === 0 ? marked : outdented(marked, this.#indent);
    this.name = name;
  }

  positionOf(offset: number): Position {
    const starts = this.#starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: charactersIn(this.text, starts[low] ?? 0, offset) + 1 + this.#indent };
  }

  /** The line with a caret (several for a longer piece) under what is meant; a part of it where the line is long. */
  quote(offset: number, length = 1): string {
    const starts = this.#starts();
    const { line } = this.positionOf(offset);
    const start = starts[line - 1] ?? 0;
    const whole = this.text.slice(start, (starts[line] ?? this.text.length + 1) - 1);
    const from = offset - start > quotedWidth - 30 ? offset - start - 40 : 0;
    const shown = printable(whole.slice(from, from + quotedWidth).replace(/\r$/, ""));
    const indent = printable(whole.slice(from, offset - start)).length;
    const carets = "^".repeat(Math.max(1, Math.min(length, shown.length - indent)));
    const number = String(line);
    return `  ${number} | ${shown}\n  ${" ".repeat(number.length)} | ${" ".repeat(indent)}${carets}`;
  }

  #starts(): number[] {
    if (this.#lineStarts === undefined) {
      this.#lineStarts = [0];
      for (const { index, 0: end } of this.text.matchAll(/\r\n?|\n/g))
        this.#lineStarts.push(index + end.length);
    }
    return this.#lineStarts;
  }
}

/** How many characters there are between two offsets. One beyond the first 65,536 takes two places in a string. */
function charactersIn(text: string, from: number, to: number): number {
  let pairs = 0;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0xdc00 && code <= 0xdfff && i > from) pairs++;
  }
  return Math.min(to, text.length) - from - pairs;
}

/**
 * Without byte order marks: the one at the start, and those of files that were put together, at the start of a document. There
 * the mark takes the place of the line break before it, so that what follows begins its line.
 */
function withoutMarks(text: string): string {
  const unmarked = text.startsWith("\uFEFF") ? text.slice(1) : text;
  if (!unmarked.includes("\uFEFF")) return unmarked;
  const separated = /^(---(?:[ \t][^\r\n]*)?)(\r\n?|\n)\uFEFF/gm;
  return unmarked.replace(separated, (_, line: string, end: string) => `${line}${" ".repeat(end.length)}\n`);
}

/** The blanks that every line begins with, empty ones apart. */
function commonIndent(text: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (const [blanks] of text.matchAll(/^ *(?=[^ \r\n])/gm)) {
    if (blanks.length === 0) return 0;
    least = Math.min(least, blanks.length);
  }
  return Number.isFinite(least) ? least : 0;
}

function outdented(text: string, indent: number): string {
  return text.replaceAll(new RegExp(`^ {${indent}}`, "gm"), "");
}

/** UTF-8; or UTF-16, if the mark at the start says so. */
function decode(bytes: Uint8Array, name: string): string {
  const [first, second] = bytes;
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const encoding = isMarked ? `utf-16${first === 0xff ? "le" : "be"}` : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw notUtf8(name, cause);
  }
}

/** UTF-16 that was read as UTF-8 has a zero beside every letter, or its mark reads as two "unknown" characters. */
function looksLikeUtf16(text: string): boolean {
  const start = text.slice(0, 4);
  return start.includes("\0") || start.startsWith("\uFFFD\uFFFD") || start.startsWith("\uFFFE");
}

function notUtf8(name: string, cause?: unknown): ApiError {
  return new ApiError(
    "BadRequest",
    `${name} is not UTF-8 text (UTF-16, perhaps?): save it as UTF-8`,
    {},
    { cause },
  );
}

/** One column a character: tabs and what a terminal would act on become blanks. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, " ");
}
