/**
 * How long measuring takes. `full` takes the rounds that a row asks for and is what docs/benchmarks.md is written from; `usual`
 * answers within a quarter of an hour; `quick` shows whether everything works.
 */
import type { Row } from "./row.ts";

const asked = ["quick", "full"].find(name => process.argv.includes(`--${name}`));
// For the processes of the rows and their sides too.
process.env.K4S_BENCH_PACE ??= asked ?? "usual";
const pace = process.env.K4S_BENCH_PACE;
const isQuick = pace === "quick";
const isFull = pace === "full";

/** One of three, by the pace. */
export function byPace<T>(quick: T, usual: T, full: T): T {
  return isQuick ? quick : isFull ? full : usual;
}

/** How long a side is under load in one round. */
export const roundMs = byPace(150, 250, 400);

/** How long a round takes where a row does not say: the load, and a little around it. */
const usualRoundSeconds = roundMs / 1_000 + 0.1;

/** V8 compiles each thread's code anew, and optimizes it after some thousand messages: this long, with four replicas. */
const warmUpSeconds = 1;

/**
 * Rounds that come before and are not counted. Where each round has a new process, one: a virtual machine gets memory from
 * its host when a program first asks for it, so the first of two that need as much as no other before took 1.4 times as long
 * as the second, whichever it was.
 */
export function warmUpsOf({ fresh, roundSeconds = usualRoundSeconds }: Row): number {
  return fresh ? 1 : byPace(1, Math.ceil(warmUpSeconds / roundSeconds), 3);
}

/** How many rounds are measured of those that a row asks for. */
export function roundsOf({ rounds, fresh }: Row): number {
  return Math.min(rounds, byPace(2, fresh ? 2 : 3, Number.POSITIVE_INFINITY));
}

/** The points of a row's curve that are measured; of a row without one, 0. */
export function pointsOf({ points }: Row): readonly number[] {
  if (!points) return [0];
  return isQuick ? points.values.filter((_, i) => i % 2 === 0) : points.values;
}

/** About how long a row takes on two cores that have nothing else to do. */
export function secondsOf(row: Row): number {
  const { sides, roundSeconds = usualRoundSeconds, openSeconds = 1 + 0.25 * sides.size } = row;
  const rounds = sides.size * (warmUpsOf(row) + roundsOf(row)) * roundSeconds;
  return pointsOf(row).length * ((row.fresh ? 0 : openSeconds) + rounds);
}
