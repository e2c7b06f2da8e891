import { describe, expect, test } from "vitest";
import { textOf, type WorkItem } from "../queue/work-item.ts";
import type { MadeWrite } from "./circles.ts";
import { type Next, Pace, type Run } from "./pace.ts";
import type { RunEnd } from "./run-end.ts";

const key = { kind: "ConfigMap", namespace: "demo", name: "a" };
const item: WorkItem = { key, cause: 7, isPersonal: true };
const sight = { isThere: () => false, change: () => undefined };

function paceOf(looksAtMany = false): Pace {
  return new Pace(sight, { backOff: { firstMs: 10, limitMs: 40 }, looksAtMany });
}

/** What follows from runs that end so, one after the other. */
function nextAfter(pace: Pace, ends: readonly RunEnd[], run: Partial<Run> = {}): Next[] {
  return ends.map(end => pace.afterRun({ item, end, written: [], tookMs: 0, ...run }, 0));
}

/** The creation of an object that is gone when the next run makes it anew. */
function creation(revision: number): MadeWrite {
  const [namespace, name, uid] = ["demo", "child", `${revision}`];
  const metadata = { namespace, name, uid, resourceVersion: uid, generation: 1, creationTimestamp: "" };
  return { verb: "create", object: { apiVersion: "v1", kind: "ConfigMap", metadata } };
}

const asked = (ms: number): RunEnd => ({ how: "again", ms });
const settled: RunEnd = { how: "settled" };
const failed: RunEnd = { how: "failed", error: new Error("no") };
const refused: RunEnd = { how: "refused" };

describe("when a key runs again", () => {
  test.each<[string, RunEnd[], (number | undefined)[]]>([
    ["settled waits for a change", [settled], [undefined]],
    ["what was asked for", [asked(0), asked(500)], [0, 500]],
    ["later after each failure, whatever its sort", [failed, refused, { how: "conflict" }], [10, 20, 40]],
    ["a run that goes well begins anew", [failed, failed, settled, failed], [10, 20, undefined, 10]],
    ["so does one that asks for another", [failed, failed, asked(500), failed], [10, 20, 500, 10]],
    [
      "what its namespace takes along is given up",
      [failed, { how: "given up" }, failed],
      [10, undefined, 10],
    ],
    ["ten runs in a row may do nothing", Array(12).fill(asked(0)), [...Array(10).fill(0), 10, 20]],
    [
      "what is given up has done nothing for the last time",
      [...Array(10).fill(asked(0)), { how: "given up" }, asked(0)],
      [...Array(10).fill(0), undefined, 0],
    ],
  ])("%s", (_, ends, ms) => {
    expect(nextAfter(paceOf(), ends).map(({ again }) => again?.ms)).toEqual(ms);
  });

  test.each<[string, RunEnd, WorkItem]>([
    ["a retry keeps its cause, and is no person's", failed, { key, cause: 7, isPersonal: false }],
    ["what goes on at once keeps its cause", asked(0), { key, isAsked: true, cause: 7 }],
    ["what the clock brings about has none", asked(5), { key, isAsked: true }],
  ])("%s", (_, end, next) => {
    expect(nextAfter(paceOf(), [end])[0]?.again?.item).toEqual(next);
  });

  test("a controller that does nothing again and again is told once", () => {
    const mistakes = nextAfter(paceOf(), Array(15).fill(asked(0))).map(({ mistake }) => mistake);
    expect(mistakes.filter(Boolean)).toEqual([expect.stringContaining("it returns again(0) run after run")]);
  });

  test("the resync leaves a key to its retry", () => {
    const pace = paceOf();
    const isLimited = () => pace.isLimited(textOf(key));
    nextAfter(pace, [failed]);
    expect(isLimited()).toBe(true);
    nextAfter(pace, [settled]);
    expect(isLimited()).toBe(false);
  });
});

describe("for how long a key is kept back", () => {
  test("not at all, mostly", () => {
    for (const next of nextAfter(paceOf(), [settled, asked(0), failed])) expect(next.holdMs).toBe(0);
  });

  test("after long runs it rests, and a person waits, too", () => {
    const [, second] = nextAfter(paceOf(true), [settled, settled], { tookMs: 50 });
    expect(second).toMatchObject({ holdMs: 200, letsPersonsPass: false });
  });

  test("in a circle it waits, in a run or after it, and a person passes", () => {
    const pace = paceOf();
    const unasked: WorkItem = { key };
    let next: Next | undefined;
    let revision = 0;
    const isHeld = () => (next?.holdMs ?? 0) > 0;
    while (revision < 100 && !isHeld()) {
      const written = [creation(++revision)];
      next = pace.afterRun({ item: unasked, end: settled, written, tookMs: 0 }, 0);
    }
    expect(next).toMatchObject({ holdMs: 10, letsPersonsPass: true, circle: { isFirst: true } });
    const late = pace.afterLateWrite(unasked, creation(++revision), 0);
    expect(late).toMatchObject({ holdMs: 20, letsPersonsPass: true, circle: { isFirst: false } });
    expect(late.again).toBeUndefined();
  });

  test("a failure in a circle waits for both", () => {
    const pace = paceOf();
    let next: Next | undefined;
    for (let revision = 1; revision < 40; revision++) {
      const written = [creation(revision)];
      next = pace.afterRun({ item: { key }, end: failed, written, tookMs: 0 }, 0);
    }
    expect(next?.again?.ms).toBe(40);
    expect(next?.holdMs).toBeGreaterThan(40);
  });
});
