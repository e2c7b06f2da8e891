/** Parts that say the same become one object, for as long as they come soon after one another. */
import { expect, it } from "vitest";
import { alike } from "./alike.ts";

it("gives the one that says the same, frozen, and another where anything is otherwise", () => {
  const shared = alike<object>();
  const first = shared([{ type: "Ready", status: "True" }]);
  expect(shared([{ type: "Ready", status: "True" }])).toBe(first);
  expect(shared([{ type: "Ready", status: "False" }])).toEqual([{ type: "Ready", status: "False" }]);
  expect(shared([{ status: "True", type: "Ready" }])).toBe(first);
  expect(Object.isFrozen(first)).toBe(true);
});

it("keeps a few of them, the last ones", () => {
  const shared = alike<object>();
  const first = shared({ n: 0 });
  for (let n = 1; n <= 3; n++) shared({ n });
  expect(shared({ n: 0 })).toBe(first);
  shared({ n: 4 });
  expect(shared({ n: 0 })).not.toBe(first);
});
