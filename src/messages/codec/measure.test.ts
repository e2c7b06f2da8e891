import { expect, it } from "vitest";
import { measure } from "./measure.ts";

const circle: Record<string, unknown> = {};
circle.circle = circle;
let deep: unknown = 1;
for (let i = 0; i < 100_000; i++) deep = [deep];

it.each<[string, unknown, number, number]>([
  ["whole numbers", Array(1_000).fill(1), 8_000, 8_200],
  ["other numbers", Array(1_000).fill(1.5), 24_000, 24_200],
  ["empty objects", Array.from({ length: 1_000 }, () => ({})), 64_000, 65_000],
  ["one object in many places", Array(1_000).fill({}), 8_000, 8_300],
  ["short texts", Array(1_000).fill("abc"), 27_000, 28_000],
  ["a long text of Latin", "x".repeat(1e6), 1e6, 1.01e6],
  ["a long text of others", "ж".repeat(1e6), 2e6, 2.01e6],
  ["a map", new Map(Array.from({ length: 1_000 }, (_, n) => [n, n])), 40_000, 41_000],
  ["a dictionary", Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`k${n}`, n])), 80_000, 82_000],
  ["a large bigint", 1n << 1_000_000n, 125_000, 126_000],
  ["a circle", circle, 50, 100],
  ["a deep value", deep, 6_000_000, 7_000_000],
  ["bytes, which lie outside", new Uint8Array(1e6), 0, 200],
  [
    "an error with its cause",
    new Error("x".repeat(1_000), { cause: new Error("y".repeat(1_000)) }),
    2_000,
    20_000,
  ],
])("%s", (_, value, least, most) => {
  const { heap } = measure(value);
  expect(heap).toBeGreaterThanOrEqual(least);
  expect(heap).toBeLessThanOrEqual(most);
});

it("counts bytes outside of the heap in the total, each memory once", () => {
  const memory = new ArrayBuffer(1e6);
  const { heap, total } = measure([memory, new Uint8Array(memory), new DataView(memory, 5)]);
  expect(total - heap).toBe(1e6);
});

it("stops where it is enough", () => {
  let read = 0;
  const list = Array.from({ length: 1_000 }, () => ({
    get field() {
      read++;
      return "x".repeat(100);
    },
  }));
  measure(list, 10_000);
  expect(read).toBeLessThan(100);
});
