/**
 * What the demos and the tour print goes through here: fitted to the width of the terminal, and broken between words.
 */
import { stripVTControlCharacters } from "node:util";
import wrapAnsi from "wrap-ansi";

/** Where the width is not known, as in a pipe. */
const usual = 80;
/** Longer lines are hard to read. */
const most = 100;

/** How many columns there are to print in. */
export function columns(): number {
  return Math.min(process.stdout.columns || usual, most);
}

/** Prints a text on as many lines as it needs, the first of them behind `margin`, the others below it. */
export function print(text: string, margin = ""): void {
  console.log(fitted(text, margin, columns()));
}

/** The same as a text. A word is broken only where it is longer than a line. */
export function fitted(text: string, margin: string, width: number): string {
  const room = Math.max(20, width - stripVTControlCharacters(margin).length);
  const [first = "", ...more] = wrapAnsi(text, room, { hard: true }).split("\n");
  return [
    margin + first,
    ...more.map(line => " ".repeat(stripVTControlCharacters(margin).length) + line),
  ].join("\n");
}
