import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, it } from "vitest";
import { PendingMessage } from "./pending-message.ts";
import { snapshot } from "./snapshot.ts";

function keep(body: unknown): unknown {
  const pending = new PendingMessage("calc", true);
  expect(snapshot(pending, body, undefined)).toBe(true);
  return pending.body;
}

const shared = { x: 1 };
const cycle: Record<string, unknown> = {};
cycle.self = cycle;
class Point {
  x = 1;
}

it.each<[string, unknown]>([
  ["a flat object", { a: 1, b: "two", c: null, d: undefined, e: true, f: 7n }],
  ["a nested one", { list: [1, { deep: ["x"] }], inner: { a: {} } }],
  ["a hole", Object.assign([1], { 2: 3 })],
  ["an array with a named property", Object.assign([1], { name: 1 })],
  ["an own key __proto__", JSON.parse('{"__proto__":{"a":{"b":1}},"c":1}')],
  ["one object in two places", [shared, shared]],
  ["a cycle", cycle],
  ["an instance of a class", { point: new Point() }],
  ["a Map in an object", { map: new Map([[1, 2]]) }],
  ["a long array", Array.from({ length: 100 }, (_, i) => ({ i }))],
])("%s is kept as structured clone would", (_, body) => {
  const kept = keep(body);
  expect(isDeepStrictEqual(kept, structuredClone(body))).toBe(true);
  expect(kept).not.toBe(body);
});

it("anything is kept as structured clone would", () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withSparseArray: true,
  });
  fc.assert(
    fc.property(anything, body => {
      // Two invalid dates are never deeply equal.
      fc.pre(isDeepStrictEqual(structuredClone(body), structuredClone(body)));
      expect(isDeepStrictEqual(keep(body), structuredClone(body))).toBe(true);
    }),
  );
});

it("keeps the two places of one object one", () => {
  const kept = keep([shared, shared]) as object[];
  expect(kept[0]).toBe(kept[1]);
});

it("does not follow the caller's changes", () => {
  const body = { a: 1, inner: { list: [1] } };
  const kept = keep(body);
  body.a = 2;
  body.inner.list.push(2);
  expect(kept).toEqual({ a: 1, inner: { list: [1] } });
});

it("rejects what cannot be cloned", async () => {
  const pending = new PendingMessage("calc", true);
  expect(snapshot(pending, { run: () => 1 }, undefined)).toBe(false);
  await expect(pending.promise).rejects.toMatchObject({ reason: "NotCloneable", handled: "no" });
});
