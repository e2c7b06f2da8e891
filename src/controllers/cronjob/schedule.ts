/**
 * Schedules as cron writes them: minute, hour, day of the month, month, day of the week; or `@daily` and its kin, or `@every
 * 90s`. A schedule names minutes of the local time of its zone. Where clocks go forward, a time that is not there is skipped;
 * where they go back, one that is there twice is taken twice. No library agrees with Kubernetes (robfig/cron) about these, so
 * this is our own.
 */

/** The minutes that a schedule names, or the time between two. */
export type Schedule =
  | { readonly everyMs: number }
  | {
      readonly minutes: ReadonlySet<number>;
      readonly hours: ReadonlySet<number>;
      readonly days: ReadonlySet<number>;
      readonly months: ReadonlySet<number>;
      readonly weekdays: ReadonlySet<number>;
      /** Whether both the day of the month and that of the week must fit; where neither is a star, one is enough. */
      readonly needsBothDays: boolean;
    };

const named: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** Undefined where the text is no schedule. */
export function parseSchedule(text: string): Schedule | undefined {
  if (text.startsWith("@every ")) return every(text.slice("@every ".length));
  const fields = (named[text] ?? text).trim().split(/\s+/);
  if (fields.length !== 5) return undefined;
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
  const read = {
    minutes: fieldOf(minute, 0, 59),
    hours: fieldOf(hour, 0, 23),
    days: fieldOf(day, 1, 31),
    months: fieldOf(month, 1, 12, months),
    weekdays: fieldOf(weekday, 0, 6, weekdays),
  };
  const needsBothDays = isStar(day) || isStar(weekday);
  const { minutes, hours, days } = read;
  if (!minutes || !hours || !days || !read.months || !read.weekdays) return undefined;
  return { minutes, hours, days, months: read.months, weekdays: read.weekdays, needsBothDays };
}

const unitsMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

function every(duration: string): Schedule | undefined {
  if (!/^(\d+(\.\d+)?(h|m|s|ms))+$/.test(duration)) return undefined;
  let ms = 0;
  for (const [, number, , unit = ""] of duration.matchAll(/(\d+(\.\d+)?)(ms|h|m|s)/g))
    ms += Number(number) * (unitsMs[unit] ?? 0);
  return { everyMs: Math.max(1_000, Math.floor(ms / 1_000) * 1_000) };
}

function isStar(field: string): boolean {
  return field.split(",").some(part => /^[*?](\/1)?$/.test(part));
}

function fieldOf(
  field: string,
  least: number,
  most: number,
  names: readonly string[] = [],
): Set<number> | undefined {
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const [, range = "", step] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
    const [, from = "", to] = /^([^-]+)(?:-([^-]+))?$/.exec(range) ?? [];
    const numberOf = (text: string) => {
      const place = names.indexOf(text.toLowerCase());
      if (place >= 0) return place + least;
      return /^\d+$/.test(text) ? Number(text) : Number.NaN;
    };
    const isAll = from === "*" || from === "?";
    const first = isAll ? least : numberOf(from);
    const last = to !== undefined ? numberOf(to) : isAll || step !== undefined ? most : first;
    const by = step === undefined ? 1 : Number(step);
    if (!(first >= least && last <= most && first <= last && by > 0)) return undefined;
    for (let value = first; value <= last; value += by) values.add(value);
  }
  return values;
}

const minuteMs = 60_000;
/** A date that does not come within so many years never comes: the 30th of February. */
const longestMs = 5 * 366 * 24 * 60 * minuteMs;

/** The first time after `ms` that the schedule names, in milliseconds since 1970; undefined where there is none. */
export function nextAfter(schedule: Schedule, ms: number, timeZone = "UTC"): number | undefined {
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
    // Never further than the next local hour that might fit: clocks may change in between.
    if (!fits.month || !isDay) at += (hour < 22 ? (22 - hour) * 60 - minute : 60 - minute) * minuteMs;
    else if (!schedule.hours.has(hour)) at += (60 - minute) * minuteMs;
    else if (schedule.minutes.has(minute)) return at;
    else at += minuteMs;
  }
  return undefined;
}

interface LocalTime {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  readonly weekday: number;
}

/** Throws RangeError where there is no such zone. */
function localTimes(timeZone: string): (ms: number) => LocalTime {
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
