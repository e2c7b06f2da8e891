/**
 * What stands in a manifest and is no part of one: templates that were not rendered, marks of a merge conflict, lines of a
 * shell or of Markdown, a whole web page. And lines that were meant to separate documents, or should stand where two objects
 * follow one another without. As in mend.ts, every character stays in its place.
 */
import type { Place } from "./node.ts";
import type { Problem } from "./problems.ts";

export interface WithoutStrays {
  /** Of the same length. */
  readonly text: string;
  readonly problems: readonly Problem[];
  /** Where a value stands that nobody knows yet: nothing can be said of it. */
  readonly unknown: readonly Place[];
}

type IsMeant = (offset: number) => boolean;

/** More are not told, and not looked at. */
const most = 50;
const mostLooks = 1_000;

export function withoutStrays(text: string, isMeant: IsMeant): WithoutStrays {
  const problems: Problem[] = [];
  const unknown: Place[] = [];
  let rest = text;
  const page = /^\s*<(?:!doctype|html|\?xml|head|body)\b[^\n]*/i.exec(text);
  if (page !== null) {
    const offset = page[0].search(/\S/);
    const message = "this is a web page, or XML, and no manifest: get the file itself (the raw one)";
    return {
      text: blank(text),
      problems: [{ offset, length: page[0].length - offset, field: "", message }],
      unknown,
    };
  }
  for (const [pattern, message] of strayLines) {
    rest = rest.replace(pattern, (found, ...more) => {
      const offset = offsetIn(more);
      if (problems.length >= most || isMeant(offset)) return found;
      const [line = found] = found.split(/[\r\n]/, 1);
      problems.push({ offset, length: line.trimEnd().length, field: "", message });
      return blank(found);
    });
  }
  for (const [pattern, message] of templates) {
    let isTold = false;
    rest = rest.replace(pattern, (found, ...more) => {
      const offset = offsetIn(more);
      if (unknown.length >= 1_000 || isMeant(offset)) return found;
      if (!isTold) problems.push({ offset, length: found.split(/[\r\n]/, 1)[0]?.length, field: "", message });
      isTold = true;
      unknown.push({ start: offset, end: offset + found.length });
      const before = rest.slice(rest.lastIndexOf("\n", offset - 1) + 1, offset);
      const after = rest.slice(offset + found.length).split(/[\r\n]/, 1)[0] ?? "";
      // A template that has its line for itself may stand for any number of lines, or for none.
      const isLine = (before + after).trim() === "";
      return isLine ? blank(found) : found.replace(/[^\r\n]/g, "x");
    });
  }
  return { text: rest, problems, unknown };
}

