import { describe, expect, it } from "vitest";
import { chooseFunction } from "./choose-function.ts";
import { parametersOf } from "./parameters.ts";

describe("parametersOf", () => {
  it.each([
    [[], {}],
    [["--a=1", "--b=x", "--c"], { a: 1, b: "x", c: true }],
    [['--list=[1,{"a":null}]', "--text=a=b\nc"], { list: [1, { a: null }], text: "a=b\nc" }],
    [["one", "--", "-x"], { _: ["one", "--", "-x"] }],
  ])("%j", (args, parameters) => expect(parametersOf(args)).toEqual(parameters));

  it("takes hostile names for names", () => {
    const parameters = parametersOf(['--__proto__={"polluted":true}']);
    expect(Object.keys(parameters)).toEqual(["__proto__"]);
    expect((parameters as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe("chooseFunction", () => {
  const f = () => {};
  const choose = (exports: unknown, name?: string) => chooseFunction(exports, name, "m.ts");
  it.each([
    [{ default: f, other: () => 1 }, undefined],
    [{ only: f }, undefined],
    [{ a: () => 1, b: f }, "b"],
    [f, undefined],
    [{ default: { inner: f, other: () => 1 } }, "inner"],
  ])("%# runs it", (exports, name) => expect(choose(exports, name)).toEqual({ run: f }));

  it.each([[{}], [{ value: 1 }], [undefined], [{ default: "text" }]])("takes %j for a script", exports =>
    expect(choose(exports)).toEqual({ script: true }),
  );

  it("says what there is instead", () => {
    expect(choose({ calculator: f, other: f }, "calulator")).toEqual({
      problem:
        'm.ts exports no function "calulator": it exports calculator, other; did you mean "calculator"?',
    });
    expect(choose({ a: f, b: f })).toEqual({
      problem: "m.ts has no default export, and it exports a, b: name the one to run",
    });
    expect(choose({ limit: 3, f }, "limit")).toEqual({
      problem: 'm.ts exports no function "limit": it exports a number of that name, and f',
    });
    expect(choose({}, "a")).toEqual({ problem: 'm.ts exports no function "a": it exports no function' });
  });
});
