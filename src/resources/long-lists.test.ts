/** Two versions of a long list are compared without taking the square of its length: what is read of it is counted. */
import { expect, test } from "vitest";
import { ruleFaults } from "./custom/rules.ts";
import { addedFinalizers } from "./metadata-rules.ts";
import { structuralFaults, structuralSchema } from "./schema/index.ts";

const length = 10_000;
let reads = 0;

/** Elements whose key is counted each time that it is read. */
function elements(value: string): object[] {
  return Array.from({ length }, (_, i) => ({
    get key() {
      reads++;
      return `k${i}`;
    },
    value,
  }));
}

const schema = structuralSchema({
  type: "object",
  properties: {
    spec: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["key"],
      items: {
        type: "object",
        required: ["key"],
        properties: { key: { type: "string" }, value: { type: "string", maxLength: 3 } },
        "x-kubernetes-validations": [{ rule: "self.value == oldSelf.value", message: "it stays" }],
      },
    },
  },
});

test("elements that are told by a key", () => {
  reads = 0;
  const reversed = { spec: elements("two").reverse() };
  expect(structuralFaults(schema, reversed, { spec: elements("one") })).toEqual([]);
  expect(structuralFaults(schema, { spec: elements("four") }, { spec: elements("four") })).toEqual([]);
  const faults = ruleFaults(schema, reversed, { spec: elements("one") }, []);
  expect(faults).toHaveLength(length);
  expect(faults[0]).toMatchObject({ field: "spec[0]", message: expect.stringContaining("it stays") });
  expect(reads).toBeLessThan(100 * length);
});

test("finalizers", () => {
  const names = Array.from({ length }, (_, i) => `example.com/${i}`);
  reads = 0;
  const before = new Proxy(names, {
    get(list, at) {
      reads++;
      return Reflect.get(list, at);
    },
  });
  expect(addedFinalizers({ finalizers: before }, { finalizers: [...names, "new"].reverse() })).toEqual([
    "new",
  ]);
  expect(reads).toBeLessThan(10 * length);
});
