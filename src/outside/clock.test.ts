/** Times as text: as Kubernetes writes them, whatever number they come from. */
import { expect, test } from "vitest";
import { microTime, timestamp } from "./clock.ts";

test.each([
  [0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"],
  [Date.parse("2026-01-01T00:00:00.999Z"), "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.999000Z"],
  [9e18, "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999000Z"],
  [Number.POSITIVE_INFINITY, "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999000Z"],
  [-9e18, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"],
])("%d", (ms, seconds, micros) => {
  expect([timestamp(ms), microTime(ms)]).toEqual([seconds, micros]);
});
