/**
 * An expression as the interpreter reads it. Two things are written otherwise there than in Kubernetes:
 *
 * - `has(list[0].name)`: the interpreter takes a plain path only; what is no plain path is asked for as an optional field.
 * - `text.matches(pattern)`: patterns are RE2's here as in Kubernetes, so that none takes longer because it is written so.
 */

/** The function that stands for `matches`. */
export const matchesName = "matchesRE2";

/** The text for the interpreter, and where in the expression stands what stands at an offset of it. */
export interface ReadableText {
  readonly text: string;
  place(offset: number): number;
}

/** A piece of text, with the place of what it stands for in the expression. */
interface Piece {
  readonly text: string;
  readonly place: number;
}

export function readable(expression: string): ReadableText {
  const tokens = tokensOf(expression);
  const pieces = withReadableHas(
    tokens.map((each, i) => (isMatches(tokens, i) ? { ...each, text: matchesName } : each)),
  );
  return {
    text: pieces.map(({ text }) => text).join(""),
    place(offset) {
      let start = 0;
      for (const { text, place } of pieces) {
        if (offset < start + text.length) return place + Math.min(offset - start, text.length);
        start += text.length;
      }
      return expression.length;
    },
  };
}

const token =
  /[rRbB]{0,2}(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|\/\/[^\n]*|[A-Za-z_]\w*|\s+|[\s\S]/g;

/** The words, signs, texts, comments and spaces of an expression, in order. */
export function tokensOf(text: string): Piece[] {
  return Array.from(text.matchAll(token), ({ 0: found, index }) => ({ text: found, place: index }));
}

function isMatches(tokens: readonly Piece[], i: number): boolean {
  // A field may be called so, too.
  return tokens[i]?.text === "matches" && previous(tokens, i) === "." && next(tokens, i) === "(";
}

function next(tokens: readonly Piece[], i: number): string | undefined {
  return tokens.slice(i + 1).find(each => each.text.trim() !== "")?.text;
}

function previous(tokens: readonly Piece[], i: number): string | undefined {
  return tokens.slice(0, i).findLast(each => each.text.trim() !== "")?.text;
}

/** `has(a[0].b)` becomes `(a[0].?b).hasValue()`. */
function withReadableHas(tokens: readonly Piece[]): Piece[] {
  const written: Piece[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const here = tokens[i];
    if (!here) break;
    const isHas = here.text === "has" && tokens[i + 1]?.text === "(" && previous(tokens, i) !== ".";
    const end = isHas ? closing(tokens, i + 1) : -1;
    const last = tokens[end];
    if (!last) {
      written.push(here);
      continue;
    }
    const inner = tokens.slice(i + 2, end);
    const dot = inner.findLastIndex(({ text }) => text === ".");
    const at = inner[dot];
    const isPlain = inner.every(({ text }) => /^[\w\s.]*$/.test(text));
    if (isPlain || !at || !isName(inner.slice(dot + 1)))
      written.push({ ...here, text: "has(" }, ...withReadableHas(inner), last);
    else
      written.push(
        { ...here, text: "(" },
        ...withReadableHas(inner.slice(0, dot)),
        { ...at, text: ".?" },
        ...inner.slice(dot + 1),
        { ...last, text: ").hasValue()" },
      );
    i = end;
  }
  return written;
}

function isName(pieces: readonly Piece[]): boolean {
  const text = pieces.map(each => each.text).join("");
  return /^[A-Za-z_]\w*$/.test(text.trim());
}

/** Where the parenthesis that opens at a token closes; -1 where it does not. */
function closing(tokens: readonly Piece[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    if (tokens[i]?.text === "(") depth++;
    if (tokens[i]?.text === ")" && --depth === 0) return i;
  }
  return -1;
}
