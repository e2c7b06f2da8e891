import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { json } from "../../patch/json.fixture.ts";
import { argsFromParameters, parameterCauses, parametersFromArgs } from "./parameters.ts";

describe("parameters", () => {
  it.each([
    [{ precision: 2 }, ["--precision=2"]],
    [{ precision: "2" }, ['--precision="2"']],
    [{ name: "calc" }, ["--name=calc"]],
    [{ name: "a=b c" }, ["--name=a=b c"]],
    [{ name: "" }, ["--name="]],
    [{ flag: "true" }, ['--flag="true"']],
    [{ flag: true, none: null }, ["--flag=true", "--none=null"]],
    [{ deep: { a: [1, "x"] } }, ['--deep={"a":[1,"x"]}']],
  ])("%j is %j, and back", (parameters, args) => {
    expect(argsFromParameters(parameters)).toEqual(args);
    expect(parametersFromArgs(args)).toEqual(parameters);
  });

  it("come back as they were, whatever they are", () => {
    const name = fc.string({ minLength: 1 }).filter(text => /^[^=\s]+$/.test(text) && text !== "__proto__");
    const value = fc.oneof(json, fc.string(), fc.json());
    fc.assert(
      fc.property(fc.dictionary(name, value, { noNullPrototype: true }), parameters => {
        expect(parameterCauses(parameters, "p")).toEqual([]);
        expect(parametersFromArgs(argsFromParameters(parameters))).toEqual(parameters);
      }),
    );
  });

  it("are read leniently from the arguments of any container", () => {
    expect(parametersFromArgs(["run", "-v", "--flag", "--a=1", "--a=2", "--__proto__=5"])).toEqual({ a: 2 });
  });

  it.each([
    [[1], "p", "must be a map"],
    ["x", "p", "must be a map"],
    [{ "a=b": 1 }, "p.a=b", 'may not have blanks or "="'],
    [{ "a b": 1 }, "p.a b", 'may not have blanks or "="'],
    [{ "": 1 }, "p.", "a parameter has a name"],
    [{ a: Number.NaN }, "p.a", "JSON cannot hold"],
    [{ a: 5n }, "p.a", "JSON cannot hold"],
  ])("refuses %s", (parameters, field, message) => {
    const [cause] = parameterCauses(parameters, "p");
    expect(cause).toMatchObject({ field, message: expect.stringContaining(message) });
  });
});
