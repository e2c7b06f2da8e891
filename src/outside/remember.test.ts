/** What was made of a text is made once, and the oldest is forgotten. */
import { expect, test } from "vitest";
import { remember, rememberLast } from "./remember.ts";

test("makes each text once, until a thousand others have come", () => {
  const made: string[] = [];
  const lengthOf = remember(text => {
    made.push(text);
    return { length: text.length };
  });
  expect(lengthOf("ab")).toBe(lengthOf("ab"));
  expect(made).toEqual(["ab"]);
  for (let n = 0; n < 1000; n++) lengthOf(`other ${n}`);
  expect(made).toHaveLength(1001);
  lengthOf("other 999");
  expect(made).toHaveLength(1001);
  expect(lengthOf("ab")).toEqual({ length: 2 });
  expect(made).toHaveLength(1002);
});

test("makes anew only what is asked of something else than the last time", () => {
  const of = rememberLast((second: number) => ({ second }));
  const first = of(1);
  expect(of(1)).toBe(first);
  expect(of(2)).toEqual({ second: 2 });
  expect(of(1)).toEqual(first);
  expect(of(1)).not.toBe(first);
});
