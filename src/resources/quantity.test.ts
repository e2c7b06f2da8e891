import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  byteQuantity,
  canonicalQuantity,
  compareQuantities,
  milliQuantity,
  quantityFault,
  quantityToMilli,
  quantityToNumber,
} from "./quantity.ts";

describe("the canonical form", () => {
  test.each([
    ["1", "1"],
    ["1000m", "1"],
    ["0.1", "100m"],
    ["1500m", "1500m"],
    ["1.5", "1500m"],
    ["+5", "5"],
    ["-5m", "-5m"],
    [".5", "500m"],
    ["5.", "5"],
    ["0Gi", "0"],
    ["1024Mi", "1Gi"],
    ["0.5Gi", "512Mi"],
    ["1.5Gi", "1536Mi"],
    ["1000Ki", "1000Ki"],
    ["0.5Ki", "512"],
    ["1.3Ki", "1331200m"],
    ["65812.5Ki", "67392000"],
    ["134217728", "134217728"],
    ["1000k", "1M"],
    ["1e3", "1e3"],
    ["1E3", "1e3"],
    ["1000e0", "1e3"],
    ["12e-1", "1200e-3"],
    ["1E", "1E"],
    ["0.1n", "1n"],
    ["0.0000000001", "1n"],
    ["1e30", "9223372036854775807"],
    ["1e999999999", "9223372036854775807"],
    ["1e-999999999", "1e-9"],
  ])("%s is written %s", (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  test.each(["", "m", ".", "1.2.3", "1 Gi", "1gi", "--1", "0x10", "1_000", "NaN", "9".repeat(101)])(
    "%j is none",
    text => {
      expect(quantityFault(text)).toMatch(/quantities must match/);
      expect(() => canonicalQuantity(text)).toThrow(RangeError);
    },
  );

  test.each(["1e", "1e+", "1KK", "5ki", "1Ki5"])("%j has no suffix that there is", text => {
    expect(quantityFault(text)).toBe("unable to parse quantity's suffix");
  });
});

describe("amounts", () => {
  const suffixes = ["", "m", "k", "M", "G", "Ki", "Mi", "Gi", "u", "n"];
  const quantity = fc
    .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.nat(999), fc.constantFrom(...suffixes))
    .map(([whole, fraction, suffix]) => `${whole}.${fraction}${suffix}`);

  test("are the same in canonical form, which is canonical already", () => {
    fc.assert(
      fc.property(quantity, text => {
        const canonical = canonicalQuantity(text);
        expect(compareQuantities(text, canonical)).toBe(0);
        // A binary amount that no binary suffix divides is written without one, and read again as a decimal: so in Kubernetes.
        const isBare = text.endsWith("i") && /\d$/.test(canonical);
        if (!isBare) expect(canonicalQuantity(canonical)).toBe(canonical);
      }),
    );
  });

  test("are equal exactly when they are written the same, in one family of suffixes", () => {
    const decimal = quantity.filter(text => !text.endsWith("i"));
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        expect(compareQuantities(a, b) === 0).toBe(canonicalQuantity(a) === canonicalQuantity(b));
      }),
    );
  });

  test("as numbers", () => {
    expect(quantityToNumber("1Gi")).toBe(2 ** 30);
    expect(quantityToNumber("500m")).toBe(0.5);
    expect(quantityToMilli("0.1")).toBe(100);
    expect(quantityToMilli("100u")).toBe(1);
  });
});

test.each([
  [0, "0"],
  [1_499.6, "1500m"],
  [-2_000, "-2"],
  [1e308, "9223372036854775807m"],
  [Number.POSITIVE_INFINITY, "9223372036854775807m"],
  [Number.NEGATIVE_INFINITY, "-9223372036854775807m"],
])("%d thousandths are %s: never more than a Quantity holds", (milli, text) => {
  expect(milliQuantity(milli)).toBe(text);
});

test.each([
  [0, "0"],
  [1_023, "1023"],
  [1_024, "1Ki"],
  [1_610_612_736, "1536Mi"],
  [1_610_612_737, "1610612737"],
  [1_023.2, "1Ki"],
])("%d bytes are written %s", (bytes, text) => {
  expect(byteQuantity(bytes)).toBe(text);
});