/** Each told wherever it stands. */
const strayLines: readonly [RegExp, string][] = [
  [
    /^={7}[ \t]*(?:\r?\n(?!>{7}).*)*/gm,
    "this line and those below it are the other side of a merge conflict: keep one side, and delete the marks",
  ],
  [/^(?:<{7}|>{7}|\|{7})(?: .*)?$/gm, "a mark of a merge conflict: keep one side, and delete the marks"],
  [/^ *(?:```|~~~).*$/gm, "a mark of Markdown, which is no part of the manifest: delete the line"],
  [
    /^(?:[$#>] *)?(?:cat|tee|kubectl|helm|sudo)\b[^:\n]*(?:<<|\s-f\b|\.ya?ml\b|>).*$|^(?:EOF|END|YAML)$|^\$ .*$/gm,
    "a line of a shell, which is no part of the manifest: delete it",
  ],
];

/** Each told once: to render it mends all. */
const templates: readonly [RegExp, string][] = [
  [
    /\{\{(?:(?!\{\{)[\s\S]){0,2000}?\}\}/g,
    "this is a template, and no manifest yet: render it first (helm template), and apply what comes out",
  ],
  [
    /\{%(?:(?!\{%).){0,2000}?%\}|<%(?:(?!<%).){0,2000}?%>/g,
    "this is a template, and no manifest yet: render it first, and apply what comes out",
  ],
];

export interface Parted {
  /** Where each part begins, and ends. */
  readonly parts: readonly Place[];
  readonly problems: readonly Problem[];
}

/** Lines of dashes (or what looks like them) that are no `---`. */
const wouldBeSeparator =
  /^[ \t\uFEFF]*(?:[-–—‒―−－]{2,}(?=(?:kind|apiVersion):|[ \t]*(?:#.*)?$)|(?:[=*_~+]{3,}|(?:[-*_] ){2,}[-*_])(?=[ \t]*$))/gm;

/** Whether what follows begins an object, comments aside, or nothing follows. So far is looked for it. */
function isBeforeObject(text: string, end: number): boolean {
  const lines = text.slice(end, end + 4_000).split(/\r\n?|\n/);
  const next = lines.find((line, i) => (i === 0 ? /:/.test(line) : !/^\s*(?:#|$)/.test(line)));
  if (next === undefined) return text.slice(end).trim() === "";
  return /^[ \t\uFEFF]*(?:["']?(?:apiVersion|kind|metadata)["']?[ \t]*:|\{|---)/.test(next);
}

/** The parts of a text in which something is meant to separate documents, or is missing there; undefined where that is not so. */
export function partedAt(text: string, isMeant: IsMeant): Parted | undefined {
  const cuts: { readonly at: number; readonly from: number; readonly problem: Problem }[] = [];
  let looks = 0;
  for (const { 0: found, index } of text.matchAll(wouldBeSeparator)) {
    if (++looks > mostLooks) break;
    const isSeparator = found === "---" && !/[a-z]/i.test(text[index + 3] ?? "");
    if (isSeparator || isMeant(index) || cuts.length >= most) continue;
    if (!isBeforeObject(text, index + found.length)) continue;
    if (found.startsWith("=") && /^(?:<{7}|>{7})/m.test(text)) continue;
    const offset = index + found.search(/[^ \t]/);
    const length = found.trim().length;
    const message = "this separates no documents: write --- alone, at the margin of its line";
    cuts.push({ at: index, from: index + found.length, problem: { offset, length, field: "", message } });
  }
  for (const at of secondObjects(text)) {
    if (isMeant(at) || cuts.some(({ from }) => from <= at && /^(?:\s|#.*)*$/.test(text.slice(from, at))))
      continue;
    const message = "another object begins here: write a line --- before it";
    cuts.push({ at, from: at, problem: { offset: at, length: 1, field: "", message } });
  }
  if (cuts.length === 0) return undefined;
  cuts.sort((a, b) => a.at - b.at);
  const starts = [0, ...cuts.map(({ from }) => from)];
  const parts = starts.map((start, i) => ({ start, end: cuts[i]?.at ?? text.length }));
  return { parts, problems: cuts.map(({ problem }) => problem) };
}

/** Where at the margin a kind or an apiVersion comes again, with metadata again behind it. */
function secondObjects(text: string): number[] {
  const found: number[] = [];
  let seen = new Set<string>();
  const keys = [...text.matchAll(/^\uFEFF?(apiVersion|kind|metadata):(?=\s|$)|^\.\.\.(?=\s|$)/gm)];
  for (const [i, { 1: key, index }] of keys.entries()) {
    if (key === undefined) {
      seen = new Set();
      continue;
    }
    const next = keys[i + 1]?.[1];
    const hasMore = next === "metadata" || (keys[i + 2]?.[1] === "metadata" && next !== key);
    if (seen.has(key) && seen.has("metadata") && key !== "metadata" && hasMore && found.length < most) {
      found.push(index);
      seen = new Set();
    }
    seen.add(key);
  }
  return found;
}

function blank(text: string): string {
  return text.replace(/[^\r\n]/g, " ");
}

/** The offset among what `replace` tells its function besides the match. */
function offsetIn(more: readonly unknown[]): number {
  return Number(more.find(each => typeof each === "number"));
}
