/**
 * Which of the valid names was probably meant: the nearest by the number of letters to insert, drop, replace or swap
 * with their neighbour, as long as that is few of them.
 */

/** The name nearest to `meant`, or undefined where none is near. Letters that only look like others count as those. */
export function nearestName(meant: string, names: Iterable<string>): string | undefined {
  if (meant.length > 100) return undefined;
  const plain = asItLooks(meant);
  const limit = Math.max(1, Math.floor(plain.length / 3));
  let nearest: string | undefined;
  let least = limit + 1;
  for (const name of names) {
    const distance = editDistance(plain.toLowerCase(), name.toLowerCase(), least);
    if (distance >= least) continue;
    nearest = name;
    least = distance;
  }
  return nearest;
}

/** ` (did you mean "replicas"?)`, or nothing. Of a character that cannot be told from another, its number. */
export function didYouMean(meant: string, names: Iterable<string>): string {
  const nearest = nearestName(meant, names);
  if (nearest === undefined || nearest === meant) return "";
  const strange = [...meant].find(letter => letter > "~" && !nearest.includes(letter));
  const what = strange === undefined ? "" : `; it has the character ${codeOf(strange)}`;
  return ` (did you mean "${nearest}"?${what})`;
}

/** `U+00A0`. */
export function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Letters of other alphabets, and the Latin ones that they look like. */
const lookAlikes = new Map(
  [..."аеорсухіѕјһԁɡοανικρτυАВЕКМНОРСТУХΑΒΕΗΙΚΜΝΟΡΤΥΧΖ"].map((letter, i) => [
    letter,
    "aeopcyxisjhdgoavikptuABEKMHOPCTYXABEHIKMNOPTYXZ"[i] ?? letter,
  ]),
);

/** Without what is invisible or stands around a word, wide letters as narrow ones. */
function asItLooks(text: string): string {
  if (/^[!-~]*$/.test(text)) return text;
  const plain = text.normalize("NFKC").replace(/[\p{Cf}\p{Z}\p{Pi}\p{Pf}„‚]/gu, "");
  return [...plain].map(letter => lookAlikes.get(letter) ?? letter).join("");
}

/** The edit distance of two words, row by row; `enough` where it is that or more. */
function editDistance(a: string, b: string, enough: number): number {
  if (Math.abs(a.length - b.length) >= enough) return enough;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(replaced, at(last, j) + 1, at(row, j - 1) + 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) least = Math.min(least, at(beforeLast, j - 2) + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
