import { describe, expect, test } from "vitest";
import { matchesPattern, patternFault } from "./pattern.ts";

describe("patterns", () => {
  test("take time in proportion to the text, however they are written", () => {
    expect(matchesPattern("^(a+)+$", `${"a".repeat(20_000)}b`)).toBe(false);
    expect(matchesPattern("^(([a-z])+.)+[A-Z]([a-z])+$", "a".repeat(5_000))).toBe(false);
  });

  test("are those of RE2", () => {
    expect(matchesPattern("^\\p{Greek}+$", "αβγ")).toBe(true);
    expect(matchesPattern("(?i)^ABC$", "abc")).toBe(true);
    expect(matchesPattern("\\Aa\\z", "a")).toBe(true);
    expect(patternFault("(?=a)")).toMatch(/\(\?=/);
    expect(patternFault("a(b")).toBeDefined();
    expect(patternFault("^a$")).toBeUndefined();
    expect(matchesPattern("(?=a)", "a")).toBe(false);
  });

  test("thousands of them are not all kept", () => {
    for (let i = 0; i < 2_500; i++) expect(matchesPattern(`^${i}$`, String(i))).toBe(true);
  });
});
