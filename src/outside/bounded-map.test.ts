import { expect, test } from "vitest";
import { setBounded } from "./bounded-map.ts";

const filled = (count: number, most: number) => {
  const map = new Map<number, string>();
  for (let n = 0; n < count; n++) setBounded(map, n, `${n}`, most);
  return map;
};

test("keeps all as long as there is room, then the latest", () => {
  expect([...filled(20, 20).keys()]).toEqual(Array.from({ length: 20 }, (_, n) => n));
  expect([...filled(21, 20).keys()]).toEqual(Array.from({ length: 19 }, (_, n) => n + 2));
  expect([...filled(5, 3).keys()]).toEqual([2, 3, 4]);
  expect([...filled(5, 1).keys()]).toEqual([4]);
});

test("what is set again is the latest", () => {
  const map = filled(3, 3);
  setBounded(map, 0, "again", 3);
  setBounded(map, 3, "3", 3);
  expect([...map]).toEqual([
    [2, "2"],
    [0, "again"],
    [3, "3"],
  ]);
});
