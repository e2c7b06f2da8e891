/**
 * The indexes of an Indexed Job, as its status writes them: `1,3-5,7` for 1, 3, 4, 5 and 7. They are kept as such ranges: of a hundred
 * thousand that are done in order there are but a few.
 */
import type { Pod } from "../../resources/index.ts";

export const indexAnnotation = "batch.kubernetes.io/job-completion-index";

/** The index of a pod; undefined where it has none, or none below `limit`. */
export function indexOf({ metadata }: Pod, limit = Number.POSITIVE_INFINITY): number | undefined {
  const text = metadata.annotations?.[indexAnnotation] ?? "";
  const index = /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  return index !== undefined && index < limit ? index : undefined;
}

/** The first and the last of some that follow each other. */
type Range = readonly [first: number, last: number];

export class Indexes {
  /** In order; none touches the next. */
  readonly #ranges: Range[] = [];

  private constructor(ranges: Iterable<Range> = []) {
    for (const [first, last] of [...ranges].sort(([one], [other]) => one - other)) {
      const before = this.#ranges.at(-1);
      if (before && first <= before[1] + 1)
        this.#ranges[this.#ranges.length - 1] = [before[0], Math.max(before[1], last)];
      else this.#ranges.push([first, last]);
    }
  }

  /** Those that the text names, below `limit`. What is no number is left out. */
  static parse(text = "", limit = Number.POSITIVE_INFINITY): Indexes {
    const ranges = text.split(",").flatMap((part): Range[] => {
      const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part) ?? [];
      const range = [Number(first), Math.min(Number(last), limit - 1)] as const;
      return first !== undefined && range[0] <= range[1] ? [range] : [];
    });
    return new Indexes(ranges);
  }

  get size(): number {
    return this.#ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  }

  has(index: number): boolean {
    return this.firstMissing(index) !== index;
  }

  /** The lowest from `index` on that is not among them. */
  firstMissing(index: number): number {
    const [first, last] = this.#ranges[this.#placeOf(index)] ?? [index + 1, index];
    return first <= index ? last + 1 : index;
  }

  with(others: Iterable<number>): Indexes {
    return new Indexes([...this.#ranges, ...[...others].map(index => [index, index] as const)]);
  }

  and(other: Indexes): Indexes {
    return new Indexes([...this.#ranges, ...other.#ranges]);
  }

  without(other: Indexes): Indexes {
    return new Indexes(this.#ranges.flatMap(range => other.#gapsIn(range)));
  }

  /** `1,3-5,7`: three or more in a row are a range. */
  toString(): string {
    const parts = this.#ranges.map(([first, last]) => {
      if (first === last) return `${first}`;
      return last === first + 1 ? `${first},${last}` : `${first}-${last}`;
    });
    return parts.join(",");
  }

  /** What of the range is not among them. */
  #gapsIn([first, last]: Range): Range[] {
    const gaps: Range[] = [];
    let from = first;
    for (let place = this.#placeOf(first); from <= last; place++) {
      const [start, end] = this.#ranges[place] ?? [last + 1, last + 1];
      if (start > from) gaps.push([from, Math.min(start - 1, last)]);
      from = end + 1;
    }
    return gaps;
  }

  /** Of the first range that does not end below the index. */
  #placeOf(index: number): number {
    let [low, high] = [0, this.#ranges.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ranges[middle]?.[1] ?? 0) < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
