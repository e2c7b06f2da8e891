import { expect, test } from "vitest";
import { RepeatedFailures } from "./repeated-failures.ts";

/** At which of the given seconds a failure is told. */
function toldAt(seconds: readonly number[]): number[] {
  const failures = new RepeatedFailures();
  return seconds.filter(second => failures.count(second * 1_000) !== undefined);
}

test.each<[string, readonly number[], readonly number[]]>([
  ["five are not many", [0, 1, 3, 7, 15], []],
  ["the sixth is told", [0, 1, 3, 7, 15, 31], [31]],
  ["and none after it for ten minutes", [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 630], [31]],
  ["then again, where they are still many", [0, 1, 2, 3, 4, 5, 600, 601, 602, 603, 604, 605], [5, 605]],
  ["six over a longer time are none", [0, 130, 260, 390, 520, 650, 780], []],
])("%s", (_, failures, told) => {
  expect(toldAt(failures)).toEqual(told);
});
