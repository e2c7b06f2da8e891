import { describe, expect, test } from "vitest";
import { LongRuns } from "./long-runs.ts";

/** The rests after runs of these lengths, one after the other. */
function restsAfter(longRuns: LongRuns, ...tookMs: number[]): number[] {
  return tookMs.map(ms => longRuns.restAfter("key", ms, true, 0));
}

describe("long runs", () => {
  test.each([
    ["short ones need no rest", [1, 1, 1], [0, 0, 0]],
    ["one alone may be an accident", [50, 1, 50], [0, 0, 0]],
    ["the second in a row earns four times the shorter", [5, 10, 3], [0, 20, 12]],
    ["a second at most", [900, 900], [0, 1_000]],
  ])("%s", (_, tookMs, rests) => {
    expect(restsAfter(new LongRuns(true), ...tookMs)).toEqual(rests);
  });

  test("no rest for a controller whose runs go through few objects, nor after a run that is not settled", () => {
    expect(restsAfter(new LongRuns(false), 50, 50)).toEqual([0, 0]);
    const longRuns = new LongRuns(true);
    expect([50, 50].map(ms => longRuns.restAfter("key", ms, false, 0))).toEqual([0, 0]);
  });

  test("keys rest apart", () => {
    const longRuns = new LongRuns(true);
    longRuns.restAfter("a", 50, true, 0);
    expect(longRuns.restAfter("b", 50, true, 0)).toBe(0);
  });

  test.each([
    ["within a minute", 60_000, 200],
    ["not after it", 60_001, 0],
  ])("two are in a row %s, swept or not", (_, now, rest) => {
    for (const isSwept of [false, true]) {
      const longRuns = new LongRuns(true);
      longRuns.restAfter("key", 50, true, 0);
      if (isSwept) longRuns.sweep(now);
      expect(longRuns.restAfter("key", 50, true, now)).toBe(rest);
    }
  });

  test("the resync takes half a hundredth of the time, or the budget", () => {
    const longRuns = new LongRuns(true);
    expect(longRuns.resyncBudget(1_000, 1_000)).toBe(1_000);
    for (let i = 0; i < 2_000; i++) longRuns.restAfter("key", 1, true, 0);
    expect(longRuns.resyncBudget(1_000, 1_000)).toBe(6);
    expect(new LongRuns(false).resyncBudget(1_000, 1_000)).toBe(1_000);
  });
});
