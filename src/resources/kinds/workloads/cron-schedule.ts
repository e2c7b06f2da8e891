/**
 * Schedules as cron writes them: minute, hour, day of the month, month, day of the week; or `@daily` and its kin, or `@every
 * 90s`. Read as Kubernetes reads them (robfig/cron v3, `ParseStandard`), with its words for what is wrong. No library for Node
 * does: those looked at refuse `@every`, and differ where clocks change (`src/controllers/cronjob/next-time.ts`).
 */
import { parseGoDuration } from "../../go-duration.ts";

/** The minutes of the local time of a zone that a schedule names, or the time between two runs. */
export type CronSchedule =
  | { readonly everyMs: number }
  | {
      readonly minutes: ReadonlySet<number>;
      readonly hours: ReadonlySet<number>;
      readonly days: ReadonlySet<number>;
      readonly months: ReadonlySet<number>;
      /** 0 is Sunday. */
      readonly weekdays: ReadonlySet<number>;
      /** Whether both the day of the month and that of the week must fit; where neither is a star, one is enough. */
      readonly needsBothDays: boolean;
    };

const descriptors: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

interface Bounds {
  readonly least: number;
  readonly most: number;
  /** The names of the values, from the least one on, in small letters. */
  readonly names?: readonly string[];
}

const monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const fieldBounds = {
  minute: { least: 0, most: 59 },
  hour: { least: 0, most: 23 },
  day: { least: 1, most: 31 },
  month: { least: 1, most: 12, names: monthNames },
  weekday: { least: 0, most: 6, names: weekdayNames },
} satisfies Record<string, Bounds>;

/** @throws RangeError where the text is no schedule, with Kubernetes' words. */
export function parseCronSchedule(text: string): CronSchedule {
  if (text === "") throw new RangeError("empty spec string");
  const every = "@every ";
  if (text.startsWith(every)) return everySchedule(text, text.slice(every.length));
  const spec = text.startsWith("@") ? descriptors[text] : text;
  if (spec === undefined) throw new RangeError(`unrecognized descriptor: ${text}`);
  const fields = spec.split(/\s+/).filter(Boolean);
  if (fields.length !== 5)
    throw new RangeError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`);
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
  const minutes = fieldOf(minute, fieldBounds.minute).values;
  const hours = fieldOf(hour, fieldBounds.hour).values;
  const days = fieldOf(day, fieldBounds.day);
  const months = fieldOf(month, fieldBounds.month).values;
  const weekdays = fieldOf(weekday, fieldBounds.weekday);
  return {
    minutes,
    hours,
    days: days.values,
    months,
    weekdays: weekdays.values,
    needsBothDays: days.isStar || weekdays.isStar,
  };
}

/** Whole seconds, one at least. */
function everySchedule(text: string, duration: string): CronSchedule {
  const ms = parseGoDuration(duration);
  if (typeof ms === "string") throw new RangeError(`failed to parse duration ${text}: ${ms}`);
  return { everyMs: Math.max(1_000, Math.floor(ms / 1_000) * 1_000) };
}

interface Field {
  readonly values: ReadonlySet<number>;
  /** It names all values, by a star or a question mark. */
  readonly isStar: boolean;
}

function fieldOf(text: string, bounds: Bounds): Field {
  const values = new Set<number>();
  let isStar = false;
  for (const part of text.split(",").filter(Boolean)) {
    const range = rangeOf(part, bounds);
    for (let value = range.first; value <= range.last; value += range.step) values.add(value);
    isStar ||= range.isStar;
  }
  return { values, isStar };
}

/** `5`, `1-5`, `*`, `?`, each with or without `/2`: `5/10` is `5-59/10`. */
function rangeOf(part: string, bounds: Bounds) {
  const { least, most } = bounds;
  const [range = "", stepText, ...moreSteps] = part.split("/");
  const [from = "", to, ...moreEnds] = range.split("-");
  const isAll = from === "*" || from === "?";
  const first = isAll ? least : numberOf(from, bounds);
  if (!isAll && moreEnds.length > 0) throw new RangeError(`too many hyphens: ${part}`);
  const end = isAll ? most : to === undefined ? first : numberOf(to, bounds);
  if (moreSteps.length > 0) throw new RangeError(`too many slashes: ${part}`);
  const step = stepText === undefined ? 1 : integer(stepText);
  const last = stepText !== undefined && to === undefined ? most : end;
  if (first < least) throw new RangeError(`beginning of range (${first}) below minimum (${least}): ${part}`);
  if (last > most) throw new RangeError(`end of range (${last}) above maximum (${most}): ${part}`);
  if (first > last)
    throw new RangeError(`beginning of range (${first}) beyond end of range (${last}): ${part}`);
  if (step === 0) throw new RangeError(`step of range should be a positive number: ${part}`);
  return { first, last, step, isStar: isAll && step === 1 };
}

function numberOf(text: string, { least, names = [] }: Bounds): number {
  const place = names.indexOf(text.toLowerCase());
  return place >= 0 ? place + least : integer(text);
}

function integer(text: string): number {
  if (!/^[+-]?\d+$/.test(text))
    throw new RangeError(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  const number = Number(text);
  if (number < 0) throw new RangeError(`negative number (${number}) not allowed: ${text}`);
  return number;
}
