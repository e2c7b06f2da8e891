import { expect, test } from "vitest";
import { Deferred } from "./deferred.ts";
import { Turns } from "./turns.ts";

test("of one key one comes after the other, whatever became of it; another key does not wait", async () => {
  const turns = new Turns();
  const done: string[] = [];
  const first = new Deferred<void>();
  const act = (name: string, until?: Promise<void>) => async () => {
    done.push(`${name} begins`);
    await until;
    done.push(`${name} ends`);
    return name;
  };
  const failing = turns.take("a", act("1", first.promise)).catch((error: Error) => error.message);
  const second = turns.take("a", act("2"));
  expect(await turns.take("b", act("3"))).toBe("3");
  expect(done).toEqual(["1 begins", "3 begins", "3 ends"]);
  first.reject(new Error("no"));
  expect(await failing).toBe("no");
  expect(await second).toBe("2");
  expect(await turns.take("a", act("4"))).toBe("4");
  expect(done.slice(3)).toEqual(["2 begins", "2 ends", "4 begins", "4 ends"]);
});
