import { Cron } from "croner";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCronSchedule } from "../../resources/index.ts";
import { localTimestamp, nextAfter, passedBetween } from "./next-time.ts";

/** The times that follow, as the clock of the zone shows them in UTC. */
function times(schedule: string, from: string, count = 1, zone?: string): string[] {
  const parsed = parseCronSchedule(schedule);
  const found: string[] = [];
  for (let at: number | undefined = Date.parse(from); found.length < count; ) {
    at = nextAfter(parsed, at, zone);
    if (at === undefined) break;
    found.push(new Date(at).toISOString().slice(0, 16));
  }
  return found;
}

test.each([
  ["* * * * *", "2026-01-01T00:00:30Z", "2026-01-01T00:01"],
  ["*/15 * * * *", "2026-01-01T00:15:00Z", "2026-01-01T00:30"],
  ["5/10 * * * *", "2026-01-01T00:06:00Z", "2026-01-01T00:15"],
  ["0 9-17/4 * * MON-FRI", "2026-01-02T14:00:00Z", "2026-01-02T17:00"],
  ["0 9-17/4 * * mon-fri", "2026-01-02T18:00:00Z", "2026-01-05T09:00"],
  ["30 6 1 JAN,JUL ?", "2026-01-02T00:00:00Z", "2026-07-01T06:30"],
  ["0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00"],
  // Either day will do where both are named; both must fit where one is a star.
  ["0 0 13 * 5", "2026-01-01T00:00:00Z", "2026-01-02T00:00"],
  ["0 0 13 * *", "2026-01-01T00:00:00Z", "2026-01-13T00:00"],
  ["@hourly", "2026-01-01T00:00:00Z", "2026-01-01T01:00"],
  ["@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00"],
  ["@monthly", "2026-01-01T00:00:00Z", "2026-02-01T00:00"],
  ["@yearly", "2026-01-01T00:00:00Z", "2027-01-01T00:00"],
  ["@every 1h30m", "2026-01-01T00:00:00Z", "2026-01-01T01:30"],
])("%s after %s is %s", (schedule, from, next) => {
  expect(times(schedule, from)).toEqual([next]);
});

test("a date that never comes is none", () => {
  expect(times("0 0 30 2 *", "2026-01-01T00:00:00Z")).toEqual([]);
});

describe("where clocks change", () => {
  test("a time that is not there is skipped", () => {
    expect(times("30 2 * * *", "2026-03-28T12:00:00Z", 2, "Europe/Berlin")).toEqual([
      "2026-03-30T00:30",
      "2026-03-31T00:30",
    ]);
  });
  test("a time that is there twice is taken twice", () => {
    expect(times("30 2 * * *", "2026-10-24T12:00:00Z", 3, "Europe/Berlin")).toEqual([
      "2026-10-25T00:30",
      "2026-10-25T01:30",
      "2026-10-26T01:30",
    ]);
  });
  test("half an hour may be skipped, and taken twice", () => {
    expect(times("15 2 * * *", "2026-10-03T00:00:00Z", 2, "Australia/Lord_Howe")).toEqual([
      "2026-10-04T15:15",
      "2026-10-05T15:15",
    ]);
    expect(times("45 1 5 4 *", "2026-04-01T00:00:00Z", 2, "Australia/Lord_Howe")).toEqual([
      "2026-04-04T14:45",
      "2026-04-04T15:15",
    ]);
  });
  test("where midnight is not there, the day begins an hour later", () => {
    expect(times("30 0 * * *", "2026-09-05T12:00:00Z", 2, "America/Santiago")).toEqual([
      "2026-09-07T03:30",
      "2026-09-08T03:30",
    ]);
    expect(times("0 * 6 9 *", "2026-09-06T03:30:00Z", 1, "America/Santiago")).toEqual(["2026-09-06T04:00"]);
  });
  test("each hour is each hour", () => {
    expect(times("@hourly", "2026-10-25T00:00:00Z", 3, "Europe/Berlin")).toEqual([
      "2026-10-25T01:00",
      "2026-10-25T02:00",
      "2026-10-25T03:00",
    ]);
  });
  test("zones with odd minutes count their own hours", () => {
    expect(times("0 0 * * *", "2026-01-01T00:00:00Z", 1, "Asia/Kathmandu")).toEqual(["2026-01-01T18:15"]);
  });
});

