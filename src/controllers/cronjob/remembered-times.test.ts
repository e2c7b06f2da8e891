import fc from "fast-check";
import { expect, test } from "vitest";
import { type CronJob, parseCronSchedule } from "../../resources/index.ts";
import { nextAfter, passedBetween } from "./next-time.ts";
import { RememberedTimes } from "./remembered-times.ts";

const minute = 60_000;
const start = Date.parse("2026-03-28T20:00:00Z");

function cronJob(schedule: string, timeZone: string, generation = 1): CronJob {
  const metadata = { name: "tick", namespace: "demo", uid: "u", generation };
  return { apiVersion: "batch/v1", kind: "CronJob", metadata, spec: { schedule, timeZone } } as CronJob;
}

test("what is remembered is what would be found, however time and the last run go on", () => {
  const schedules = fc.constantFrom("* * * * *", "*/7 * * * *", "30 2 * * *", "0 0 29 2 *", "0 0 30 2 *");
  const zones = fc.constantFrom("UTC", "Europe/Berlin", "Australia/Lord_Howe");
  /** By how much the clock, and the time from which is counted, go on; a clock may go back. */
  const steps = fc.array(
    fc.record({
      nowMs: fc.integer({ min: -2 * minute, max: 90 * minute }),
      fromMs: fc.integer({ min: 0, max: 90 * minute }),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(schedules, zones, steps, (text, zone, moves) => {
      const schedule = parseCronSchedule(text);
      const remembered = new RememberedTimes();
      let [from, now] = [start, start];
      for (const { nowMs, fromMs } of moves) {
        now += nowMs;
        from = Math.min(now, from + fromMs);
        const { next, passed } = remembered.times(cronJob(text, zone), schedule, from, now);
        expect(next).toBe(nextAfter(schedule, now, zone));
        expect(passed?.last).toBe(passedBetween(schedule, from, now, zone)?.last);
      }
    }),
    { numRuns: 100 },
  );
});

test("a fault is news once for each generation of each object", () => {
  const remembered = new RememberedTimes();
  const news = [1, 1, 2, 2].map(generation => remembered.isNews(cronJob("", "UTC", generation)));
  expect(news).toEqual([true, false, true, false]);
  remembered.forget({ namespace: "demo", name: "tick" });
  expect(remembered.isNews(cronJob("", "UTC", 2))).toBe(true);
});
