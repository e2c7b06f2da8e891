import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isMap, type Json, type JsonMap } from "../json.ts";
import type { Schema } from "../schema/schema.ts";
import { applyManifest, lastAppliedAnnotation, lastAppliedText } from "./apply.ts";
import { frozen, jsonMap } from "./json.fixture.ts";

const schema: Schema = {
  properties: {
    spec: {
      type: "object",
      properties: {
        ports: {
          type: "array",
          listType: "map",
          listMapKeys: ["port", "protocol"],
          patchStrategy: "merge",
          patchMergeKey: "port",
          items: { type: "object", properties: { protocol: { type: "string", default: "TCP" } } },
        },
        finalizers: { type: "array", listType: "set", patchStrategy: "merge" },
        strategy: { type: "object", retainKeys: true },
        selector: { type: "object", atomic: true },
      },
    },
  },
};
const service = (spec: JsonMap): JsonMap => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec,
});
const applied = (manifest: JsonMap, more: JsonMap = {}): JsonMap =>
  frozen({ ...applyManifest(manifest, undefined, schema), ...more });
const specAfter = (first: JsonMap, live: JsonMap, second: JsonMap) => {
  const { metadata } = applied(service(first));
  const result = applyManifest(
    frozen(service(second)),
    frozen({ ...service(live), metadata: metadata as Json }),
    schema,
  );
  return result.spec;
};

describe("apply", () => {
  it.each([
    ["changes what the manifest changes", { a: 1 }, { a: 1, d: 0 }, { a: 2 }, { a: 2, d: 0 }],
    ["removes what only last time's named", { a: 1, b: 1 }, { a: 1, b: 1, d: 0 }, { a: 1 }, { a: 1, d: 0 }],
    ["keeps what others set", { a: 1 }, { a: 1, theirs: { x: 1 } }, { a: 1 }, { a: 1, theirs: { x: 1 } }],
    ["takes back what others changed", { a: 1 }, { a: 5 }, { a: 1 }, { a: 1 }],
    ["removes with null what others set", { a: 1 }, { a: 1, d: 0 }, { a: 1, d: null }, { a: 1 }],
    [
      "removes deep down",
      { m: { a: 1, b: 1 } },
      { m: { a: 1, b: 1, d: 0 } },
      { m: { a: 1 } },
      { m: { a: 1, d: 0 } },
    ],
    ["takes a plain list whole", { l: [1, 2] }, { l: [1, 2, 3] }, { l: [2] }, { l: [2] }],
    [
      "merges a list by its keys, defaults of keys included",
      { ports: [{ port: 80 }, { port: 81 }] },
      {
        ports: [
          { port: 80, protocol: "TCP", nodePort: 30000 },
          { port: 81, protocol: "TCP" },
          { port: 99, protocol: "UDP" },
        ],
      },
      {
        ports: [
          { port: 53, protocol: "UDP" },
          { port: 80, name: "http" },
        ],
      },
      {
        ports: [
          { port: 53, protocol: "UDP" },
          { port: 80, protocol: "TCP", nodePort: 30000, name: "http" },
          { port: 99, protocol: "UDP" },
        ],
      },
    ],
    [
      "merges a set",
      { finalizers: ["a", "b"] },
      { finalizers: ["a", "b", "z"] },
      { finalizers: ["b", "c"] },
      { finalizers: ["b", "c", "z"] },
    ],
    [
      "takes an atomic map whole",
      { selector: { a: "1" } },
      { selector: { a: "1", z: "1" } },
      { selector: { a: "2" } },
      { selector: { a: "2" } },
    ],
    [
      "drops what does not go together",
      { strategy: { type: "RollingUpdate" } },
      { strategy: { type: "RollingUpdate", rollingUpdate: {} } },
      { strategy: { type: "Recreate" } },
      { strategy: { type: "Recreate" } },
    ],
    [
      "takes a list that names a thing twice as it is",
      {},
      { ports: [{ port: 80, protocol: "TCP", nodePort: 1 }] },
      { ports: [{ port: 80 }, { port: 80 }] },
      { ports: [{ port: 80 }, { port: 80 }] },
    ],
  ] as [string, JsonMap, JsonMap, JsonMap, JsonMap][])("%s", (_, first, live, second, result) => {
    expect(specAfter(first, live, second)).toEqual(result);
  });

  it("writes the annotation to the letter as kubectl does", () => {
    const manifest = {
      kind: "ConfigMap",
      data: { a: "1" },
      apiVersion: "v1",
      metadata: { namespace: "golden", name: "cfg" },
    };
    const text = `{"apiVersion":"v1","data":{"a":"1"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"cfg","namespace":"golden"}}\n`;
    expect(lastAppliedText(manifest)).toBe(text);
    const live = applyManifest(manifest, undefined, {});
    expect((live.metadata as JsonMap).annotations).toEqual({ [lastAppliedAnnotation]: text });
    expect(lastAppliedText(live), "an object that was got and is applied again").toBe(text);
  });

  it("leaves the status alone and takes annotations of others for others'", () => {
    const live = applied(service({ a: 1 }), { status: { ready: true } });
    const annotated = applyManifest({ ...service({ a: 1 }), status: { ready: false } }, live, schema);
    expect(annotated.status).toEqual({ ready: true });
    expect(
      applyManifest({ ...service({ a: 1 }), status: {} }, applied(service({ a: 1 })), schema),
    ).not.toHaveProperty("status");
  });

  it("says what to do about an annotation that is not JSON", () => {
    const annotations = { [lastAppliedAnnotation]: "{" };
    const live = { ...service({}), metadata: { name: "web", annotations } };
    expect(() => applyManifest(service({}), live, schema)).toThrow(
      /Service web is not JSON.*remove the annotation/,
    );
  });

  it("creates what the manifest says, nulls included: only what is there can be taken away", () => {
    expect(applyManifest(service({ a: null, spec: { b: null } }), undefined, schema).spec).toEqual({
      a: null,
      spec: { b: null },
    });
  });

  it("does nothing the second time: the very same object comes back", () => {
    fc.assert(
      fc.property(jsonMap, jsonMap, (spec, theirs) => {
        const manifest = frozen(service(spec));
        const once = frozen(applyManifest(manifest, frozen(service(theirs)), schema));
        expect(applyManifest(manifest, once, schema)).toBe(once);
      }),
    );
  });

  it("gives what the manifest names, takes what only the last one named, keeps the rest, for any three objects", () => {
    fc.assert(
      fc.property(jsonMap, jsonMap, jsonMap, (first, theirs, second) => {
        const live = applyManifest(service(first), frozen(service(theirs)), {});
        const { spec } = applyManifest(frozen(service(second)), frozen(live), {});
        expect(spec).toEqual(asDefined(first, second, live.spec));
      }),
    );
  });
});

/** The definition, for a schema that says nothing: maps are merged, all else is taken whole. */
function asDefined(last: Json | undefined, wanted: Json, live: Json | undefined): Json {
  if (Array.isArray(wanted)) return wanted.map(item => asDefined(undefined, item, undefined));
  if (!isMap(wanted)) return wanted;
  const get = (value: Json | undefined, key: string) =>
    isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  const keys = new Set([...Object.keys(isMap(live) ? live : {}), ...Object.keys(wanted)]);
  const result: Record<string, Json> = {};
  for (const key of keys) {
    const [l, w, v] = [get(last, key), get(wanted, key), get(live, key)];
    if (w === null || (w === undefined && l !== undefined)) continue;
    const value = w === undefined ? v : asDefined(l, w, v);
    if (value !== undefined) result[key] = value;
  }
  return result;
}
