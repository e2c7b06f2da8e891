import { expect, test } from "vitest";
import { isTimeZone } from "./time-zones.ts";

test.each([
  ...["UTC", "Etc/UTC", "GMT", "Etc/GMT+5", "Europe/Berlin", "US/Eastern", "Asia/Kolkata", "Asia/Calcutta"],
  ...["America/Argentina/Buenos_Aires", "America/Port-au-Prince", "EST5EDT", "NZ-CHAT", "Zulu"],
])("%s is a zone", name => {
  expect(isTimeZone(name)).toBe(true);
});

test.each([
  ...["", "utc", "europe/berlin", "Europe/berlin", "US/EASTERN", "us/eastern", "asia/kolkata", "zulu"],
  ...["Mars/Base", "+01:00", "Europe/../Berlin", "Europe/", "Europe"],
])("%j is none", name => {
  expect(isTimeZone(name)).toBe(false);
});

test("what the engine names is a zone, and in small letters is none", () => {
  for (const name of Intl.supportedValuesOf("timeZone"))
    expect([name, isTimeZone(name), isTimeZone(name.toLowerCase())]).toEqual([name, true, false]);
});
