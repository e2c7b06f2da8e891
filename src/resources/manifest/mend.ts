/**
 * What looks odd in a manifest and is no YAML: blanks that are none, `//`, typographic quotes, dashes and colons. A text
 * that cannot be read, or in which something is wrong, is read again with these as they were probably meant. Every character
 * stays in its place, so all offsets are those of the text as it was written.
 */
import type { Problem } from "./problems.ts";

export interface Mended {
  readonly text: string;
  /** What is odd, each at its place. */
  readonly problems: readonly Problem[];
}

/** The first ones tell enough; and that many are looked at. */
const most = 50;
const mostLooks = 1000;

/**
 * Undefined where nothing looks odd.
 * @param isMeant tells of an offset whether what stands there is meant so: it is in quotes, or in a block of text
 */
export function mend(text: string, isMeant: (offset: number) => boolean): Mended | undefined {
  const problems: Problem[] = [];
  let looks = 0;
  let mended = text;
  for (const [pattern, look] of oddities) {
    mended = mended.replace(pattern, (found, ...rest) => {
      if (problems.length >= most || ++looks > mostLooks) return found;
      const offset = Number(rest.find(each => typeof each === "number"));
      const before = mended.slice(
        Math.max(mended.lastIndexOf("\n", offset - 1) + 1, offset - 10_000),
        offset,
      );
      const after =
        mended.slice(offset + found.length, offset + found.length + 200).split(/[\r\n]/, 1)[0] ?? "";
      const odd = isMeant(offset) ? undefined : look(found, before, after, text);
      if (odd === undefined) return found;
      problems.push({ offset, length: odd.length ?? found.length, field: "", message: odd.message });
      return odd.meant;
    });
  }
  return mended === text ? undefined : { text: mended, problems };
}

interface Odd {
  /** Of the same length as what was found. */
  readonly meant: string;
  readonly message: string;
  readonly length?: number;
}

/** @returns undefined where what was found is nothing odd after what stands before and behind it in its line */
type Look = (found: string, before: string, after: string, text: string) => Odd | undefined;

const oddities: readonly [RegExp, Look][] = [
  [/[\u00a0\u00ad\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff]+/g, blank],
  [/\/\/[^\r\n]*|\/\*(?:(?!\/\*)[\s\S])*?\*\//g, comment],
  [/[“”„‟″]([^“”„‟″"\\\r\n]*)[“”‟″]/g, quotes('"')],
  [/[‘’‚‛′]([^‘’‚‛′'\r\n]*)[‘’‛′]/g, quotes("'")],
  [/[：﹕]/g, colon],
  [/[–—−－]/g, dash],
];

/** Blanks stand between keys, colons and values, and before all of them. */
function blank(found: string, before: string, after: string): Odd | undefined {
  const isBetween = /^[\s-]*$|[:{[,]\s*$/.test(before) || /^\s*(:(\s|$)|[,}\]]|#|$)/.test(after);
  if (!isBetween) return undefined;
  const code = `U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  const what = /^[\u00ad\u200b-\u200d\u2060\ufeff]/.test(found)
    ? "cannot be seen: delete it"
    : "looks like a blank: write a blank";
  return { meant: " ".repeat(found.length), message: `the character ${code} ${what}` };
}

function comment(found: string, before: string, _after: string, text: string): Odd | undefined {
  const isInQuotes = (before.match(/"/g) ?? []).length % 2 === 1;
  const isJson = /^(?:---)?\s*[{[]/.test(text);
  const isBehindValue = isJson && /[\w}\]"]\s+$/.test(before);
  if (isInQuotes || !(/^\s*$|[,{[\]}"']\s*$/.test(before) || isBehindValue)) return undefined;
  const [first = found] = found.split(/[\r\n]/, 1);
  const message = `a comment begins with # here, not with ${found.slice(0, 2)}`;
  return { meant: found.replace(/[^\r\n]/g, " "), message, length: first.length };
}

/** Quotes that are around a whole word; inside of a text they may be meant. */
function quotes(plain: string): Look {
  return (found, before, after) => {
    const isWhole = /^[\s-]*$|(?:[:\-?]\s+|[[{,:]\s*)$/.test(before) && /^\s*(?:$|[:,\]}#])/.test(after);
    if (!isWhole) return undefined;
    const meant = plain + found.slice(1, -1) + plain;
    return { meant, message: `typographic quotes are letters like any other: write ${meant}` };
  };
}

/** Wide colons between a key and what follows. */
function colon(_: string, before: string, after: string): Odd | undefined {
  if (!/^[\s-]*["']?[\w./-]+["']?\s*$|[{,]\s*["']?[\w./-]+["']?\s*$/.test(before)) return undefined;
  const space = /^\s|^$/.test(after) ? "" : " and a blank";
  return { meant: ":", message: `this is another character than a colon: write :${space}` };
}

/** Long dashes before an item of a list. */
function dash(found: string, before: string, after: string): Odd | undefined {
  if (!/^[\s-]*$/.test(before) || !/^\s/.test(after)) return undefined;
  const code = `U+${found.charCodeAt(0).toString(16).toUpperCase()}`;
  return {
    meant: "-",
    message: `this is not the character - but ${code}, which begins no item of a list: write -`,
  };
}
