import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ApiError } from "../../errors/index.ts";
import { allRecorded, describeRecorded } from "../../test-recordings.ts";
import { isMap, type Json, type JsonMap } from "../json.ts";
import { definition } from "../schema/definitions.ts";
import type { Schema } from "../schema/schema.ts";
import { frozen, json, jsonMap, type Recorded } from "./json.fixture.ts";
import { applyMergePatch } from "./merge-patch.ts";
import { applyStrategicPatch } from "./strategic-patch.ts";

const byName = {
  type: "array",
  listType: "map",
  listMapKeys: ["name"],
  patchStrategy: "merge",
  patchMergeKey: "name",
} as const;
const schema: Schema = {
  type: "object",
  properties: {
    containers: {
      ...byName,
      items: { type: "object", properties: { env: { ...byName, items: { type: "object" } } } },
    },
    finalizers: { type: "array", listType: "set", patchStrategy: "merge", items: { type: "string" } },
    args: { type: "array", items: { type: "string" } },
    selector: { type: "object", additionalProperties: { type: "string" } },
    whole: { type: "object", patchStrategy: "replace" },
  },
};
const app = {
  name: "app",
  image: "x",
  env: [
    { name: "A", value: "1" },
    { name: "B", value: "2" },
  ],
};
const side = { name: "side", image: "y" };
const object = frozen({
  containers: [app, side],
  finalizers: ["a", "b"],
  args: ["1", "2"],
  selector: { a: "1" },
  whole: { a: 1 },
});

describe("a strategic merge patch", () => {
  it.each([
    [
      "merges by key",
      { containers: [{ name: "side", image: "z" }] },
      { containers: [app, { ...side, image: "z" }] },
    ],
    [
      "puts new elements in front",
      { containers: [{ name: "new" }] },
      { containers: [{ name: "new" }, app, side] },
    ],
    [
      "merges lists in lists",
      { containers: [{ name: "app", env: [{ name: "B", value: "3" }, { name: "C" }] }] },
      {
        containers: [
          { ...app, env: [{ name: "A", value: "1" }, { name: "B", value: "3" }, { name: "C" }] },
          side,
        ],
      },
    ],
    ["deletes an element", { containers: [{ name: "app", $patch: "delete" }] }, { containers: [side] }],
    [
      "replaces a list",
      { containers: [{ $patch: "replace" }, { name: "new" }] },
      { containers: [{ name: "new" }] },
    ],
    ["empties a list", { containers: [{ $patch: "replace" }] }, { containers: [] }],
    ["replaces a map", { selector: { $patch: "replace", b: "2" } }, { selector: { b: "2" } }],
    ["empties a map", { selector: { $patch: "delete" } }, { selector: {} }],
    ["takes some maps whole", { whole: { b: 2 } }, { whole: { b: 2 } }],
    ["takes plain lists whole", { args: ["3"] }, { args: ["3"] }],
    ["merges sets", { finalizers: ["c", "b"] }, { finalizers: ["c", "a", "b"] }],
    ["takes from sets", { "$deleteFromPrimitiveList/finalizers": ["a"] }, { finalizers: ["b"] }],
    [
      "orders",
      { "$setElementOrder/containers": [{ name: "side" }, { name: "app" }] },
      { containers: [side, app] },
    ],
    ["orders some", { "$setElementOrder/finalizers": ["b"] }, { finalizers: ["a", "b"] }],
    [
      "retains keys",
      { containers: [{ name: "app", $retainKeys: ["name", "image"] }] },
      { containers: [{ name: "app", image: "x" }, side] },
    ],
    [
      "deletes with null",
      { args: null, containers: [{ name: "app", env: null }] },
      { args: undefined, containers: [{ name: "app", image: "x" }, side] },
    ],
    [
      "merges into what is not there",
      { other: { a: null, b: [{ $patch: "delete", name: "x" }, 1] } },
      { other: { b: [1] } },
    ],
  ] as [string, JsonMap, JsonMap][])("%s", (_, patch, change) => {
    const expected = Object.fromEntries(
      Object.entries({ ...object, ...change }).filter(([, v]) => v !== undefined),
    );
    expect(applyStrategicPatch(object, frozen(patch), schema)).toEqual(expected);
  });

  it.each([
    ["an unknown directive", { $patch: "upsert" }, /at its top: \$patch may be "replace" or "delete" here/],
    [
      "an unknown directive in a list",
      { containers: [{ name: "app", $patch: "upsert" }] },
      /containers\[0\]: \$patch/,
    ],
    ["an element without its key", { containers: [{ image: "z" }] }, /containers\[0\]: has no "name"/],
    [
      "an element that is text",
      { containers: ["app"] },
      /containers\[0\]: an element of this list must be an object/,
    ],
    [
      "an order that leaves out",
      { "$setElementOrder/containers": [{ name: "side" }], containers: [{ name: "app" }] },
      /does not name/,
    ],
    [
      "keys not retained",
      { selector: { $retainKeys: ["a"], b: "2" } },
      /"b", which \$retainKeys does not name/,
    ],
    ["an order that is text", { "$setElementOrder/containers": "app" }, /must be a list/],
  ])("refuses %s", (_, patch, message) => {
    expect(() => applyStrategicPatch(object, patch, schema)).toThrow(message);
    expect(() => applyStrategicPatch(object, patch, schema)).toThrow(expect.objectContaining({ code: 500 }));
  });

  it("is a merge patch where the schema says nothing else", () => {
    fc.assert(
      fc.property(jsonMap, jsonMap, (any, patch) => {
        const withoutNulls = JSON.parse(JSON.stringify(patch), (_, value) =>
          value === null ? undefined : value,
        );
        const dense = JSON.parse(JSON.stringify(withoutNulls).replaceAll("null", "0"));
        const deletion = Object.fromEntries(Object.entries(patch).filter(([, value]) => value === null));
        const both = { ...dense, ...deletion };
        expect(applyStrategicPatch(frozen(any), frozen(both), {})).toEqual(applyMergePatch(any, both));
      }),
    );
  });

  it("merges lists by key as the definition says, for any lists", () => {
    const element = fc.record({
      name: fc.constantFrom("a", "b", "c", "d", "e"),
      value: fc.integer({ min: 1, max: 5 }),
    });
    const list = fc.uniqueArray(element, { selector: item => item.name });
    fc.assert(
      fc.property(list, list, (live, patch) => {
        const { containers } = applyStrategicPatch(
          frozen({ containers: live }),
          frozen({ containers: patch }),
          schema,
        );
        const names = (items: Json | undefined) => (items as { name: string }[]).map(item => item.name);
        // Each element once: the patch's where it has one, the live one otherwise; both orders are kept.
        const expected = new Map([...live, ...patch].map(item => [item.name, item]));
        expect(new Map((containers as typeof live).map(item => [item.name, item]))).toEqual(expected);
        expect(names(containers).filter(name => names(patch).includes(name))).toEqual(names(patch));
        const others = names(live).filter(name => !names(patch).includes(name));
        expect(names(containers).filter(name => others.includes(name))).toEqual(others);
      }),
    );
  });

  it("gives back the very same object where nothing changes", () => {
    expect(
      applyStrategicPatch(object, { containers: [{ name: "app", image: "x" }], nope: null }, schema),
    ).toBe(object);
    const result = applyStrategicPatch(object, { containers: [{ name: "side", image: "z" }] }, schema);
    expect((result.containers as Json[])[0]).toBe(app);
    expect(result.selector).toBe(object.selector);
  });

  it("never fails with anything but an ApiError, and takes a long list in its stride", () => {
    const directive = fc.dictionary(
      fc.constantFrom(
        "$patch",
        "$retainKeys",
        "$setElementOrder/containers",
        "$deleteFromPrimitiveList/finalizers",
        "containers",
        "finalizers",
        "selector",
      ),
      fc.oneof(
        fc.constantFrom("delete", "replace", "merge"),
        json,
        fc.array(fc.record({ name: json, $patch: json }, { requiredKeys: [] })),
      ),
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(directive, patch => {
        try {
          applyStrategicPatch(object, patch, schema);
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
        }
      }),
    );
    const long = Array.from({ length: 50_000 }, (_, i) => ({ name: `c${i}` }));
    expect(applyStrategicPatch({ containers: long }, { containers: long }, schema).containers).toHaveLength(
      50_000,
    );
  });
});

