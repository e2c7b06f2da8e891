/** Results as text: a row's sides with their medians, and its goals with what was reached. */
import type { Goal, Row, RowResult } from "./row.ts";
import { judge, median, spread, type Verdict } from "./statistics.ts";

export function tableOf(row: Row, result: RowResult): string {
  const lines = [`${row.title} (${row.unit})`];
  const width = Math.max(...[...row.sides.keys()].map(name => name.length));
  for (const { side, at, values, failure } of result.outcomes) {
    const point = row.points ? `${formatNumber(at).padStart(10)} ${row.points.label}` : "";
    const measured = failure === undefined ? sideText(values) : `failed: ${failure}`;
    lines.push(`  ${side.padEnd(width)}${point}  ${measured}`);
  }
  for (const verdict of judge(row, result.outcomes))
    lines.push(`  ${verdict.isReached ? "reached" : "SHORT  "}  ${goalText(row, verdict)}`);
  if (row.note) lines.push(`  ${row.note}`);
  return lines.join("\n");
}

function sideText(values: readonly number[]): string {
  return `${formatNumber(median(values)).padStart(10)}   ± ${(spread(values) * 50).toFixed(0)} %`;
}

/** "4.35 × raw postMessage (goal: at least 4)". */
export function goalText(row: Row, { goal, value, against }: Verdict): string {
  const reached = goal.of
    ? `${formatNumber(value)} × ${against ?? "nothing that ran"}`
    : `${formatNumber(value)} ${row.unit}`;
  return `${reached} (goal: ${boundText(row, goal)})`;
}

/** "at least 4 × the best pool", "at most 3 ms". */
export function boundText(row: Row, goal: Goal): string {
  const bound =
    goal.atLeast === undefined
      ? `at most ${goal.atMost}`
      : `at least ${goal.atLeast.toLocaleString("en-US")}`;
  return goal.of ? `${bound} × ${goal.label ?? goal.of[0]}` : `${bound} ${row.unit}`;
}

/** Three digits that matter, thousands with commas. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return Number(value.toPrecision(3)).toString();
}
