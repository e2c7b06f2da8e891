/**
 * How long something has been, as tables say it: `12s`, `3m20s`, `5h`, `2d4h`, `3y`. The longer, the coarser. As
 * HumanDuration of k8s.io/apimachinery, and translateTimestampSince of Kubernetes' printers.
 */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** `<unknown>` without a time, `<invalid>` of text that is none. */
export function ageSince(time: string | undefined | null, now: number): string {
  return time ? shortAge(now - Date.parse(time)) : "<unknown>";
}

/** Two clocks may differ by a second: what is not over by more than that is `<invalid>`. */
export function shortAge(ms: number): string {
  if (!(ms > -2 * second)) return "<invalid>";
  const whole = Math.max(0, Math.floor(ms / second)) * second;
  if (whole < 2 * minute) return `${whole / second}s`;
  if (whole < 10 * minute) return twoUnits(whole, minute, "m", second, "s");
  if (whole < 3 * hour) return `${Math.floor(whole / minute)}m`;
  if (whole < 8 * hour) return twoUnits(whole, hour, "h", minute, "m");
  if (whole < 2 * day) return `${Math.floor(whole / hour)}h`;
  if (whole < 8 * day) return twoUnits(whole, day, "d", hour, "h");
  if (whole < 2 * year) return `${Math.floor(whole / day)}d`;
  if (whole < 8 * year) return twoUnits(whole, year, "y", day, "d");
  return `${Math.floor(whole / year)}y`;
}

function twoUnits(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)}${largeName}${rest > 0 ? `${rest}${smallName}` : ""}`;
}
