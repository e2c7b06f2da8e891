/** The indexes of an Indexed Job, as its status writes them: `1,3-5,7` for 1, 3, 4, 5 and 7. */
import type { Pod } from "../../resources/index.ts";

export const indexAnnotation = "batch.kubernetes.io/job-completion-index";

/** The index of a pod; undefined where it has none, or none below `limit`. */
export function indexOf({ metadata }: Pod, limit = Number.POSITIVE_INFINITY): number | undefined {
  const text = metadata.annotations?.[indexAnnotation] ?? "";
  const index = /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  return index !== undefined && index < limit ? index : undefined;
}

/** Those that the text names, below `limit`. What is no number is left out. */
export function parseIndexes(text = "", limit = Number.POSITIVE_INFINITY): Set<number> {
  const indexes = new Set<number>();
  for (const range of text.split(",")) {
    const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(range) ?? [];
    if (first === undefined) continue;
    for (let index = Number(first); index <= Number(last) && index < limit; index++) indexes.add(index);
  }
  return indexes;
}

/** Three or more in a row are a range. */
export function formatIndexes(indexes: Iterable<number>): string {
  const runs: [number, number][] = [];
  for (const index of [...indexes].sort((one, other) => one - other)) {
    const run = runs.at(-1);
    if (run && run[1] + 1 === index) run[1] = index;
    else runs.push([index, index]);
  }
  return runs
    .map(([first, last]) => {
      if (first === last) return `${first}`;
      return last === first + 1 ? `${first},${last}` : `${first}-${last}`;
    })
    .join(",");
}
