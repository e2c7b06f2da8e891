/** How long measuring takes: a full run takes its time, a quick one shows whether everything works. */
export const isQuick = process.env.K4S_BENCH_QUICK === "1";

/** How long a side is under load in one round. */
export const roundMs = isQuick ? 150 : 400;

/** How many rounds are measured of those that a row asks for. */
export function roundsOf(wanted: number): number {
  return isQuick ? Math.min(wanted, 2) : wanted;
}
