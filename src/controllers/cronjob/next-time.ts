/**
 * When a schedule names its next time, and which it named last. A schedule names minutes of the local time of its zone. Where
 * clocks go forward, a time that is not there is skipped; where they go back, one that is there twice is taken twice: so does
 * Kubernetes (robfig/cron), and no library for Node.
 */
import { timestamp } from "../../outside/index.ts";
import type { CronSchedule } from "../../resources/index.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** No day begins earlier than this before it does in UTC. */
const farthestZoneMs = 16 * 60 * minuteMs;
/** A date that does not come within so many years never comes: the 30th of February. */
const longestMs = 5 * 366 * dayMs;

type Days = Exclude<CronSchedule, { readonly everyMs: number }>;

/** The first time after `ms` that the schedule names, in milliseconds since 1970; undefined where there is none. */
export function nextAfter(schedule: CronSchedule, ms: number, timeZone = "UTC"): number | undefined {
  if ("everyMs" in schedule) return Math.floor(ms / 1_000) * 1_000 + schedule.everyMs;
  const local = localTimes(timeZone);
  const end = ms + longestMs;
  let at = Math.floor(ms / minuteMs) * minuteMs + minuteMs;
  while (at < end) {
    const { minute, hour, date } = local(at);
    if (!isDayOf(schedule, date)) {
      const day = nextDay(schedule, date, end);
      if (day === undefined) return undefined;
      // Never further than the next local hour that might fit: clocks may change in between.
      const restMs = (hour < 22 ? (22 - hour) * 60 - minute : 60 - minute) * minuteMs;
      at = Math.max(at + restMs, day - farthestZoneMs);
    } else if (!schedule.hours.has(hour)) at += (60 - minute) * minuteMs;
    else if (schedule.minutes.has(minute)) return at;
    else at += minuteMs;
  }
  return undefined;
}

/** The first day after this one that the schedule names, by the calendar alone: to ask a zone is dear. */
function nextDay(schedule: Days, date: number, end: number): number | undefined {
  for (let day = date + dayMs; day <= end + dayMs; day += dayMs) if (isDayOf(schedule, day)) return day;
  return undefined;
}

function isDayOf({ months, days, weekdays, needsBothDays }: Days, date: number): boolean {
  const on = new Date(date);
  if (!months.has(on.getUTCMonth() + 1)) return false;
  const [isDate, isWeekday] = [days.has(on.getUTCDate()), weekdays.has(on.getUTCDay())];
  return needsBothDays ? isDate && isWeekday : isDate || isWeekday;
}

/** What passed by: the first and the last time that the schedule named, in milliseconds since 1970, and how many there were. */
export interface Passed {
  readonly first: number;
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
  const first = next(from);
  if (first === undefined) return undefined;
  let last = first;
  if ("everyMs" in schedule) {
    const more = Math.floor((until - last) / schedule.everyMs);
    return { first, last: last + more * schedule.everyMs, times: Math.min(mostCounted, 1 + more) };
  }
  let times = 1;
  for (let at = next(last); at !== undefined && times < mostCounted; at = next(at)) {
    last = at;
    times++;
  }
  if (times < mostCounted) return { first, last, times };
  // The last one is looked for from near the end, further back each time.
  for (let backMs = minuteMs; ; backMs *= 2) {
    let found = next(Math.max(last, until - backMs));
    if (found === undefined && until - backMs > last) continue;
    for (; found !== undefined; found = next(found)) last = found;
    return { first, last, times };
  }
}

interface LocalTime {
  readonly minute: number;
  readonly hour: number;
  /** The day of the calendar, as the moment at which it begins in UTC. */
  readonly date: number;
}

/** By zone: each is dear to make, every CronJob asks each second, and there are some hundred zones. */
const zones = new Map<string, (ms: number) => LocalTime>();

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
  const options = { timeZone, hourCycle: "h23", year: "numeric" } as const;
  const digits = { month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const;
  const format = new Intl.DateTimeFormat("en-US", { ...options, ...digits });
  return ms => {
    const parts = Object.fromEntries(
      format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]),
    );
    const { minute = 0, hour = 0, day = 1, month = 1, year = 1970 } = parts;
    return { minute, hour, date: Date.UTC(year, month - 1, day) };
  };
}

function utc(ms: number): LocalTime {
  const date = new Date(ms);
  return { minute: date.getUTCMinutes(), hour: date.getUTCHours(), date: Math.floor(ms / dayMs) * dayMs };
}
