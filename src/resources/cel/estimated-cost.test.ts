/** What rules may cost at most, as Kubernetes 1.35 estimates it (the figures of its `apiextensions-apiserver`). */
import { expect, test } from "vitest";
import type { Json } from "../json.ts";
import { structuralSchema } from "../schema/index.ts";
import { CelEnvironment, declaredType, sizedType } from "./index.ts";

function costOf(openapi: Json, rule: string): number {
  const schema = structuralSchema(openapi);
  const environment = new CelEnvironment(types => {
    const self = declaredType(types, schema, "Self");
    return { self, oldSelf: self };
  });
  const expression = environment.compile(rule);
  expect(expression.fault).toBeUndefined();
  const type = sizedType(schema);
  return type ? expression.mostCost(type) : Number.NaN;
}

type Bounded = (most?: number) => Json;

const list =
  (items: Json): Bounded =>
  maxItems => ({ type: "array", items, ...(maxItems !== undefined && { maxItems }) });
const map =
  (additionalProperties: Json): Bounded =>
  maxProperties => ({
    type: "object",
    additionalProperties,
    ...(maxProperties !== undefined && { maxProperties }),
  });
const number = { type: "number" };
const string = { type: "string" };
const text: Bounded = maxLength => ({ ...string, ...(maxLength !== undefined && { maxLength }) });
const texts: Bounded = most => list(text(most))(most);
const either = { "x-kubernetes-int-or-string": true };
const formatted = (format: string) => ({ type: "string", format });
const object = {
  type: "object",
  properties: { required: string },
  required: ["required"],
};

test.each<readonly [string, Bounded, open: number, most: number, bounded: number]>([
  ["self.all(x, true)", list(number), 4_718_591, 10, 32],
  ["self.all(x, true)", list(string), 3_145_727, 20, 62],
  ["self.all(x, true)", list({ type: "boolean" }), 1_887_437, 5, 17],
  ["self.all(x, true)", list({ type: "array", items: number }), 3_145_727, 100, 302],
  ["self.all(x, true)", map(number), 1_348_169, 10, 32],
  ["self.all(x, true)", map(string), 1_179_647, 3, 11],
  ["self.all(x, true)", map({ type: "boolean" }), 943_718, 100, 302],
  ["self.all(x, true)", list(either), 4_718_591, 10, 32],
  ["self.all(x, true)", list(formatted("duration")), 2_359_295, 5, 17],
  ["self.all(x, true)", list(formatted("date")), 725_936, 15, 47],
  ["self.all(x, true)", list(formatted("date-time")), 428_963, 25, 77],
  ["self.all(x, true)", map(formatted("date-time")), 349_526, 25, 77],
  ["self.all(x, true)", map(object), 428_963, 20, 62],
  ["self.all(x, x == 0.0)", list(number), 6_291_454, 6_291_456, 25_165_826],
  ["self.all(x, self.all(y, true))", list(number), 7_421_701_914_624, 10, 352],
  ["self.all(x, x.y == 25.2)", list({ type: "object", additionalProperties: number }), 6_291_452, 12, 74],
  ["self[0].x > 2.0", list({ type: "object", additionalProperties: number }), 4, 3_000, 4],
  ["self.contains('test')", text, 314_574, 10, 5],
  ["self.startsWith('test')", text, 2, 15, 2],
  ["size(self + 'hello') > size('hello')", text, 314_578, 4, 7],
  ["self[1] == 0.0", list(number), 2, 5_000, 2],
  ["self[1] == self[1]", list(string), 314_577, 8, 314_577],
  ["self[0][0] == -1.0", list({ type: "array", items: number }), 3, 51, 3],
  ["self[0] == 5", list(either), 3, 10, 3],
  ["self[0] == null", list(object), 2, 422, 2],
  ["self[0].getHours() == 2", list(formatted("duration")), 4, 525, 4],
  ["self['a'] == self['b']", map(formatted("date-time")), 8, 7, 8],
  ["self.all(x, x.contains(self[x]))", map(string), 2_752_507, 10, 72],
  ["self.matches('x')", text, 314_574, 50, 22],
  ["''.matches('(((((((((())))))))))[0-9]')", text, 7, 10, 7],
  ["self.matches('')", text, 1, 100, 1],
  ["self == 'x'", text, 2, 0, 1],
  ["self.find('[0-9]+') == ''", text, 629_147, 10, 11],
  ["self.join(' ') == 'aa bb'", texts, 329_853_068_905, 10, 43],
  ["self.isSorted() == true", texts, 329_854_432_052, 10, 52],
  ["self.lowerAscii() == 'lower!'", text, 314_575, 10, 6],
  ["oldSelf.size() == self.size()", map({ type: "integer" }), 5, 10, 5],
  [
    "isQuantity(self)",
    most => ({ ...either, ...(most !== undefined && { maxLength: most }) }),
    314_574,
    20,
    9,
  ],
  [
    "self.contains('A')",
    most => ({ ...(text(most) as object), enum: ["A", "B", "C", "LongValue"] }),
    2,
    1_000,
    401,
  ],
])("%s", (rule, schema, open, most, bounded) => {
  expect([costOf(schema(), rule), costOf(schema(most), rule)]).toEqual([open, bounded]);
});

test.each([["the keys of a map, each with its value", "self.all(x, x.contains(self[x]))", 2_752_507]])(
  "%s",
  (_, rule, cost) => {
    expect(costOf(map(string)(), rule)).toBe(cost);
  },
);
