/** Rules in CEL of custom schemas: what they say of an object, of a change, and what is wrong with a rule itself. */
import { expect, test } from "vitest";
import type { Cause } from "../../errors/index.ts";
import { structuralSchema } from "../schema/index.ts";
import type { JsonSchema } from "./json-schema.ts";
import { ruleFaults } from "./rules.ts";
import { schemaFaults } from "./schema-faults.ts";

function withSpec(spec: object, root: object = {}): JsonSchema {
  return { type: "object", properties: { spec: { type: "object", ...spec } as JsonSchema }, ...root };
}

function says(schema: JsonSchema, spec: unknown, old?: unknown): string[] {
  const object = (value: unknown) => ({ metadata: { name: "w" }, spec: value });
  return ruleFaults(
    structuralSchema(schema),
    object(spec),
    old === undefined ? undefined : object(old),
    [],
  ).map(line);
}

function line({ field, message }: Cause): string {
  return `${field}: ${message}`;
}

test("an object for which a rule costs too much is refused, in Kubernetes' words", () => {
  const list = { type: "array", items: { type: "integer" } };
  const same = "self.list.all(x, self.list.all(y, x == y))";
  const schema = withSpec({ properties: { list }, "x-kubernetes-validations": [{ rule: same }] });
  expect(says(schema, { list: Array(100).fill(1) })).toEqual([]);
  expect(says(schema, { list: Array(725).fill(20) })).toEqual([
    `spec: Invalid value: "object": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${same}`,
  ]);
});

const spent =
  'Invalid value: "array": validation failed due to running out of cost budget, no further validation rules will be run';

test("the rules of one object have one budget; where it is spent, nothing further is asked", () => {
  const unique = "self.all(a, self.exists_one(b, a == b))";
  const names = {
    type: "array",
    items: { type: "string" },
    "x-kubernetes-validations": [{ rule: unique }, { rule: "self.size() < 1000" }],
  };
  const group = { type: "object", properties: { names } };
  const last = { type: "integer", "x-kubernetes-validations": [{ rule: "self > 0" }] };
  const schema = withSpec({ properties: { groups: { type: "array", items: group }, last } });
  // One of these takes 300 times 5 and 300 times 300 times 5 of the 10 million.
  const list = { names: Array.from({ length: 300 }, (_, i) => `name-${i}`) };
  expect(says(schema, { groups: Array(22).fill(list), last: 0 })).toEqual([
    "spec.last: Invalid value: 0: failed rule: self > 0",
  ]);
  expect(says(schema, { groups: Array(30).fill(list), last: 0 })).toEqual([
    `spec.groups[22].names: ${spent}`,
  ]);
});

test("after a rule that costs too much by itself, no further one is asked", () => {
  const list = { type: "array", items: { type: "integer" } };
  const costly = "[self].all(s, s.list.all(a, s.list.all(b, s.list.all(c, a + b + c >= 0))))";
  const schema = withSpec({
    properties: { list: { ...list, "x-kubernetes-validations": [{ rule: "false" }] } },
    "x-kubernetes-validations": [{ rule: costly }, { rule: "false" }],
  });
  expect(says(schema, { list: Array(70).fill(1) })).toEqual([
    `spec: Invalid value: "object": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${costly}`,
  ]);
});

test("a long list that no rule goes through costs nothing", () => {
  const list = { type: "array", items: { type: "integer" } };
  const rule = "self.a.all(x, self.b.all(y, x != y)) && self.c.size() == 700";
  const schema = withSpec({
    properties: { a: list, b: list, c: list },
    "x-kubernetes-validations": [{ rule }],
  });
  expect(says(schema, { a: [1, 2], b: [3, 4], c: Array(700).fill(1) })).toEqual([]);
});

const size = { properties: { size: { type: "integer" }, color: { type: "string" } } };
const rule = (each: object) => withSpec({ ...size, "x-kubernetes-validations": [each] });

test.each<[string, object, object, object | undefined, string[]]>([
  ["a rule that holds", { rule: "self.size > 1" }, { size: 2 }, undefined, []],
  [
    "its message",
    { rule: "self.size > 1", message: "too small" },
    { size: 1 },
    undefined,
    ["spec: Invalid value: too small"],
  ],
  [
    "itself, without a message",
    { rule: "self.size > 1" },
    { size: 1 },
    undefined,
    ["spec: Invalid value: failed rule: self.size > 1"],
  ],
  [
    "a message that is computed",
    { rule: "self.size > 1", messageExpression: "'not ' + string(self.size)", message: "plain" },
    { size: 1 },
    undefined,
    ["spec: Invalid value: not 1"],
  ],
  [
    "the plain message, where the computed one fails",
    { rule: "self.size > 1", messageExpression: "self.color + '!'", message: "plain" },
    { size: 1 },
    undefined,
    ["spec: Invalid value: plain"],
  ],
  [
    "another reason and place",
    { rule: "has(self.color)", message: "say one", reason: "FieldValueRequired", fieldPath: ".color" },
    { size: 1 },
    undefined,
    ["spec.color: Required value: say one"],
  ],
  [
    "what is not there",
    { rule: "self.color == 'red'" },
    { size: 1 },
    undefined,
    [`spec: Invalid value: "object": no such key: color evaluating rule: self.color == 'red'`],
  ],
  ["nothing of a change, of what is new", { rule: "self.size >= oldSelf.size" }, { size: 1 }, undefined, []],
  [
    "a change",
    { rule: "self.size >= oldSelf.size", message: "only up" },
    { size: 1 },
    { size: 2 },
    ["spec: Invalid value: only up"],
  ],
  [
    "of what is new, where the old one is optional",
    { rule: "!oldSelf.hasValue() || oldSelf.value().size == self.size", optionalOldSelf: true },
    { size: 1 },
    undefined,
    [],
  ],
  [
    "a change, where the old one is optional",
    {
      rule: "!oldSelf.hasValue() || oldSelf.value().size == self.size",
      message: "stays",
      optionalOldSelf: true,
    },
    { size: 1 },
    { size: 2 },
    ["spec: Invalid value: stays"],
  ],
  ["nothing of what did not change", { rule: "self.size > 1" }, { size: 1 }, { size: 1 }, []],
])("a rule says %s", (_, each, spec, old, expected) => {
  expect(says(rule(each), spec, old)).toEqual(expected);
});

