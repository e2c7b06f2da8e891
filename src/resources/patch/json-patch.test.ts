import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ApiError } from "../../errors/index.ts";
import { allRecorded, describeRecorded } from "../../test-recordings.ts";
import type { JsonMap } from "../json.ts";
import { frozen, json, jsonMap, type Recorded } from "./json.fixture.ts";
import { applyJsonPatch } from "./json-patch.ts";

const object = frozen({ data: { a: "1", b: "2", "x/y~z": "3" }, list: ["p", "q", "r"], "": "empty" });

describe("a JSON patch", () => {
  it.each([
    ["adds a key", [{ op: "add", path: "/data/c", value: "9" }], { data: { ...object.data, c: "9" } }],
    ["replaces a key", [{ op: "replace", path: "/data/a", value: 9 }], { data: { ...object.data, a: 9 } }],
    [
      "replaces a key that is not there",
      [{ op: "replace", path: "/data/c", value: 9 }],
      { data: { ...object.data, c: 9 } },
    ],
    ["removes a key", [{ op: "remove", path: "/data/a" }], { data: { b: "2", "x/y~z": "3" } }],
    [
      "reads ~1 and ~0",
      [{ op: "replace", path: "/data/x~1y~0z", value: 0 }],
      { data: { ...object.data, "x/y~z": 0 } },
    ],
    ["reads the empty key", [{ op: "replace", path: "/", value: 0 }], { "": 0 }],
    ["inserts into a list", [{ op: "add", path: "/list/1", value: "n" }], { list: ["p", "n", "q", "r"] }],
    ["appends to a list", [{ op: "add", path: "/list/-", value: "n" }], { list: ["p", "q", "r", "n"] }],
    [
      "adds at the end by number",
      [{ op: "add", path: "/list/3", value: "n" }],
      { list: ["p", "q", "r", "n"] },
    ],
    ["replaces an element", [{ op: "replace", path: "/list/1", value: "n" }], { list: ["p", "n", "r"] }],
    ["counts from the end", [{ op: "remove", path: "/list/-1" }], { list: ["p", "q"] }],
    ["copies", [{ op: "copy", from: "/list", path: "/data" }], { data: ["p", "q", "r"] }],
    ["moves", [{ op: "move", from: "/list/0", path: "/list/2" }], { list: ["q", "r", "p"] }],
    ["tests", [{ op: "test", path: "/list", value: ["p", "q", "r"] }], {}],
    ["takes what is not there for null", [{ op: "test", path: "/nope", value: null }], {}],
  ] as [string, unknown, JsonMap][])("%s", (_, patch, change) => {
    expect(applyJsonPatch(object, frozen(patch))).toEqual({ ...object, ...change });
  });

  it.each([
    [
      "a failing test",
      { op: "test", path: "/data/a", value: "2" },
      /test \/data\/a: the value there is the text "1"/,
    ],
    [
      "no parent",
      { op: "add", path: "/nope/a", value: 1 },
      /add \/nope\/a: there is nothing that could hold it/,
    ],
    ["a parent that is text", { op: "add", path: "/data/a/b", value: 1 }, /nothing that could hold it/],
    ["nothing to remove", { op: "remove", path: "/data/zzz" }, /there is nothing to remove/],
    ["an unknown operation", { op: "increment", path: "/data/a" }, /"op" must be add, remove/],
    ["beyond the list", { op: "add", path: "/list/4", value: 1 }, /no place 4 in a list of 3/],
    ["an element beyond", { op: "replace", path: "/list/3", value: 1 }, /no element 3 in a list of 3/],
    ["an index with a leading zero", { op: "replace", path: "/list/01", value: 1 }, /no element 01/],
    ["- where nothing is added", { op: "remove", path: "/list/-" }, /no element -/],
    ["no path", { op: "remove" }, /"path" must be a JSON pointer/],
    ["a path without slash", { op: "remove", path: "data" }, /must start with "\/"/],
    ["no source", { op: "copy", path: "/x" }, /"from" must be/],
    ["a source that is not there", { op: "move", from: "/nope", path: "/x" }, /there is nothing at \/nope/],
    ["into itself", { op: "move", from: "/data", path: "/data/a" }, /into itself/],
    ["__proto__", { op: "add", path: "/data/__proto__", value: { admin: true } }, /cannot be a key/],
  ])("refuses %s as Invalid and changes nothing", (_, operation, message) => {
    const patch = [{ op: "add", path: "/data/new", value: 1 }, operation];
    const refused = {
      reason: "Invalid",
      message: "the server rejected our request due to an error in our request",
      cause: expect.objectContaining({ message: expect.stringMatching(message) }),
    };
    expect(() => applyJsonPatch(object, patch)).toThrow(expect.objectContaining(refused));
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it.each([
    ["an object", { data: {} }, "BadRequest"],
    ["an operation that is text", ["add"], "BadRequest"],
    ["removing everything", [{ op: "remove", path: "" }], "BadRequest"],
    ["too many operations", new Array(10_001).fill({ op: "test", path: "/x" }), "RequestEntityTooLarge"],
    ["copies of copies", copiesOfCopies(60), "RequestEntityTooLarge"],
    ["a well of moves", well(300), "Invalid"],
  ])("refuses %s", (_, patch, reason) => {
    expect(() => applyJsonPatch(object, patch)).toThrow(expect.objectContaining({ reason }));
  });

  it("gives back the very same object where all comes to nothing", () => {
    const patch = [
      { op: "add", path: "/x", value: [1] },
      { op: "move", from: "/x", path: "/y" },
      { op: "remove", path: "/y" },
    ];
    expect(applyJsonPatch(object, patch)).toBe(object);
    expect(applyJsonPatch(object, [{ op: "remove", path: "/data/a" }]).list).toBe(object.list);
  });

  it("adds what a test then finds, and removes it again, anywhere in any object", () => {
    fc.assert(
      fc.property(
        jsonMap,
        fc.string().filter(name => name !== "__proto__"),
        json,
        (any, name, value) => {
          const path = `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
          const added = applyJsonPatch(frozen(any), [
            { op: "add", path, value },
            { op: "test", path, value },
          ]);
          expect(added).toEqual({ ...any, [name]: value });
          const { [name]: _, ...rest } = any;
          expect(applyJsonPatch(added, [{ op: "remove", path }])).toEqual(rest);
        },
      ),
    );
  });

  it("never fails with anything but an ApiError", () => {
    const pointer = fc.oneof(
      fc.constantFrom("", "/", "/a", "/a/0", "/a/-", "/b/a", "/-1", "/constructor", "/__proto__/x"),
      fc.string(),
    );
    const op = fc.constantFrom("add", "remove", "replace", "move", "copy", "test", "none", 5);
    const operation = fc.record({ op, path: pointer, from: pointer, value: json }, { requiredKeys: [] });
    fc.assert(
      fc.property(jsonMap, fc.array(fc.oneof(operation, json), { maxLength: 8 }), (any, patch) => {
        try {
          applyJsonPatch(frozen(any), frozen(patch));
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
        }
      }),
    );
  });
});

describeRecorded("a JSON patch as recorded", "admission", () => {
  // Its last case is about decoding what comes out, which is validation's.
  const cases = allRecorded<Recorded>("admission", "json-patch-").filter(
    ({ name }) => name !== "json-patch-wrong-type",
  );
  it.each(cases.map(each => [each.name, each] as const))("%s", (_, { given, request, response }) => {
    const before = frozen(given[0]?.body ?? {});
    if (response.status === 200) {
      const { data = {}, metadata = {} } = applyJsonPatch(before, request.body);
      expect(data).toEqual(response.body.data ?? {});
      expect(response.body.metadata).toMatchObject(metadata as object);
    } else {
      const code = response.status;
      expect(() => applyJsonPatch(before, request.body)).toThrow(expect.objectContaining({ code }));
    }
  });
});

/** Doubles an object with each operation. */
function copiesOfCopies(times: number): object[] {
  return Array.from({ length: times }, (_, i) => ({ op: "copy", from: "", path: `/c${i}` }));
}

/** Each operation puts all that was so far one level deeper. */
function well(depth: number): object[] {
  return Array.from({ length: depth }, () => [
    { op: "copy", from: "/list", path: "/deeper" },
    { op: "replace", path: "/list", value: [] },
    { op: "move", from: "/deeper", path: "/list/0" },
  ]).flat();
}
