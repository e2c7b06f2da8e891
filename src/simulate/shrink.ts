/** Makes a history shorter while it still fails: whole pieces are left out, then smaller ones (delta debugging, Zeller's ddmin). */

/** @param fails tries a shorter one; asked `budget` times at most */
export async function shrunk<T>(
  whole: readonly T[],
  fails: (part: readonly T[]) => Promise<boolean>,
  budget: number,
): Promise<readonly T[]> {
  let left = budget;
  let shortest = whole;
  for (let pieces = 2; shortest.length > 1 && pieces <= shortest.length * 2; ) {
    const length = Math.max(1, Math.ceil(shortest.length / pieces));
    let isShorter = false;
    for (let from = 0; from < shortest.length && left > 0; from += length) {
      const rest = [...shortest.slice(0, from), ...shortest.slice(from + length)];
      left--;
      if (rest.length === 0 || !(await fails(rest))) continue;
      shortest = rest;
      isShorter = true;
      break;
    }
    if (left === 0) break;
    if (isShorter) pieces = Math.max(2, pieces - 1);
    else if (length === 1) break;
    else pieces *= 2;
  }
  return shortest;
}
