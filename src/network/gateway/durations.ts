/** Durations as Gateway API writes them: `1h30m`, `500ms`; at most four parts, no fractions. */

const unitsMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** In milliseconds; undefined where the text is none, or missing. */
export function durationMs(text: string | undefined): number | undefined {
  if (text === undefined || !/^([0-9]{1,5}(h|m|s|ms)){1,4}$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit = ""] of text.matchAll(/(\d+)(h|ms|m|s)/g))
    sum += Number(amount) * (unitsMs[unit] ?? 0);
  return sum;
}
