/** Medians and what is said about them. Medians, because a machine that does other things makes a few rounds slow. */
import type { Goal, Outcome, Row } from "./row.ts";

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** How far the rounds lie apart: largest less smallest, as a share of the median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/** A goal with what was measured for it. */
export interface Verdict {
  readonly goal: Goal;
  /** k4s divided by the other side, or k4s alone where the goal is absolute. NaN where either failed. */
  readonly value: number;
  /** The side that k4s was compared with: of several the best. */
  readonly against: string | undefined;
  readonly isReached: boolean;
}

export function judge(row: Row, outcomes: readonly Outcome[]): Verdict[] {
  const ours = [...row.sides.keys()][0];
  const mine = median(outcomes.find(outcome => outcome.side === ours)?.values ?? []);
  return row.goals.map(goal => {
    const other = goal.of && bestOf(row, outcomes, goal.of);
    const value = goal.of ? mine / (other ? median(other.values) : Number.NaN) : mine;
    const isReached =
      value >= (goal.atLeast ?? Number.NEGATIVE_INFINITY) &&
      value <= (goal.atMost ?? Number.POSITIVE_INFINITY);
    return { goal, value, against: other?.side, isReached };
  });
}

function bestOf(row: Row, outcomes: readonly Outcome[], names: readonly string[]): Outcome | undefined {
  const sign = row.better === "more" ? -1 : 1;
  return outcomes
    .filter(outcome => names.includes(outcome.side) && outcome.values.length > 0)
    .toSorted((a, b) => sign * (median(a.values) - median(b.values)))[0];
}
