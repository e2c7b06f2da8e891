/**
 * When a schedule names its next time, and which it named last. A schedule names minutes of the local time of its zone. Where
 * clocks go forward, a time that is not there is skipped; where they go back, one that is there twice is taken twice: so does
 * Kubernetes (robfig/cron), and no library for Node.
 */
import { timestamp } from "../../outside/index.ts";
import type { CronSchedule } from "../../resources/index.ts";

const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const minuteMs = 60_000;
/** A date that does not come within so many years never comes: the 30th of February. */
const longestMs = 5 * 366 * 24 * 60 * minuteMs;

/** The first time after `ms` that the schedule names, in milliseconds since 1970; undefined where there is none. */
export function nextAfter(schedule: CronSchedule, ms: number, timeZone = "UTC"): number | undefined {
  if ("everyMs" in schedule) return Math.floor(ms / 1_000) * 1_000 + schedule.everyMs;
  const local = localTimes(timeZone);
  const end = ms + longestMs;
  let at = Math.floor(ms / minuteMs) * minuteMs + minuteMs;
  while (at < end) {
    const { minute, hour, day, month, weekday } = local(at);
    const fits = {
      month: schedule.months.has(month),
      day: schedule.days.has(day),
      weekday: schedule.weekdays.has(weekday),
    };
    const isDay = schedule.needsBothDays ? fits.day && fits.weekday : fits.day || fits.weekday;
    // Every month has 27 days.
    if (!fits.month && day < 27) at += (27 - day) * 24 * 60 * minuteMs;
    // Never further than the next local hour that might fit: clocks may change in between.
    else if (!fits.month || !isDay) at += (hour < 22 ? (22 - hour) * 60 - minute : 60 - minute) * minuteMs;
    else if (!schedule.hours.has(hour)) at += (60 - minute) * minuteMs;
    else if (schedule.minutes.has(minute)) return at;
    else at += minuteMs;
  }
  return undefined;
}

/** What passed by: the last time that the schedule named, and how many there were. */
export interface Passed {
  /** In milliseconds since 1970. */
  readonly last: number;
  /** Counted up to a hundred and one. */
  readonly times: number;
}

const mostCounted = 101;

/** Undefined where it named no time after `from` and until `until`. The work is bounded, however long that is. */
export function passedBetween(
  schedule: CronSchedule,
  from: number,
  until: number,
  timeZone?: string,
): Passed | undefined {
  const next = (ms: number) => {
    const at = nextAfter(schedule, ms, timeZone);
    return at !== undefined && at <= until ? at : undefined;
  };
  let last = next(from);
  if (last === undefined) return undefined;
  if ("everyMs" in schedule) {
    const more = Math.floor((until - last) / schedule.everyMs);
    return { last: last + more * schedule.everyMs, times: Math.min(mostCounted, 1 + more) };
  }
  let times = 1;
  for (let at = next(last); at !== undefined && times < mostCounted; at = next(at)) {
    last = at;
    times++;
  }
  if (times < mostCounted) return { last, times };
  // The last one is looked for from near the end, further back each time.
  for (let backMs = minuteMs; ; backMs *= 2) {
    let found = next(Math.max(last, until - backMs));
    if (found === undefined && until - backMs > last) continue;
    for (; found !== undefined; found = next(found)) last = found;
    return { last, times };
  }
}

interface LocalTime {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  readonly weekday: number;
}

/** By zone: each is dear to make, every CronJob asks each second, and there are some hundred zones. */
const zones = new Map<string, (ms: number) => LocalTime>();

export function isZone(timeZone: string): boolean {
  try {
    localTimes(timeZone);
    return true;
  } catch {
    return false;
  }
}

/** The time as a clock in the zone shows it, with its offset: `2026-01-01T02:30:00-05:00`. */
export function localTimestamp(ms: number, timeZone = "UTC"): string {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  const name = format.formatToParts(ms).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [offset, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  if (offset === undefined || offset === "+00:00") return timestamp(ms);
  const aheadMs = (Number(hours) * 60 + Number(minutes)) * minuteMs * (sign === "-" ? -1 : 1);
  return timestamp(ms + aheadMs).replace("Z", offset);
}

/** Throws RangeError where there is no such zone. */
function localTimes(timeZone: string): (ms: number) => LocalTime {
  const local = zones.get(timeZone) ?? zoneTimes(timeZone);
  zones.set(timeZone, local);
  return local;
}

function zoneTimes(timeZone: string): (ms: number) => LocalTime {
  if (timeZone === "UTC" || timeZone === "Etc/UTC") return utc;
  const options = { timeZone, hourCycle: "h23", weekday: "short" } as const;
  const digits = { month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const;
  const format = new Intl.DateTimeFormat("en-US", { ...options, ...digits });
  return ms => {
    const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
    const { minute, hour, day, month, weekday = "" } = parts;
    return {
      minute: Number(minute),
      hour: Number(hour),
      day: Number(day),
      month: Number(month),
      weekday: weekdays.indexOf(weekday.toLowerCase()),
    };
  };
}

function utc(ms: number): LocalTime {
  const date = new Date(ms);
  return {
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    day: date.getUTCDate(),
    month: date.getUTCMonth() + 1,
    weekday: date.getUTCDay(),
  };
}
