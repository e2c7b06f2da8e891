/** Times as text: as Kubernetes writes them, whatever number they come from. And waits that are longer than a timer of Node can be. */
import { afterEach, expect, test, vi } from "vitest";
import { microTime, realClock, timestamp } from "./clock.ts";

afterEach(() => void vi.useRealTimers());

test.each([
  [0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"],
  [Date.parse("2026-01-01T00:00:00.999Z"), "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.999000Z"],
  [9e18, "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999000Z"],
  [Number.POSITIVE_INFINITY, "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999000Z"],
  [-9e18, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"],
])("%d", (ms, seconds, micros) => {
  expect([timestamp(ms), microTime(ms)]).toEqual([seconds, micros]);
});

test("a wait of months ends when it is over, and can be given up in its last days", () => {
  vi.useFakeTimers();
  const days = (count: number) => count * 24 * 3_600_000;
  const run = vi.fn();
  const givenUp = vi.fn();
  realClock.after(days(292), run);
  const timer = realClock.after(days(292), givenUp);
  vi.advanceTimersByTime(days(291));
  expect(run).not.toHaveBeenCalled();
  timer.cancel();
  vi.advanceTimersByTime(days(1));
  expect(run).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(days(292));
  expect([run.mock.calls.length, givenUp.mock.calls.length]).toEqual([1, 0]);
});
