import { expect, it } from "vitest";
import { pi } from "./perl.ts";

it.each([
  [1, "3"],
  [2, "3.1"],
  [5, "3.1416"],
  [20, "3.1415926535897932385"],
  [51, "3.14159265358979323846264338327950288419716939937511"],
])("has %i digits of pi", (digits, text) => {
  expect(pi(digits)).toBe(text);
});

it("has two thousand of them, as the Job of Kubernetes' page prints", () => {
  const text = pi(2000);
  expect(text).toHaveLength(2001);
  expect(text.slice(1000, 1010)).toBe("8938095257");
});
