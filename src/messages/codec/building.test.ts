import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Shape } from "./building.ts";

/** Gives 0, 1, 2, … as values. */
const counting = () => {
  let next = 0;
  return { read: () => next++ };
};

/** Builds so often that the shape has had its own function for long. */
function builtOften(keys: readonly string[]): unknown[] {
  const shape = new Shape(keys);
  return Array.from({ length: 500 }, () => shape.build(counting()));
}

afterEach(() => vi.unstubAllGlobals());

describe("a shape that comes often", () => {
  it("is built as at first, whatever its keys", () => {
    const key = fc.oneof(
      fc.string({ unit: "binary", maxLength: 6 }),
      fc.constantFrom("", "1", "constructor", "a b", '"', "\\", "\n", "\u2028", "`", "values", "\ud800"),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(
          key.filter(text => text !== "__proto__"),
          { maxLength: 8 },
        ),
        keys => {
          const all = builtOften(keys);
          expect(all.at(-1)).toStrictEqual(all[0]);
          expect(Object.keys(all.at(-1) as object)).toEqual(Object.keys(all[0] as object));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("may hold itself", () => {
    const shape = new Shape(["depth", "inner"]);
    const nested = (depth: number): unknown => {
      const values = [depth, depth === 0 ? null : nested(depth - 1)];
      return shape.build({ read: () => values.shift() });
    };
    nested(600);
    expect(nested(2)).toStrictEqual({ depth: 2, inner: { depth: 1, inner: { depth: 0, inner: null } } });
  });

  it("is built all the same where no code may be made from strings", () => {
    vi.stubGlobal("Function", () => {
      throw new EvalError("Code generation from strings disallowed for this context");
    });
    expect(builtOften(["b", "a"]).at(-1)).toStrictEqual({ b: 0, a: 1 });
  });
});
