import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { notPlain } from "./plain-data.ts";

const circle: Record<string, unknown> = {};
circle.a = circle;
const list: unknown[] = [];
list.push(list);
const deep: Record<string, unknown> = {};
for (let i = 0, inner = deep; i < 10_000; i++) inner = inner.a = {};
class Own {
  a = 1;
}

describe("data that is no data is told with its path", () => {
  it.each<[string, unknown, string]>([
    ["a Map", { a: new Map() }, "x.a is a Map: write it as plain data"],
    ["a Set", [new Set()], "x[0] is a Set: write it as plain data"],
    ["a Date", { a: new Date(0) }, "x.a is a Date: write it as plain data"],
    ["bytes", { a: Buffer.from("a") }, "x.a is a Buffer: write it as plain data"],
    ["an instance", { a: new Own() }, "x.a is a Own: write it as plain data"],
    ["a boxed text", { a: Object("x") }, "x.a is a String: write it as plain data"],
    ["a promise", { a: Promise.resolve() }, "x.a is a Promise: write it as plain data"],
    ["a function", { a: () => 1 }, "x.a is a function, and no data"],
    ["a symbol", { a: Symbol("s") }, "x.a is a symbol, and no data"],
    ["a BigInt", { a: 1n }, "x.a is a BigInt: write a number, or text"],
    ["no number", { a: Number.NaN }, "x.a is NaN, which is no number of JSON"],
    ["an endless one", { a: -Infinity }, "x.a is -Infinity, which is no number of JSON"],
    ["an empty place", { a: Array(1) }, "x.a[0] is undefined: leave the item out, or fill it in"],
    ["undefined in a list", [undefined], "x[0] is undefined: leave the item out, or fill it in"],
    ["a circle", circle, "x.a is an object that it stands in itself, so it has no end"],
    ["a circle of lists", list, "x[0] is an object that it stands in itself, so it has no end"],
    ["too much depth", deep, `x${".a".repeat(19)}.… nests deeper than 100 levels`],
    ["half a character", { a: "\ud800" }, "x.a has half a character in it, which no text can keep"],
    [
      "half a character in a key",
      { "\udc00": 1 },
      'x["\\udc00"] has half a character in it, which no text can keep',
    ],
    [
      "a long text",
      { a: "x".repeat(4_000_000) },
      "x.a has more text than the 3145728 characters that one call may bring",
    ],
    [
      "a name that reaches a prototype",
      JSON.parse('{"__proto__": 1}'),
      "x.__proto__ is a name that no field may have",
    ],
    [
      "a getter that throws",
      {
        get a() {
          throw new Error("boom");
        },
      },
      "x.a cannot be read: boom",
    ],
    [
      "a Proxy that throws",
      {
        a: new Proxy(
          {},
          {
            getPrototypeOf() {
              throw "trap";
            },
          },
        ),
      },
      "x cannot be read: 'trap'",
    ],
  ])("%s", (_, value, problem) => expect(notPlain(value, "x")).toEqual([problem]));

  it("all of it at once, but not without end", () => {
    expect(notPlain({ a: new Map(), "b c": [1n, null, { d: () => 1 }] }, "x")).toEqual([
      "x.a is a Map: write it as plain data",
      'x["b c"][0] is a BigInt: write a number, or text',
      'x["b c"][2].d is a function, and no data',
    ]);
    expect(notPlain(Array(1_000_000), "x")).toHaveLength(10);
  });

  it.each([
    [{ a: undefined, b: null, c: -0, d: [[]], e: "ü😀" }],
    [Object.assign(Object.create(null), { a: 1 })],
    [runInNewContext("({ a: [{}] })")],
    [new Proxy({ a: 1 }, {})],
    [{ a: circle.b, twice: [1, 1] }],
    [Object.freeze([1, "a"])],
  ])("and data is data: %#", value => expect(notPlain(value, "x")).toEqual([]));

  it("the same object in two places is no circle", () => {
    const shared = { a: 1 };
    expect(notPlain({ one: shared, two: [shared, shared] }, "x")).toEqual([]);
  });
});
