import { expect, test } from "vitest";
import { ageSince, shortAge } from "./short-age.ts";

const now = Date.parse("2026-01-02T04:00:00Z");
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();

test.each([
  [0, "0s"],
  [119_000, "119s"],
  [120_000, "2m"],
  [200_000, "3m20s"],
  [3_600_000, "60m"],
  [4 * 3_600_000, "4h"],
  [26 * 3_600_000, "26h"],
  [3 * 86_400_000, "3d"],
])("%d ms is %s", (ms, text) => {
  expect(shortAge(ms)).toBe(text);
});

test.each([
  [ago(5), "5s"],
  [ago(-1.9), "0s"],
  [ago(-2), "<invalid>"],
  ["yesterday", "<invalid>"],
  [undefined, "<unknown>"],
  ["", "<unknown>"],
])("since %s it is %s", (time, text) => {
  expect(ageSince(time, now)).toBe(text);
});
