import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ApiError, type Cause } from "../../errors/index.ts";
import { describeRecorded, recorded } from "../../test-recordings.ts";
import { accepted, completed, decoded } from "../accept.ts";
import { describeKind } from "../definition/describe-kind.ts";
import type { Draft } from "../object.ts";
import type { Schema } from "./schema.ts";
import { structuralSchema } from "./structural-schema.ts";
import { structuralFaults } from "./structural-validation.ts";

const kindOf = (spec: object) =>
  describeKind({
    kind: "Widget",
    group: "example.com",
    plural: "widgets",
    scope: "Namespaced",
    hasStatus: true,
    schema: structuralSchema({ type: "object", properties: { spec } }),
  });

const widget = (spec: unknown) =>
  ({
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name: "w", namespace: "default" },
    spec,
  }) as Draft;

function refusal(deed: () => unknown): readonly Cause[] {
  try {
    deed();
  } catch (error) {
    if (error instanceof ApiError) return error.details.causes ?? [];
    throw error;
  }
  return [];
}

describe("what is kept", () => {
  const kind = kindOf({
    type: "object",
    properties: {
      list: { type: "array", items: { type: "string" } },
      map: { type: "object", additionalProperties: { type: "string" } },
      maybe: { type: "string", nullable: true },
      never: { type: "string" },
      red: { type: "string", default: "red" },
      free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      half: {
        type: "object",
        "x-kubernetes-preserve-unknown-fields": true,
        properties: { known: { type: "object", properties: {} } },
      },
      either: { "x-kubernetes-int-or-string": true },
      inner: {
        type: "object",
        "x-kubernetes-embedded-resource": true,
        "x-kubernetes-preserve-unknown-fields": true,
      },
    },
  });

  test("fields that are called like what every object has get their defaults", () => {
    const value = { type: "string", default: "made" };
    const inner = { type: "object", properties: { constructor: value }, default: {} };
    const named = kindOf({
      type: "object",
      properties: { constructor: value, toString: inner, valueOf: inner },
    });
    expect(accepted(named, widget({ valueOf: {} })).spec).toEqual({
      constructor: "made",
      toString: { constructor: "made" },
      valueOf: { constructor: "made" },
    });
  });

  test.each<[string, object, object]>([
    ["empty lists and maps", { list: [], map: {} }, { list: [], map: {} }],
    ["a null that is allowed", { maybe: null }, { maybe: null }],
    ["not a null that is not", { never: null, list: null }, {}],
    ["a default in place of a null", { red: null }, { red: "red" }],
    ["any field where it says so", { free: { a: { b: [null, {}] } } }, { free: { a: { b: [null, {}] } } }],
    [
      "but what is known in there is pruned",
      { half: { x: 1, known: { y: 1 } } },
      { half: { x: 1, known: {} } },
    ],
    ["numbers or text", { either: "50%" }, { either: "50%" }],
    [
      "a whole object inside",
      { inner: { apiVersion: "v1", kind: "Pod", metadata: { name: "a", nmae: "b" }, x: 1 } },
      { inner: { apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, x: 1 } },
    ],
    ["not what is unknown", { nope: 1, list: ["a"] }, { list: ["a"] }],
  ])("%s", (_what, given, kept) => {
    const object = accepted(kind, widget(given), undefined, { unknownFields: "drop" });
    expect(object.spec).toEqual("red" in kept ? kept : { ...kept, red: "red" });
  });

  test("an unknown field is told by its path", () => {
    const object = widget({ nope: 1, map: { a: "b" }, half: { known: { y: 1 } } });
    expect(decoded(kind, object, { unknownFields: "drop" }).unknown.map(({ field }) => field)).toEqual([
      "spec.nope",
      "spec.half.known.y",
    ]);
    expect(refusal(() => accepted(kind, object)).map(({ field }) => field)).toContain("spec.nope");
  });

  test("metadata is that of every kind", () => {
    const wrong = { ...widget({}), metadata: { name: 5, labels: { a: "b" } } };
    expect(refusal(() => accepted(kind, wrong)).map(({ field }) => field)).toEqual(["metadata.name"]);
    expect(
      refusal(() => accepted(kind, { ...wrong, metadata: { nmae: "x" } })).map(each => each.field),
    ).toEqual(["metadata.nmae"]);
  });

  test("no key reaches a prototype, and depth is bounded", () => {
    expect(refusal(() => accepted(kind, widget(JSON.parse('{"free":{"__proto__":{}}}'))))).not.toEqual([]);
    let deep: unknown = {};
    for (let i = 0; i < 200; i++) deep = { a: deep };
    expect(refusal(() => accepted(kind, widget({ free: deep })))).not.toEqual([]);
    expect(refusal(() => accepted(kind, widget({ constructor: 1 }))).map(({ field }) => field)).toEqual([
      "spec.constructor",
    ]);
  });

  test("reading and completing again changes nothing", () => {
    const value = fc.record(
      {
        list: fc.oneof(fc.array(fc.string()), fc.constant(null)),
        map: fc.dictionary(fc.string(), fc.string()),
        maybe: fc.oneof(fc.string(), fc.constant(null)),
        red: fc.oneof(fc.string(), fc.constant(null)),
        free: fc.dictionary(fc.string(), fc.jsonValue()),
        extra: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(value, spec => {
        const once = (given: Draft) => {
          try {
            return completed(kind, decoded(kind, given, { unknownFields: "drop" }).draft);
          } catch (error) {
            if (error instanceof ApiError) return undefined;
            throw error;
          }
        };
        const first = once(widget(spec));
        if (first) expect(once(first)).toEqual(first);
      }),
    );
  });
});

describe("what is refused, and how it is said", () => {
  const text = (more: object) => ({ type: "string", ...more });
  const number = (more: object) => ({ type: "number", ...more });
  const list = (more: object) => ({ type: "array", items: {}, ...more });
  test.each<[string, object, unknown, string[]]>([
    [
      "type",
      { type: "integer" },
      "x",
      ['Invalid value: "string": spec.f in body must be of type integer: "string"'],
    ],
    [
      "type",
      { type: "integer" },
      1.5,
      ['Invalid value: "number": spec.f in body must be of type integer: "number"'],
    ],
    [
      "type",
      { type: "object" },
      [],
      ['Invalid value: "array": spec.f in body must be of type object: "array"'],
    ],
    [
      "type",
      { type: "boolean" },
      "true",
      ['Invalid value: "string": spec.f in body must be of type boolean: "string"'],
    ],
    [
      "int or string",
      { "x-kubernetes-int-or-string": true },
      true,
      ['Invalid value: "boolean": spec.f in body must be of type integer,string: "boolean"'],
    ],
    [
      "enum",
      text({ enum: ["red", "blue"] }),
      "green",
      ['Unsupported value: "green": supported values: "red", "blue"'],
    ],
    [
      "enum of numbers",
      { type: "integer", enum: [1, 2] },
      3,
      ["Unsupported value: 3: supported values: 1, 2"],
    ],
    [
      "maximum",
      number({ maximum: 10 }),
      11,
      ["Invalid value: 11: spec.f in body should be less than or equal to 10"],
    ],
    [
      "maximum",
      number({ maximum: 10, exclusiveMaximum: true }),
      10,
      ["Invalid value: 10: spec.f in body should be less than 10"],
    ],
    [
      "minimum",
      number({ minimum: 1 }),
      0,
      ["Invalid value: 0: spec.f in body should be greater than or equal to 1"],
    ],
    [
      "minimum",
      number({ minimum: 1, exclusiveMinimum: true }),
      1,
      ["Invalid value: 1: spec.f in body should be greater than 1"],
    ],
    [
      "multipleOf",
      number({ multipleOf: 0.1 }),
      0.25,
      ["Invalid value: 0.25: spec.f in body should be a multiple of 0.1"],
    ],
    ["multipleOf", number({ multipleOf: 0.1 }), 0.3, []],
    ["maxLength", text({ maxLength: 2 }), "abc", ["Too long: may not be more than 2 bytes"]],
    ["maxLength counts characters", text({ maxLength: 2 }), "😀😀", []],
    [
      "minLength",
      text({ minLength: 2 }),
      "a",
      ['Invalid value: "a": spec.f in body should be at least 2 chars long'],
    ],
    ["pattern", text({ pattern: "^a+$" }), "b", ["Invalid value: \"b\": spec.f in body should match '^a+$'"]],
    ["pattern", text({ pattern: "b" }), "abc", []],
    [
      "format",
      text({ format: "ipv4" }),
      "1.2.3",
      ['Invalid value: "1.2.3": spec.f in body must be of type ipv4: "1.2.3"'],
    ],
    ["an unknown format", text({ format: "colour" }), "x", []],
    ["maxItems", list({ maxItems: 1 }), [1, 2], ["Too many: 2: must have at most 1 items"]],
    [
      "minItems",
      list({ minItems: 1 }),
      [],
      ["Invalid value: 0: spec.f in body should have at least 1 items"],
    ],
    [
      "uniqueItems",
      list({ uniqueItems: true }),
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      [expect.stringMatching(/^Invalid value: .*: spec\.f in body shouldn't contain duplicates$/) as never],
    ],
    ["a set", list({ "x-kubernetes-list-type": "set" }), ["a", "b", "a"], ['Duplicate value: "a"']],
    [
      "a map",
      list({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"] }),
      [{ n: 1 }, { n: 1, x: 2 }],
      ['Duplicate value: {"n":1}'],
    ],
    [
      "maxProperties",
      { type: "object", maxProperties: 0, additionalProperties: true },
      { a: 1 },
      ["Too many: 1: must have at most 0 items"],
    ],
    [
      "minProperties",
      { type: "object", minProperties: 1 },
      {},
      ["Invalid value: 0: spec.f in body should have at least 1 properties"],
    ],
    ["required, by the name of a method", { required: ["toString"] }, {}, ["Required value"]],
    ["required", { type: "object", required: ["a"], properties: { a: {} } }, {}, ["Required value"]],
    [
      "an embedded object",
      { type: "object", "x-kubernetes-embedded-resource": true },
      {},
      ["Required value: must not be empty", "Required value: must not be empty"],
    ],
    [
      "null in a list",
      list({ items: { type: "string" } }),
      [null],
      ['Invalid value: "null": spec.f[0] in body must be of type string: "null"'],
    ],
    [
      "oneOf",
      { oneOf: [{ required: ["a"] }, { required: ["b"] }] },
      {},
      ['Invalid value: "": "spec.f" must validate one and only one schema (oneOf). Found none valid'],
    ],
    [
      "oneOf",
      { oneOf: [{ required: ["a"] }, { required: ["b"] }] },
      { a: 1, b: 1 },
      [
        'Invalid value: "": "spec.f" must validate one and only one schema (oneOf). Found 2 valid alternatives',
      ],
    ],
    ["oneOf", { oneOf: [{ required: ["a"] }, { required: ["b"] }] }, { a: 1 }, []],
    [
      "anyOf",
      { anyOf: [{ minimum: 5 }, { maximum: 1 }] },
      3,
      ['Invalid value: "": "spec.f" must validate at least one schema (anyOf)'],
    ],
    [
      "not",
      { not: { required: ["a"] } },
      { a: 1 },
      ['Invalid value: "": "spec.f" must not validate the schema (not)'],
    ],
    ["not", { not: { required: ["a"] } }, {}, []],
    ["nullable", { type: "string", nullable: true }, null, []],
  ])("%s: %j, %j", (_what, schema, value, messages) => {
    const whole = structuralSchema({ properties: { spec: { type: "object", properties: { f: schema } } } });
    expect(structuralFaults(whole, { spec: { f: value } }).map(({ message }) => message)).toEqual(messages);
  });

  test("never fails with anything but causes, whatever the schema and the value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (schema, value) => {
        expect(Array.isArray(structuralFaults(structuralSchema(schema), { spec: value }))).toBe(true);
      }),
    );
  });
});

describeRecorded("custom resources as recorded", "admission", () => {
  interface Case {
    readonly given: readonly {
      readonly body: { readonly spec: { readonly versions: { schema: { openAPIV3Schema: Schema } }[] } };
    }[];
    readonly request: { readonly body: Draft };
    readonly response: {
      readonly status: number;
      readonly body: { spec?: unknown; details?: { causes?: Cause[] } };
    };
  }

  test.each([
    "custom-resource-defaults",
    "custom-resource-null",
    "custom-resource-pruning",
    "custom-resource-invalid",
  ])("%s", name => {
    const { given, request, response } = recorded<Case>(`admission/${name}.json`);
    const [definition] = given;
    const schema = structuralSchema(definition?.body.spec.versions[0]?.schema.openAPIV3Schema);
    const names = { kind: "Widget", group: "golden.example.com", plural: "widgets" };
    const kind = describeKind({ ...names, scope: "Namespaced", hasStatus: true, schema });
    const send = () => accepted(kind, request.body, undefined, { unknownFields: "drop" });
    if (response.status < 300) {
      expect(send().spec).toEqual(response.body.spec);
      return;
    }
    const line = ({ reason, field, message }: Cause) => `${reason} ${field}: ${message}`;
    expect(refusal(send).map(line).sort()).toEqual(response.body.details?.causes?.map(line).sort());
  });
});

test("all of many schemas within each other are gone through once", () => {
  const depth = 200;
  let schema: Schema = { maximum: 1 };
  for (let i = 0; i < depth; i++) schema = { allOf: [schema] };
  const faults = structuralFaults(
    { type: "object", properties: { spec: { type: "integer", ...schema } } },
    widget(5),
  );
  expect(faults[0]?.message).toContain("should be less than or equal to 1");
  expect(faults[1]?.message).toBe('Invalid value: "": "spec" must validate all the schemas (allOf)');
});

test.each([
  ["int64", 2 ** 63, true],
  ["int64", 2 ** 53 - 1, true],
  ["int64", 2 ** 53, false],
  ["int64", -(2 ** 53), false],
  ["int64", 2 ** 64, false],
  ["int32", 2 ** 31 - 1, true],
  ["int32", 2 ** 31, false],
])("%s holds %d: %s", (format, value, fits) => {
  const spec: Schema = { type: "integer", format };
  expect(structuralFaults({ type: "object", properties: { spec } }, widget(value))).toHaveLength(
    fits ? 0 : 1,
  );
});
