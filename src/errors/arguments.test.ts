import { expect, test } from "vitest";
import {
  callback,
  checkArguments,
  count,
  duration,
  each,
  flag,
  having,
  name,
  needed,
  oneOf,
  options,
  type Rule,
  shaped,
  signal,
  text,
} from "./arguments.ts";

const backOff = options({ initialMs: duration, maximumMs: duration });

test.each<[Rule, unknown, string | undefined]>([
  [text, undefined, undefined],
  [text, "", undefined],
  [text, null, "x must be text, not null"],
  [text, ["a"], "x must be text, not a list"],
  [needed(text), undefined, "x must be text, and is missing"],
  [name, "", 'x must be a name, not ""'],
  [name, "a".repeat(100), undefined],
  [count, 0, undefined],
  [count, -1, "x must be a whole number, 0 or more, not -1"],
  [count, 1.5, "x must be a whole number, 0 or more, not 1.5"],
  [count, "1", 'x must be a whole number, 0 or more, not "1"'],
  [count, Number.NaN, "x must be a whole number, 0 or more, not NaN"],
  [duration, Number.POSITIVE_INFINITY, undefined],
  [duration, 5n, "x must be a number of milliseconds, 0 or more, not 5n"],
  [flag, "yes", 'x must be true or false, not "yes"'],
  [signal, AbortSignal.timeout(1), undefined],
  [signal, new AbortController(), "x must be an AbortSignal, not an AbortController"],
  [callback, () => {}, undefined],
  [callback, Symbol("s"), "x must be a function, not Symbol(s)"],
  [oneOf("merge", "json", "strategic"), "json", undefined],
  [
    oneOf("merge", "json", "strategic"),
    "Merge",
    'x must be merge, json or strategic, not "Merge" (did you mean "merge"?)',
  ],
  [each(name), ["a", ""], 'x[1] must be a name, not ""'],
  [each(name), "a", 'x must be a list, not "a"'],
  [each(name), [undefined], "x[0] must be a name, and is missing"],
  [having({ now: needed(callback) }), { now: () => 0, more: 1 }, undefined],
  [having({ now: needed(callback) }), {}, "x.now must be a function, and is missing"],
  [shaped({ name: needed(name), wide: flag }), { name: "a" }, undefined],
  [shaped({ name: needed(name), wide: flag }), { name: "a", wide: 1 }, "x.wide must be true or false, not 1"],
  [shaped({ name: needed(name) }), { name: undefined }, "x.name must be a name, and is missing"],
  [backOff, { initialMs: 1 }, undefined],
  [backOff, { initialMs: undefined, nothing: undefined }, undefined],
  [backOff, { initial: 1 }, 'there is no option "initial" in x (did you mean "initialMs"?)'],
  [backOff, { min: 1 }, 'there is no option "min" in x (there is initialMs, maximumMs)'],
  [backOff, { initialMs: "1s" }, 'x.initialMs must be a number of milliseconds, 0 or more, not "1s"'],
  [backOff, { __proto__: { initialMs: "x" } }, undefined],
  [
    backOff,
    JSON.parse('{"constructor": 1}'),
    'there is no option "constructor" in x (there is initialMs, maximumMs)',
  ],
  [backOff, [], "x must be an object, not an empty list"],
  [backOff, null, "x must be an object, not null"],
])("rule %#: %o", (rule, value, problem) => {
  expect(rule(value, "x")).toEqual(problem === undefined ? [] : [problem]);
});

test("all that is wrong with a call is told at once", () => {
  const takes = { ref: needed(name), options: options({ timeoutMs: duration, signal }) };
  expect(() => checkArguments("waitFor", takes, ["Pod/a", { timeoutMs: 1 }])).not.toThrow();
  expect(() => checkArguments("waitFor", takes, [undefined, { timeout: 1, timeoutMs: -1 }])).toThrow(
    expect.objectContaining({
      reason: "BadRequest",
      message:
        'waitFor: ref must be a name, and is missing; there is no option "timeout" (did you mean "timeoutMs"?); timeoutMs must be a number of milliseconds, 0 or more, not -1',
    }),
  );
});
