import { expect, test } from "vitest";
import { ApiError } from "../errors/index.ts";
import { slowStart } from "./slow-start.ts";

/** Creates numbers; refuses those in the list, and says how many were under way at once. */
async function start(count: number, refused: Record<number, "AlreadyExists" | "Forbidden"> = {}) {
  const tried: number[] = [];
  const { created, refusals } = await slowStart(
    Array.from({ length: count }, (_, i) => i),
    async draft => {
      tried.push(draft);
      const reason = refused[draft];
      if (reason) throw new ApiError(reason, `${draft} is refused`);
      return draft;
    },
  );
  return { tried: tried.length, created, refusals: refusals.map(({ message }) => message) };
}

test("creates all when nothing is refused, in order", async () => {
  expect((await start(10)).created).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect((await start(0)).created).toEqual([]);
});

test("stops after the batch in which one is refused: one try where all are", async () => {
  const all = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [i, "Forbidden" as const]));
  expect(await start(1_000, all)).toEqual({ tried: 1, created: [], refusals: ["0 is refused"] });
  // 1 + 2 + 4: the fourth is in the third batch.
  expect(await start(1_000, { 3: "Forbidden" })).toMatchObject({ tried: 7, refusals: ["3 is refused"] });
});

test("goes on where a name is taken", async () => {
  const { created, refusals } = await start(5, { 0: "AlreadyExists", 3: "AlreadyExists" });
  expect(created).toEqual([1, 2, 4]);
  expect(refusals).toEqual(["0 is refused", "3 is refused"]);
});

test("throws what is no refusal", async () => {
  await expect(slowStart([1], () => Promise.reject(new TypeError("a mistake")))).rejects.toThrow("a mistake");
});

test("is told nothing where the namespace goes", async () => {
  const tried: number[] = [];
  const causes = [{ reason: "NamespaceTerminating", message: "it goes", field: "metadata.namespace" }];
  const { created, refusals } = await slowStart([1, 2], async draft => {
    tried.push(draft);
    throw new ApiError("Forbidden", "the namespace is being terminated", { causes });
  });
  expect({ tried, created, refusals }).toEqual({ tried: [1], created: [], refusals: [] });
});
