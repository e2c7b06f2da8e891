/** Durations as Go's `time.ParseDuration` reads them: `1h30m`, `90s`, `1.5h`; and its words for what it can't read. */

const unitsMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds, or the sentence that says why the text is no duration. */
export function parseGoDuration(text: string): number | string {
  const quoted = JSON.stringify(text);
  const [, sign = "", rest = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === "0") return 0;
  if (rest === "") return `time: invalid duration ${quoted}`;
  let ms = 0;
  for (let left = rest; left !== ""; ) {
    const [all, number = "", unit = ""] = /^(\d+\.?\d*|\.\d+)([^\d.]*)/.exec(left) ?? [];
    if (all === undefined) return `time: invalid duration ${quoted}`;
    if (unit === "") return `time: missing unit in duration ${quoted}`;
    const unitMs = unitsMs[unit];
    if (unitMs === undefined) return `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`;
    ms += Number(number) * unitMs;
    left = left.slice(all.length);
  }
  return sign === "-" ? -ms : ms;
}
