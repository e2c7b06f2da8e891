import { describe, expect, test } from "vitest";
import { nextAfter, parseSchedule } from "./schedule.ts";

/** The times that follow, as the clock of the zone shows them in UTC. */
function times(schedule: string, from: string, count = 1, zone?: string): string[] {
  const parsed = parseSchedule(schedule);
  if (!parsed) throw new Error(`${schedule} is no schedule`);
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

test.each([
  "",
  "* * * *",
  "60 * * * *",
  "* * * * 7",
  "a * * * *",
  "5-1 * * * *",
  "*/0 * * * *",
  "@never",
  "@every soon",
])("%j is no schedule", text => expect(parseSchedule(text)).toBeUndefined());

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
  test("zones with odd minutes count their own hours", () => {
    expect(times("0 0 * * *", "2026-01-01T00:00:00Z", 1, "Asia/Kathmandu")).toEqual(["2026-01-01T18:15"]);
  });
});
