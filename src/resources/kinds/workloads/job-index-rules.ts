/** The indexes of an Indexed Job as they are written, `1,3-5,7`: how many they are, or what is wrong with them. */

const integer = /^[+-]?\d+$/;

/** Increasing indexes below `completions`, as Kubernetes reads them: none in an empty text. */
export function countOfIndexes(
  text: string,
  completions: number,
): { readonly count: number } | { readonly wrong: string } {
  if (text === "") return { count: 0 };
  let count = 0;
  let previous: number | undefined;
  for (const part of text.split(",")) {
    const limits = part.split("-");
    if (limits.length > 2)
      return {
        wrong: `the fragment ${JSON.stringify(part)} violates the requirement that an index interval can have at most two parts separated by '-'`,
      };
    for (const limit of limits) {
      const name = JSON.stringify(limit);
      if (!integer.test(limit)) return { wrong: `cannot convert string to integer for index: ${name}` };
      if (Number(limit) >= completions) return { wrong: `too large index: ${name}` };
    }
    const [first = 0, last = first] = limits.map(Number);
    if (limits.length > 1 && first >= last) return { wrong: outOfOrder(first, last) };
    if (previous !== undefined && previous >= first) return { wrong: outOfOrder(previous, first) };
    count += last - first + 1;
    previous = last;
  }
  return { count };
}

function outOfOrder(previous: number, current: number): string {
  return `non-increasing order, previous: ${previous}, current: ${current}`;
}

/** The first index that both lists name, as far as they can be read. */
export function overlapOfIndexes(one: string, other: string): number | undefined {
  const intervals = (text: string) =>
    text
      .split(",")
      .filter(Boolean)
      .map(part => part.split("-").map(Number))
      .flatMap(([first = Number.NaN, last = first]) => (first <= last ? [{ first, last }] : []));
  const [left, right] = [intervals(one), intervals(other)];
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    const [a, b] = [left[i], right[j]];
    if (!a || !b) break;
    if (a.first <= b.last && b.first <= a.last) return Math.max(a.first, b.first);
    if (a.first <= b.first) i++;
    else j++;
  }
  return undefined;
}
