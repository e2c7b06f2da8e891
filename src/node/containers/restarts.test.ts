import fc from "fast-check";
import { expect, it } from "vitest";
import { afterEnding, defaultBackOff, durationText, noEndings } from "./restarts.ts";

it("restarts at once, then later each time, up to the limit", () => {
  const waits: number[] = [];
  let endings = noEndings;
  for (let i = 0; i < 12; i++) {
    const next = afterEnding(endings, 0, defaultBackOff);
    waits.push(next.waitMs / 1_000);
    endings = next.endings;
  }
  expect(waits).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
});

it("forgives a container that has run for long enough", () => {
  expect(afterEnding({ nextWaitMs: 64_000 }, 600_000, defaultBackOff).waitMs).toBe(0);
  expect(afterEnding({ nextWaitMs: 64_000 }, 599_999, defaultBackOff).waitMs).toBe(64_000);
});

it.each([
  [0, "0s"],
  [500, "500ms"],
  [10_000, "10s"],
  [80_000, "1m20s"],
  [300_000, "5m0s"],
])("writes %i ms as %s", (ms, text) => expect(durationText(ms)).toBe(text));

it("never waits longer than the limit, nor shorter than the time before, until it forgives", () => {
  const runs = fc.array(fc.nat({ max: 700_000 }), { maxLength: 30 });
  fc.assert(
    fc.property(runs, ranMs => {
      let endings = noEndings;
      let last = 0;
      for (const ran of ranMs) {
        const next = afterEnding(endings, ran, defaultBackOff);
        expect(next.waitMs).toBeLessThanOrEqual(defaultBackOff.maximumMs);
        if (ran < defaultBackOff.resetAfterMs) expect(next.waitMs).toBeGreaterThanOrEqual(last);
        else expect(next.waitMs).toBe(0);
        last = next.waitMs;
        endings = next.endings;
      }
    }),
  );
});
