import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { describeRecorded, recordedBytes } from "../../test-recordings.ts";
import { protobufAsJson } from "../generated/protobuf.gen.ts";
import { builtInKinds } from "../kinds/built-in-kinds.ts";
import { definition, valuesOf } from "./definitions.ts";
import type { Schema } from "./schema.ts";

const file = "openapi-v2.json.gz";

interface Published {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Published>>;
  readonly required?: readonly string[];
  readonly items?: Published;
  readonly additionalProperties?: Published;
  readonly enum?: readonly string[];
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: string;
  readonly "x-kubernetes-patch-strategy"?: string;
  readonly "x-kubernetes-patch-merge-key"?: string;
}

/** Where we say something else, and why. */
const others: Readonly<Record<string, string>> = {
  "NodeSelectorRequirement.operator enum":
    "an unknown operator is told in words of its own, so the rules have it",
  "EndpointSlice required": "published as required, but accepted without, and no longer required in 1.36",
  "PodSpec.workloadRef type": "alpha in 1.35, gone in 1.36",
};

/** What both sides call scalars: Kubernetes has definitions for them. */
const scalars: Readonly<Record<string, string>> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
  "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "string date-time",
  "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "string micro-time",
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "any",
  "io.k8s.apimachinery.pkg.apis.meta.v1.Patch": "any",
  "io.k8s.apimachinery.pkg.runtime.RawExtension": "any",
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
  ...Object.fromEntries(
    [
      "CustomResourceSubresourceStatus",
      "JSON",
      "JSONSchemaPropsOrArray",
      "JSONSchemaPropsOrBool",
      "JSONSchemaPropsOrStringArray",
    ].map(name => [`io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.${name}`, "any"]),
  ),
};

function publishedType({ $ref, type, format, items, additionalProperties }: Published): string {
  if ($ref) {
    const name = $ref.replace("#/definitions/", "");
    return scalars[name] ?? shortName(name);
  }
  if (items) return `list of ${publishedType(items)}`;
  if (additionalProperties) return `map of ${publishedType(additionalProperties)}`;
  return [type, format].filter(Boolean).join(" ");
}

function ourType({ definition: name, type, format, items, additionalProperties }: Schema): string {
  if (name) return name;
  if (items) return `list of ${ourType(items)}`;
  if (additionalProperties) return `map of ${ourType(additionalProperties)}`;
  return [type, format].filter(Boolean).join(" ");
}

/** What we call what OpenAPI documents call `io.k8s.api.core.v1.Pod`. */
const ourNames = new Map(
  Object.entries(protobufAsJson).map(([name, json]) => [JSON.parse(json)[0] as string, name]),
);

function shortName(name: string): string {
  const item = name.replace(/List$/, "");
  return ourNames.get(name) ?? (ourNames.has(item) ? `${ourNames.get(item)}List` : name);
}

/** Everything about a field that matters, as one comparable line a fact. */
function publishedFacts(owner: string, name: string, field: Published): string[] {
  const strategy = field["x-kubernetes-patch-strategy"]?.split(",") ?? [];
  const listType = field["x-kubernetes-list-type"];
  return facts(owner, name, {
    type: publishedType(field),
    enum: field.enum ?? field.items?.enum,
    listType: listType === "atomic" ? undefined : listType,
    listMapKeys: field["x-kubernetes-list-map-keys"],
    merged: strategy.includes("merge"),
    mergeKey: field["x-kubernetes-patch-merge-key"],
    retainKeys: strategy.includes("retainKeys"),
  });
}

function ourFacts(owner: string, name: string, field: Schema): string[] {
  return facts(owner, name, {
    type: ourType(field),
    enum: field.enum ?? field.items?.enum,
    listType: field.listType,
    listMapKeys: field.listMapKeys,
    merged: field.patchStrategy === "merge",
    mergeKey: field.patchMergeKey,
    retainKeys: field.retainKeys ?? false,
  });
}

function facts(owner: string, name: string, all: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(all)
    .filter(([fact]) => !(`${owner}.${name} ${fact}` in others))
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([fact, value]) => `${owner}.${name} ${fact}: ${JSON.stringify(value)}`);
}

describeRecorded("definitions as Kubernetes publishes them", file, () => {
  const published: Readonly<Record<string, Published>> = JSON.parse(
    gunzipSync(recordedBytes(file)).toString("utf8"),
  ).definitions;
  test.each(Object.keys(published).filter(name => !(name in scalars)))("%s", name => {
    const theirs = published[name];
    const ours = definition(shortName(name));
    const owner = shortName(name);
    const fieldFacts = <T>(
      fields: Readonly<Record<string, T>> = {},
      of: (owner: string, name: string, field: T) => string[],
    ) =>
      Object.entries(fields)
        .flatMap(([field, schema]) => of(owner, field, schema))
        .sort();
    expect(fieldFacts(ours.properties, ourFacts)).toEqual(fieldFacts(theirs?.properties, publishedFacts));
    if (!(`${owner} required` in others))
      expect([...(ours.required ?? [])].sort()).toEqual([...(theirs?.required ?? [])].sort());
    expect(ours.atomic ?? false).toBe(theirs?.["x-kubernetes-map-type"] === "atomic");
  });
});

test("every kind has a schema with metadata, and describes itself only once", () => {
  for (const kind of builtInKinds) {
    expect(kind.versions[0].schema.properties?.metadata?.definition).toBe("ObjectMeta");
    expect(kind.versions[0].schema).toBe(kind.versions[0].schema);
  }
});

test("a schema that does not exist is an error of ours, told with what to do", () => {
  expect(() => definition("Podd")).toThrow(/generate-kinds/);
});

test("the values of a field, or of the elements of a list, stand once", () => {
  expect(valuesOf("PodSpec", "restartPolicy")).toEqual(["Always", "Never", "OnFailure"]);
  const { scopes } = definition("ResourceQuotaSpec").properties ?? {};
  expect(valuesOf("ResourceQuotaSpec", "scopes")).toBe(scopes?.items?.enum);
  expect(() => valuesOf("PodSpec", "nodeName")).toThrow("PodSpec.nodeName has no list of values");
});