const minute = 60_000;
const day = 24 * 60 * minute;

describe("what passed by", () => {
  const from = Date.parse("2026-01-01T00:00:00Z");
  test.each([
    ["* * * * *", 30 * 1_000, undefined],
    ["* * * * *", 3 * minute, { last: 3 * minute, times: 3 }],
    ["0 * * * *", 150 * minute, { last: 120 * minute, times: 2 }],
    ["@every 90s", 10 * minute, { last: 9 * minute, times: 6 }],
    ["* * * * *", 100 * minute, { last: 100 * minute, times: 100 }],
    ["* * * * *", 366 * day, { last: 366 * day, times: 101 }],
    // The last of two in a row, and both long ago: no distance of two times says where to look.
    ["0,1 0 * 1 *", 300 * day, { last: 30 * day + minute, times: 61 }],
    ["0,1 0 1,2 1 *", 365 * 50 * day, { last: 365 * 49 * day + 12 * day + day + minute, times: 101 }],
    ["@every 1s", 10_000 * day, { last: 10_000 * day, times: 101 }],
  ] as const)("%s in %i ms", (schedule, later, passed) => {
    const parsed = parseCronSchedule(schedule);
    const expected = passed && { ...passed, first: nextAfter(parsed, from), last: from + passed.last };
    expect(passedBetween(parsed, from, from + later)).toEqual(expected);
  });
});

test("on ordinary days agrees with croner", () => {
  const field = (least: number, most: number) => {
    const value = fc.integer({ min: least, max: most });
    const range = fc.tuple(value, value).map(ends => ends.sort((one, other) => one - other).join("-"));
    const step = fc.integer({ min: 1, max: most });
    const part = fc.oneof(value.map(String), range, fc.constant("*"));
    const stepped = fc.tuple(fc.oneof(range, fc.constant("*")), step).map(both => both.join("/"));
    return fc.oneof(
      { weight: 2, arbitrary: fc.constant("*") },
      part,
      stepped,
      fc.array(range, { minLength: 1, maxLength: 3 }).map(String),
    );
  };
  const starred = fc.constantFrom("*");
  const dates = fc.oneof(
    fc.tuple(field(1, 28), field(1, 12), starred),
    fc.tuple(starred, field(1, 12), field(0, 6)),
    fc.tuple(
      fc.integer({ min: 1, max: 28 }).map(String),
      field(1, 12),
      fc.integer({ min: 0, max: 6 }).map(String),
    ),
  );
  const schedules = fc.tuple(field(0, 59), field(0, 23), dates).map(parts => parts.flat().join(" "));
  const from = fc.integer({ min: Date.parse("2020-01-01"), max: Date.parse("2040-01-01") });
  // Zones whose clocks do not change.
  const zones = fc.constantFrom("UTC", "Asia/Kathmandu", "Asia/Tokyo", "America/Phoenix");
  fc.assert(
    fc.property(schedules, from, zones, (schedule, ms, timezone) => {
      const theirs = new Cron(schedule, { timezone, mode: "5-part", paused: true }).nextRun(new Date(ms));
      expect(nextAfter(parseCronSchedule(schedule), ms, timezone)).toBe(theirs?.getTime());
    }),
    { numRuns: 300 },
  );
});

test.each([
  ["2026-01-01T07:30:00Z", undefined, "2026-01-01T07:30:00Z"],
  ["2026-01-01T07:30:00Z", "America/New_York", "2026-01-01T02:30:00-05:00"],
  ["2026-07-01T07:30:00Z", "America/New_York", "2026-07-01T03:30:00-04:00"],
  ["2026-01-01T20:00:00Z", "Asia/Kolkata", "2026-01-02T01:30:00+05:30"],
  // As Go writes an offset that is none.
  ["2026-01-01T07:30:00Z", "Europe/London", "2026-01-01T07:30:00Z"],
])("%s in %s is %s", (at, zone, local) => {
  expect(localTimestamp(Date.parse(at), zone)).toBe(local);
});
