import { expect, it } from "vitest";
import { LogReading } from "./log-reading.ts";

const reading = (...lines: string[]) =>
  new LogReading(async function* () {
    for (const line of lines) yield Buffer.from(line);
  });
const failing = () =>
  new LogReading(() => {
    throw new RangeError("no");
  });

it("is the text, or its lines", async () => {
  expect(await reading("a\n", "b")).toBe("a\nb");
  const lines: string[] = [];
  for await (const line of reading("a\n", "b")) lines.push(line);
  expect(lines).toEqual(["a", "b"]);
});

it("has all that a promise has", async () => {
  expect(await reading("a").then(text => text.length)).toBe(1);
  expect(await reading("a").catch(() => "b")).toBe("a");
  expect(await failing().catch(error => (error as Error).message)).toBe("no");
  let settled = 0;
  expect(await reading("a").finally(() => settled++)).toBe("a");
  await expect(failing().finally(() => settled++)).rejects.toThrow(RangeError);
  expect(settled).toBe(2);
  const both: string[] = await Promise.all([reading("a"), reading("b")]);
  expect(both).toEqual(["a", "b"]);
});
