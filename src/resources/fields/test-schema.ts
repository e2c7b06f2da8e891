/** A schema with every way in which a value is divided among managers, and objects of it, for tests. */
import fc from "fast-check";
import type { JsonMap } from "../json.ts";
import { structuralSchema } from "../schema/index.ts";

const text = { type: "string" };
const number = { type: "integer" };
const part = { type: "object", required: ["name"], properties: { name: text, count: number, note: text } };

export const testSchema = structuralSchema({
  type: "object",
  properties: {
    text,
    number,
    flag: { type: "boolean" },
    struct: { type: "object", properties: { a: number, b: { type: "object", properties: { c: number } } } },
    map: { type: "object", additionalProperties: text },
    whole: { type: "object", additionalProperties: text, "x-kubernetes-map-type": "atomic" },
    list: { type: "array", items: number },
    set: { type: "array", items: text, "x-kubernetes-list-type": "set" },
    parts: {
      type: "array",
      items: part,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
    },
    ports: {
      type: "array",
      items: {
        type: "object",
        properties: { port: number, protocol: { ...text, default: "TCP" }, name: text },
      },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["port", "protocol"],
    },
    either: { "x-kubernetes-int-or-string": true },
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    any: { "x-kubernetes-preserve-unknown-fields": true },
  },
});

const names = fc.constantFrom("a", "b", "c");
const small = fc.integer({ min: 0, max: 2 });
const json = fc.letrec(tie => ({
  value: fc.oneof({ depthSize: "small" }, small, names, fc.boolean(), tie("list"), tie("map")),
  list: fc.array(tie("value"), { maxLength: 2 }),
  map: fc.dictionary(names, tie("value"), { maxKeys: 2 }),
}));
const unique = <T>(items: fc.Arbitrary<T>, key: (item: T) => unknown) =>
  fc.uniqueArray(items, { maxLength: 3, selector: item => JSON.stringify(key(item)) });

/** Objects of the schema, as they may be applied. */
export const testObjects = fc.record(
  {
    text: names,
    number: small,
    flag: fc.boolean(),
    struct: fc.record({ a: small, b: fc.record({ c: small }, { requiredKeys: [] }) }, { requiredKeys: [] }),
    map: fc.dictionary(names, names, { maxKeys: 2 }),
    whole: fc.dictionary(names, names, { maxKeys: 2 }),
    list: fc.array(small, { maxLength: 2 }),
    set: unique(names, item => item),
    parts: unique(fc.record({ name: names, count: small }, { requiredKeys: ["name"] }), item => item.name),
    ports: unique(
      fc.record(
        { port: small, protocol: fc.constantFrom("TCP", "UDP"), name: names },
        { requiredKeys: ["port"] },
      ),
      ({ port, protocol = "TCP" }) => [port, protocol],
    ),
    either: fc.oneof(small, names),
    free: json.map,
    any: json.value,
  },
  { requiredKeys: [] },
) as fc.Arbitrary<JsonMap>;
