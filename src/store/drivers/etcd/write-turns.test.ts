/** So many at once, and in the order in which they came. */
import { expect, test } from "vitest";
import { Deferred } from "../../../outside/index.ts";
import { WriteTurns } from "./write-turns.ts";

test("two at once, the others in their order, however those before them end", async () => {
  const turns = new WriteTurns(2);
  const begun: number[] = [];
  const ends = Array.from({ length: 5 }, () => new Deferred<void>());
  const all = ends.map((end, i) =>
    turns.take(async () => {
      begun.push(i);
      await end.promise;
      if (i === 1) throw new Error("refused");
      return i;
    }),
  );
  const settled = Promise.allSettled(all);
  expect(begun).toEqual([0, 1]);
  ends[1]?.resolve();
  await expect(all[1]).rejects.toThrow("refused");
  expect(begun).toEqual([0, 1, 2]);
  ends[0]?.resolve();
  ends[2]?.resolve();
  await all[2];
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  ends[3]?.resolve();
  ends[4]?.resolve();
  expect((await settled).map(each => ("value" in each ? each.value : "refused"))).toEqual([
    0,
    "refused",
    2,
    3,
    4,
  ]);
  expect(await turns.take(async () => "free again")).toBe("free again");
});
