/**
 * What has to be done to the end, whatever fails on the way: a program that stops leaves nothing behind because one of its parts could
 * not be closed. What failed is told when all is done: the one error, or all of them in an AggregateError.
 */

/** One after the other. */
export async function everyStep(steps: readonly (() => unknown)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  throwAll(errors);
}

/** All of these at once. */
export async function everyEnd(work: readonly Promise<unknown>[]): Promise<void> {
  const ends = await Promise.allSettled(work);
  throwAll(ends.flatMap(end => (end.status === "rejected" ? [end.reason] : [])));
}

function throwAll(errors: readonly unknown[]): void {
  // One step may itself have gathered several.
  const all = errors.flatMap(error => (error instanceof AggregateError ? error.errors : [error]));
  if (all.length === 1) throw all[0];
  if (all.length > 1)
    throw new AggregateError(
      all,
      all.map(error => (error instanceof Error ? error.message : String(error))).join("; "),
    );
}