test("rules of elements, of fields of a map, and of the whole object say where they failed", () => {
  const item = { type: "string", "x-kubernetes-validations": [{ rule: "self != 'b'", message: "no b" }] };
  const schema = withSpec(
    {
      properties: {
        list: { type: "array", items: item },
        map: { type: "object", additionalProperties: item },
      },
    },
    { "x-kubernetes-validations": [{ rule: "self.metadata.name != 'w'", message: "another name" }] },
  );
  expect(says(schema, { list: ["a", "b"], map: { x: "b" } })).toEqual([
    "<nil>: Invalid value: another name",
    'spec.list[1]: Invalid value: "b": no b',
    'spec.map[x]: Invalid value: "b": no b',
  ]);
});

test("an element of a list with keys is compared with the one that had the same keys", () => {
  const items = {
    type: "object",
    required: ["name"],
    properties: { name: { type: "string" }, port: { type: "integer" } },
    "x-kubernetes-validations": [{ rule: "self.port == oldSelf.port", message: "the port stays" }],
  };
  const list = {
    type: "array",
    items,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["name"],
  };
  const schema = withSpec({ properties: { list } });
  const [a, b] = [
    { name: "a", port: 1 },
    { name: "b", port: 2 },
  ];
  expect(says(schema, { list: [b, a] }, { list: [a, b] })).toEqual([]);
  expect(says(schema, { list: [{ ...b, port: 3 }, a] }, { list: [a, b] })).toEqual([
    "spec.list[0]: Invalid value: the port stays",
  ]);
});

test.each<[string, JsonSchema, string]>([
  [
    "names a field that there is not",
    rule({ rule: "self.nope > 1" }),
    `spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self.nope > 1","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: compilation failed: ERROR: <input>:1:5: undefined field 'nope'\n | self.nope > 1\n | ....^`,
  ],
  [
    "is no condition",
    rule({ rule: "self.size" }),
    `spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self.size","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: cel expression must evaluate to a bool`,
  ],
  [
    "compares what cannot be told to be the same",
    withSpec({
      properties: {
        list: {
          type: "array",
          items: {
            type: "string",
            maxLength: 1,
            "x-kubernetes-validations": [{ rule: "self == oldSelf" }],
          },
        },
      },
    }),
    `spec.validation.openAPIV3Schema.properties[spec].properties[list].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within spec.validation.openAPIV3Schema.properties[spec].properties[list]`,
  ],
  [
    "has no rule",
    rule({ rule: " " }),
    "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Required value: rule is not specified",
  ],
])("a rule is refused that %s", (_, schema, expected) => {
  expect(schemaFaults(schema, "spec.validation", { hasStatus: false }).map(line)).toEqual([expected]);
});

const advice =
  "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";
const strings = { type: "array", items: { type: "string" } };
const bounded = { type: "array", maxItems: 10, items: { type: "string", maxLength: 20 } };
const costly = { rule: "self.all(x, self.all(y, x == y))" };

test.each<[string, JsonSchema, string[]]>([
  [
    "a list without a bound, with itself",
    withSpec({ properties: { list: { ...strings, "x-kubernetes-validations": [costly] } } }),
    [
      `properties[list].x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${advice}`,
      `properties[list].x-kubernetes-validations[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
      `Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${advice}`,
    ],
  ],
  [
    "one with bounds",
    withSpec({ properties: { list: { ...bounded, "x-kubernetes-validations": [costly] } } }),
    [],
  ],
  [
    "what is asked of each item of a list without a bound",
    withSpec({
      properties: {
        list: {
          type: "array",
          items: {
            type: "string",
            "x-kubernetes-validations": [{ rule: "self.matches('^[a-z]$')" }],
            maxLength: 10,
          },
        },
      },
    }),
    [
      `properties[list].items.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of 1.153434x ${advice}`,
    ],
  ],
  [
    "a text of any length",
    withSpec({
      properties: {
        name: {
          type: "string",
          "x-kubernetes-validations": [{ rule: "self.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')" }],
        },
      },
    }),
    [],
  ],
  [
    "the words of a rule",
    withSpec({
      properties: { list: strings },
      "x-kubernetes-validations": [{ rule: "true", messageExpression: "self.list.join(',')" }],
    }),
    [
      `x-kubernetes-validations[0].messageExpression: Forbidden: estimated messageExpression cost exceeds budget by factor of more than 100x ${advice}`,
      "x-kubernetes-validations[0].messageExpression: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema",
      `Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${advice}`,
    ],
  ],
])("a definition is refused for what its rules may cost: %s", (_, schema, expected) => {
  const faults = schemaFaults(schema, "validation", { hasStatus: false });
  const inner = (field: string) =>
    field.replace(/^validation\.openAPIV3Schema(\.properties\[spec\])?\.?/, "");
  expect(faults.map(({ field = "", message }) => `${inner(field) && `${inner(field)}: `}${message}`)).toEqual(
    expected,
  );
});
