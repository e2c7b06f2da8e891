/** How long measuring takes: a full run takes its time, a quick one shows whether everything works. */
export const isQuick = process.env.K4S_BENCH_QUICK === "1";

/** How long a side is under load in one round. */
export const roundMs = isQuick ? 150 : 400;

/**
 * Rounds that come before and are not counted. V8 compiles each thread's code anew, and optimizes it after some thousand
 * messages: one at a time, four replicas need more than a second for so many.
 */
export const warmUps = isQuick ? 1 : 3;

/**
 * The same where each round has a new process. A virtual machine gets memory from its host when a program first asks for
 * it: the first of two that need as much as no other before took 1.4 times as long as the second, whichever it was.
 */
export const freshWarmUps = 1;

/** How many rounds are measured of those that a row asks for. */
export function roundsOf(wanted: number): number {
  return isQuick ? Math.min(wanted, 2) : wanted;
}
