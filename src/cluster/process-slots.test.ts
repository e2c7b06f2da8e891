/** Programs that share a cluster never have one slot, and one that comes again has its own again. */
import { expect, test } from "vitest";
import { type Asking, withOwnSlot } from "./process-slots.ts";

const gone = new Set<string>();
const absent = new Set<string>();
const asking = (host: string, mark: string): Asking => ({
  host,
  mark,
  identity: `id ${mark}`,
  isGone: each => gone.has(each),
  isPresent: each => !absent.has(each),
});

test("each program has a slot of its own, named by its machine; one that ended leaves it to the next there", () => {
  gone.clear();
  const a = withOwnSlot(undefined, asking("a", "1"));
  const a2 = withOwnSlot(a.text, asking("a", "2"));
  const b = withOwnSlot(a2.text, asking("b", "3"));
  expect([a.own, a2.own, b.own]).toEqual([
    { number: 0, prefix: "a" },
    { number: 1, prefix: "a-p2" },
    { number: 2, prefix: "b" },
  ]);
  gone.add("1").add("3");
  // Whether a process of another machine has ended is not known here.
  const c = withOwnSlot(b.text, asking("c", "4"));
  const again = withOwnSlot(c.text, asking("a", "5"));
  expect([c.own, again.own]).toEqual([
    { number: 3, prefix: "c" },
    { number: 0, prefix: "a" },
  ]);
  // Asked once more by the same program, it is the same one.
  expect(withOwnSlot(again.text, asking("a", "5"))).toEqual(again);
});

test("when all slots are taken it is said", () => {
  gone.clear();
  let text: string | undefined;
  for (let n = 0; n < 31; n++) ({ text } = withOwnSlot(text, asking(`host-${n}`, `${n}`)));
  expect(() => withOwnSlot(text, asking("late", "x"))).toThrow(/31 programs/);
  // That of a machine that came once and never again is given away then, with a name of the new one.
  absent.add("id 7");
  expect(withOwnSlot(text, asking("late", "x")).own).toEqual({ number: 7, prefix: "late" });
});
