import { describe, expect, test } from "vitest";
import { fitsGlob, glob, globFault } from "./glob.ts";

describe("what fits", () => {
  test.each([
    ["calc-rs-*", "calc-rs-0", true],
    ["calc-rs-*", "calc-rs-", true],
    ["calc-rs-*", "calc-0", false],
    ["*", "anything.at-all", true],
    ["calc-?", "calc-7", true],
    ["calc-?", "calc-17", false],
    ["{db,cache}-*", "cache-3", true],
    ["{db,cache}-*", "web-3", false],
    ["calc-[0-3]", "calc-2", true],
    ["calc-[!0-3]", "calc-2", false],
    ["!calc-0", "calc-1", true],
    ["!calc-0", "calc-0", false],
    ["calc-{8..11}", "calc-10", true],
    ["calc-{8..11}", "calc-1", false],
    ["calc-{a..c}", "calc-b", true],
    ["calc-+([0-9])", "calc-123", true],
    ["calc-+([0-9])", "calc-12a", false],
    ["@(a|b)-1", "b-1", true],
    ["calc", "calc", true],
    ["calc", "calc2", false],
  ])("%s, %s: %s", (pattern, text, fits) => {
    expect(fitsGlob(pattern, text)).toBe(fits);
  });

  test("compiling twice gives the same one", () => {
    expect(glob("a-*")).toBe(glob("a-*"));
  });
});

describe("hostile globs are refused, with what would be right", () => {
  test.each([
    ["+(a|a)*".repeat(8), /too complex|must not repeat/],
    ["+(+(a))b", /must not repeat what repeats/],
    ["(a+)+b", /must not contain '\('/],
    ["@(a)+b", /write \+\(…\)/],
    ["*(a*)b", /must not repeat/],
    ["{a,b}".repeat(40), /too complex/],
    ["{a,a}".repeat(25), /too complex/],
    ["*a".repeat(12), /too complex/],
    ["{1..1000000}", /range/],
    ["{1..9..2}", /range/],
    ["a/b*", /must not contain '\/'/],
    ["x".repeat(300), /no more than 253/],
    ["!(!(!(!(a*))))", /too complex/],
  ])("%s", (pattern, sentence) => {
    expect(globFault(pattern)).toMatch(sentence);
    expect(() => glob(pattern)).toThrow(RangeError);
    expect(fitsGlob(pattern, "aaaa")).toBe(false);
  });

  test("and what is let through answers at once, whatever the name", () => {
    const patterns = [
      "*a*b",
      "*a*a*a",
      "+([a-z])b",
      "{a,b,c}{a,b,c}*c",
      "*-*-[0-9]",
      "!*a*a",
      "{a,a}{a,a}{a,a}{a,a}!",
    ];
    const name = "a".repeat(253);
    const before = process.cpuUsage();
    for (const pattern of patterns) fitsGlob(pattern, name);
    const { user } = process.cpuUsage(before);
    // Exponential would be hours; this only says that it is not.
    expect(user / 1000).toBeLessThan(5000);
  });
});
