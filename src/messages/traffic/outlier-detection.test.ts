import { assert, constantFrom, nat, property, record, array as some } from "fast-check";
import { describe, expect, it } from "vitest";
import { type Outcome, OutlierDetection } from "./outlier-detection.ts";
import type { OutlierPolicy } from "./traffic-policy.ts";

const policy: OutlierPolicy = {
  consecutiveErrors: 3,
  consecutiveGatewayErrors: 0,
  intervalMs: 10_000,
  baseEjectionMs: 30_000,
  maxEjectionPercent: 50,
};
const four = ["a", "b", "c", "d"];
const of = (more: Partial<OutlierPolicy> = {}) => new OutlierDetection({ ...policy, ...more }, 0);
const candidates = four.map(endpoint => ({ endpoint }));
const among = (detection: OutlierDetection, now: number) =>
  detection
    .among(candidates, now)
    .map(({ endpoint }) => endpoint)
    .join("");

/** What an endpoint does: `-` an error, `!` one without an answer, `+` none. */
function fail(detection: OutlierDetection, endpoint: string, what: string, now = 0) {
  const outcomes: Record<string, Outcome> = { "-": "error", "!": "gateway-error", "+": "success" };
  return [...what].flatMap(each => detection.ended(endpoint, outcomes[each] ?? "success", four, now) ?? []);
}

it.each<[string, Partial<OutlierPolicy>, string, boolean]>([
  ["as many in a row", {}, "---", true],
  ["less", {}, "--", false],
  ["as many, but not in a row", {}, "--+--", false],
  ["as many of both kinds", {}, "-!-", true],
  [
    "errors, where only those without an answer count",
    { consecutiveErrors: 0, consecutiveGatewayErrors: 2 },
    "-----",
    false,
  ],
  ["those without an answer", { consecutiveErrors: 0, consecutiveGatewayErrors: 2 }, "-!!", true],
  [
    "those without an answer, with an answer between",
    { consecutiveErrors: 0, consecutiveGatewayErrors: 2 },
    "!-!",
    false,
  ],
  ["where none may be left out", { maxEjectionPercent: 0 }, "---", false],
])("%s", (_, more, what, isEjected) => {
  const detection = of(more);
  expect(fail(detection, "a", what)).toHaveLength(isEjected ? 1 : 0);
  expect(among(detection, 0)).toBe(isEjected ? "bcd" : "abcd");
});

describe("the time", () => {
  it("is the base time, ends when it is looked, and is longer each time", () => {
    const detection = of();
    const [first] = fail(detection, "a", "---", 5_000);
    // At the next look after 35,000.
    expect(first).toEqual({ endpoint: "a", at: 5_000, until: 40_000, why: "3 consecutive errors" });
    expect(among(detection, 39_999)).toBe("bcd");
    expect(detection.returned(39_999)).toEqual([]);
    expect(detection.returned(40_000)).toEqual(["a"]);
    expect(detection.returned(40_000)).toEqual([]);
    const [second] = fail(detection, "a", "---", 41_000);
    expect(second?.until).toBe(110_000);
  });

  it("is as at first again for who has been well as many intervals as it was left out", () => {
    const detection = of();
    fail(detection, "a", "---", 0);
    expect(detection.returned(30_000)).toEqual(["a"]);
    fail(detection, "a", "---", 45_000);
    expect(detection.returned(80_000)).toEqual(["a"]);
  });

  it("is never longer than five minutes", () => {
    const detection = of();
    let now = 0;
    for (let i = 0; i < 20; i++) {
      const [ejection] = fail(detection, "a", "---", now);
      expect((ejection?.until ?? 0) - now).toBeLessThanOrEqual(310_000);
      now = ejection?.until ?? now;
      detection.returned(now);
    }
  });
});

it("leaves no more out than it may, and one for certain", () => {
  const detection = of();
  expect(four.flatMap(endpoint => fail(detection, endpoint, "---"))).toHaveLength(2);
  const careful = of({ maxEjectionPercent: 1 });
  expect(four.flatMap(endpoint => fail(careful, endpoint, "---"))).toHaveLength(1);
});

it("chooses among all where all are left out", () => {
  const detection = of({ maxEjectionPercent: 100 });
  for (const endpoint of four) fail(detection, endpoint, "---");
  expect(four.every(endpoint => detection.isEjected(endpoint, 0))).toBe(true);
  expect(among(detection, 0)).toBe("abcd");
});

it("forgets what is no endpoint any more", () => {
  const detection = of();
  fail(detection, "a", "---");
  detection.keep(["b", "c", "d"]);
  expect(detection.nextReturn).toBeUndefined();
});

it("whatever happens: somebody can be chosen, the limit holds but for one, and everybody comes back", () => {
  const step = record({
    endpoint: constantFrom(...four),
    outcome: constantFrom<Outcome>("success", "error", "gateway-error"),
    ms: nat(20_000),
  });
  assert(
    property(some(step, { maxLength: 200 }), nat(100), (steps, maxEjectionPercent) => {
      const detection = of({ consecutiveErrors: 1, maxEjectionPercent });
      let now = 0;
      for (const { endpoint, outcome, ms } of steps) {
        now += ms;
        detection.returned(now);
        detection.ended(endpoint, outcome, four, now);
        const ejected = four.filter(each => detection.isEjected(each, now)).length;
        expect(Math.max(0, ejected - 1) * 100).toBeLessThanOrEqual(maxEjectionPercent * four.length);
        expect(detection.among(candidates, now).length).toBeGreaterThan(0);
      }
      detection.returned(now + 400_000);
      expect(detection.nextReturn).toBeUndefined();
    }),
  );
});
