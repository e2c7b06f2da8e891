import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonPathFault, valuesAt } from "./json-path.ts";

const pod = {
  kind: "Pod",
  metadata: { name: "p", annotations: { "example.com/a": "1", "b.c": "2" } },
  spec: {
    containers: [
      { name: "a", image: "x", ports: [{ containerPort: 80 }, { containerPort: 81 }] },
      { name: "b", image: "y", limits: 3 },
      { name: "c", image: "x" },
    ],
  },
  status: {
    conditions: [
      { type: "Ready", status: "True" },
      { type: "Other", status: "False" },
    ],
    n: 0,
  },
};

describe("what a path leads to", () => {
  test.each<[string, unknown[]]>([
    [".kind", ["Pod"]],
    ["kind", ["Pod"]],
    ["{.kind}", ["Pod"]],
    ["$.kind", ["Pod"]],
    [".metadata['name']", ["p"]],
    ['.metadata.annotations["example.com/a"]', ["1"]],
    [".metadata.annotations.b\\.c", ["2"]],
    [".metadata.annotations.example\\.com/a", ["1"]],
    [".spec.containers[0].name", ["a"]],
    [".spec.containers[-1].name", ["c"]],
    [".spec.containers[-2].name", ["b"]],
    [".spec.containers[*].name", ["a", "b", "c"]],
    [".spec.containers[1:].name", ["b", "c"]],
    [".spec.containers[:2].name", ["a", "b"]],
    [".spec.containers[0:3:2].name", ["a", "c"]],
    [".spec.containers[0,2].name", ["a", "c"]],
    [".metadata['name','missing']", ["p"]],
    ['.spec.containers[?(@.image=="x")].name', ["a", "c"]],
    [".spec.containers[?(@.image != 'x')].name", ["b"]],
    [".spec.containers[?(@.limits)].name", ["b"]],
    [".spec.containers[?(@.limits>2)].name", ["b"]],
    [".spec.containers[?(@.limits<3)].name", []],
    ['.status.conditions[?(@.type=="Ready")].status', ["True"]],
    ["..containerPort", [80, 81]],
    [".status.n", [0]],
    [".missing.deep", []],
    [".constructor", []],
    [".kind.length", []],
    [".", [pod]],
    ["", [pod]],
  ])("%s", (path, values) => {
    expect(jsonPathFault(path)).toBeUndefined();
    expect(valuesAt(path, pod)).toEqual(values);
  });

  test.each([
    [".a["],
    [".a[?(@.b==)]"],
    [".a[x]"],
    [".a b"],
    [".a[0"],
    ["{range .a}"],
    [".a[?(process.exit())]"],
  ])("%s cannot be read", path => {
    expect(jsonPathFault(path)).toMatch(/path/);
    expect(valuesAt(path, pod)).toEqual([]);
  });

  test("never fails, and never takes long, whatever the path", () => {
    const part = fc.constantFrom(
      ".",
      "..",
      "[*]",
      "[",
      "]",
      "a",
      "containers",
      "?(",
      ")",
      "@",
      "'",
      "*",
      "0",
      ":",
      ",",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), parts => {
        expect(valuesAt(parts.join(""), pod).length).toBeLessThanOrEqual(10_000);
      }),
    );
  });
});