// About validation, media types and subresources, which are others'.
const theirs = ["strategic-custom-resource", "strategic-pod-forbidden", "strategic-volume-two-sources"];

describeRecorded("a strategic patch as recorded", "admission", () => {
  const cases = allRecorded<Recorded>("admission", "strategic-").filter(({ name }) => !theirs.includes(name));
  it.each(cases.map(each => [each.name, each] as const))("%s", (name, { given, request, response }) => {
    const before = frozen(given[0]?.body ?? {});
    const result = () => applyStrategicPatch(before, request.body, schemaOf(before));
    if (response.status === 200) expectWithin(response.body, result(), before, name);
    else expect(result).toThrow(expect.objectContaining({ code: response.status }));
  });
});

/** What was recorded has the defaults as well: all that we have stands in it, and nothing given that we dropped. */
function expectWithin(
  actual: Json | undefined,
  ours: Json | undefined,
  given: Json | undefined,
  path: string,
): void {
  if (Array.isArray(ours)) {
    expect(Array.isArray(actual) ? actual.length : actual, path).toBe(ours.length);
    for (const [i, item] of ours.entries())
      expectWithin((actual as Json[])[i], item, undefined, `${path}[${i}]`);
  } else if (isMap(ours)) {
    for (const key of Object.keys(ours)) {
      const [a, o, g] = [actual, ours, given].map(value => (isMap(value) ? value[key] : undefined));
      expectWithin(a, o, g, `${path}.${key}`);
    }
    for (const key of Object.keys(isMap(given) ? given : {})) {
      if (!(key in ours)) expect(actual, path).not.toHaveProperty(key);
    }
  } else {
    expect(actual, path).toEqual(ours);
  }
}

/** The schema of the kinds in the recording; of those that k4s does not have, what the cases touch. */
function schemaOf({ kind }: JsonMap): Schema {
  if (kind === "Pod" || kind === "Service") return definition(kind);
  return { properties: { metadata: definition("ObjectMeta"), template: definition("PodTemplateSpec") } };
}
