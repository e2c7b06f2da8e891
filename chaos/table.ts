/** The report at the end: what each part did, and what was broken. */
import type { Findings } from "./trial.ts";

export function printTable(found: readonly (readonly [part: string, findings: Findings])[]): void {
  const rows = found.flatMap(([part, { figures }]) =>
    figures.map(([what, figure]) => [part, what, figure.toLocaleString("en")] as const),
  );
  const width = (column: 0 | 1 | 2) => Math.max(...rows.map(row => row[column].length), 0);
  const [first, second, third] = [width(0), width(1), width(2)];
  let last = "";
  for (const [part, what, figure] of rows) {
    console.log(
      `${(part === last ? "" : part).padEnd(first)}  ${what.padEnd(second)}  ${figure.padStart(third)}`,
    );
    last = part;
  }
  for (const [part, { problems }] of found)
    for (const problem of problems) console.log(`BROKEN (${part}): ${problem}`);
}
