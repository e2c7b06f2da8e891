/**
 * An expression as the interpreter reads it. Two things are written otherwise there than in Kubernetes:
 *
 * - `has(list[0].name)`: the interpreter takes a plain path only; what is no plain path is asked for as an optional field.
 * - `text.matches(pattern)`: patterns are RE2's here as in Kubernetes, so that none takes longer because it is written so.
 */

/** The function that stands for `matches`. */
export const matchesName = "matchesRE2";

export function readable(expression: string): string {
  const tokens = tokensOf(expression);
  return withReadableHas(tokens.map((token, i) => (isMatches(tokens, i) ? matchesName : token))).join("");
}

const token =
  /[rRbB]{0,2}(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|\/\/[^\n]*|[A-Za-z_]\w*|\s+|[\s\S]/g;

function tokensOf(text: string): string[] {
  return text.match(token) ?? [];
}

function isMatches(tokens: readonly string[], i: number): boolean {
  return tokens[i] === "matches" && previous(tokens, i) === ".";
}

function previous(tokens: readonly string[], i: number): string | undefined {
  return tokens.slice(0, i).findLast(each => each.trim() !== "");
}

/** `has(a[0].b)` becomes `(a[0].?b).hasValue()`. */
function withReadableHas(tokens: readonly string[]): string[] {
  const written: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const isHas = tokens[i] === "has" && tokens[i + 1] === "(" && previous(tokens, i) !== ".";
    const end = isHas ? closing(tokens, i + 1) : -1;
    if (end < 0) {
      written.push(tokens[i] ?? "");
      continue;
    }
    const inner = tokens.slice(i + 2, end);
    const dot = inner.lastIndexOf(".");
    const isPlain = inner.every(each => /^[\w\s.]*$/.test(each));
    if (
      isPlain ||
      dot < 0 ||
      !/^[A-Za-z_]\w*$/.test(
        inner
          .slice(dot + 1)
          .join("")
          .trim(),
      )
    )
      written.push("has(", ...withReadableHas(inner), ")");
    else
      written.push(
        "(",
        ...withReadableHas(inner.slice(0, dot)),
        ".?",
        ...inner.slice(dot + 1),
        ").hasValue()",
      );
    i = end;
  }
  return written;
}

/** Where the parenthesis that opens at a token closes; -1 where it does not. */
function closing(tokens: readonly string[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    if (tokens[i] === "(") depth++;
    if (tokens[i] === ")" && --depth === 0) return i;
  }
  return -1;
}
