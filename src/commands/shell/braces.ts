/** `a{b,c}` and `{1..5}`: one word is several, in bash. */
import type { Word } from "./syntax.ts";

const group = /\{([^{}\s]*,[^{}\s]*|-?\d+\.\.-?\d+(?:\.\.-?\d+)?|[A-Za-z]\.\.[A-Za-z])\}/;
const mostWords = 100_000;

/** Groups with quotes or parameters in them stay as they are. */
export function withoutBraces(word: Word): Word[] {
  const at = word.findIndex(part => part.type === "text" && !part.isQuoted && group.test(part.text));
  const part = word[at];
  if (part?.type !== "text") return [word];
  const [whole = "", inside = ""] = group.exec(part.text) ?? [];
  const start = part.text.indexOf(whole);
  const [before, behind] = [part.text.slice(0, start), part.text.slice(start + whole.length)];
  return alternatives(inside).flatMap(text =>
    withoutBraces([...word.slice(0, at), { ...part, text: before + text + behind }, ...word.slice(at + 1)]),
  );
}

function alternatives(inside: string): string[] {
  if (inside.includes(",")) return inside.split(",");
  const [first = "", last = "", step = "1"] = inside.split("..");
  const isNumber = /\d/.test(first);
  const [from, to] = isNumber ? [Number(first), Number(last)] : [first.charCodeAt(0), last.charCodeAt(0)];
  const width = /^-?0\d/.test(first) ? first.length : 0;
  const by = Math.abs(Number(step)) || 1;
  const count = Math.floor(Math.abs(to - from) / by) + 1;
  if (count > mostWords) throw new Error(`{${inside}}: too many words`);
  return Array.from({ length: count }, (_, i) => {
    const value = from + (to < from ? -i : i) * by;
    return isNumber ? String(value).padStart(width, "0") : String.fromCharCode(value);
  });
}
