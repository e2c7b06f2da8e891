import { expect, test } from "vitest";
import { parseGoDuration } from "../../go-duration.ts";
import { parseCronSchedule } from "./cron-schedule.ts";

test.each([
  ["", "empty spec string"],
  ["* * * *", "expected exactly 5 fields, found 4: [* * * *]"],
  ["0 * * * * *", "expected exactly 5 fields, found 6: [0 * * * * *]"],
  ["60 * * * *", "end of range (60) above maximum (59): 60"],
  ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
  ["* * * * 7", "end of range (7) above maximum (6): 7"],
  ["a * * * *", 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'],
  ["* * * foo *", 'failed to parse int from foo: strconv.Atoi: parsing "foo": invalid syntax'],
  ["*/-5 * * * *", "negative number (-5) not allowed: -5"],
  ["5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"],
  ["1-2-3 * * * *", "too many hyphens: 1-2-3"],
  ["*/2/3 * * * *", "too many slashes: */2/3"],
  ["*/0 * * * *", "step of range should be a positive number: */0"],
  ["@never", "unrecognized descriptor: @never"],
  ["@every soon", 'failed to parse duration @every soon: time: invalid duration "soon"'],
  ["@every 5", 'failed to parse duration @every 5: time: missing unit in duration "5"'],
  ["@every 1d", 'failed to parse duration @every 1d: time: unknown unit "d" in duration "1d"'],
])("%j is no schedule", (text, message) => {
  expect(() => parseCronSchedule(text)).toThrow(new RangeError(message));
});

test.each([
  ["5/20 * * * *", "minutes", [5, 25, 45]],
  ["1,,3-4 * * * *", "minutes", [1, 3, 4]],
  ["* * * JAN,mar-May *", "months", [1, 3, 4, 5]],
  ["* * ? * Mon/2", "weekdays", [1, 3, 5]],
] as const)("%s has the %s %j", (text, field, values) => {
  const schedule = parseCronSchedule(text);
  expect("everyMs" in schedule ? [] : [...schedule[field]]).toEqual(values);
});

test.each([
  ["1h30m", 5_400_000],
  ["1.5s", 1_500],
  ["-2ms", -2],
  ["0", 0],
  [".5m", 30_000],
])("%s is so many milliseconds: %d", (text, ms) => expect(parseGoDuration(text)).toBe(ms));

test("runs are whole seconds apart, one at least", () => {
  expect(parseCronSchedule("@every 1h1.9s")).toEqual({ everyMs: 3_601_000 });
  expect(parseCronSchedule("@every 1ms")).toEqual({ everyMs: 1_000 });
});
