/**
 * Schemas as OpenAPI has them: the same facts under OpenAPI's names, every definition once, and references between them. Both
 * versions of OpenAPI that Kubernetes serves are made here; they differ in how a reference and a choice of types is written.
 */
import { definitionSchema, type KindVersion, type Schema } from "../../resources/index.ts";

type OpenApiVersion = "v2" | "v3";

/** A schema in OpenAPI's words. */
export type OpenApiSchema = Readonly<Record<string, unknown>>;

/** What a definition or a field of it is about, in a sentence or more; undefined where nobody said. */
export type Describe = (definition: string, field?: string) => string | undefined;

/** The name that Kubernetes' OpenAPI has for a definition; undefined for what is not Kubernetes' own. */
export type PublishedName = (definition: string) => string | undefined;

export interface SchemaWriterOptions {
  readonly version: OpenApiVersion;
  readonly describe: Describe;
  readonly publishedName: PublishedName;
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const time = "io.k8s.apimachinery.pkg.apis.meta.v1.Time";
const microTime = "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime";
const quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const intOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
const anyJson = "io.k8s.apimachinery.pkg.runtime.RawExtension";

/** Writes schemas down, and with each all that it refers to. */
export class SchemaWriter {
  /** By published name. */
  readonly definitions = new Map<string, OpenApiSchema>();
  readonly #options: SchemaWriterOptions;
  readonly #prefix: string;

  constructor(options: SchemaWriterOptions) {
    this.#options = options;
    this.#prefix = options.version === "v3" ? "#/components/schemas/" : "#/definitions/";
  }

  /** The whole object of a kind. Returns the name that it stands under. */
  addKind(kind: string, { group, version, schema, openApi }: KindVersion): string {
    const { definition } = schema;
    const name = (definition && this.#options.publishedName(definition)) ?? customName(group, version, kind);
    if (this.definitions.get(name)?.[gvk] === undefined) {
      if (openApi) this.definitions.set(name, this.#customBody(openApi as OpenApiSchema));
      else this.#add(name, schema);
      this.#mark(name, { group, version, kind });
    }
    return name;
  }

  /** As its definition has it, with the fields that every object has. */
  #customBody({ properties, ...schema }: OpenApiSchema): OpenApiSchema {
    const metadata = this.#field(definitionSchema("ObjectMeta"), metadataDescription);
    const own = { apiVersion: described(apiVersionDescription), kind: described(kindDescription), metadata };
    return {
      type: "object",
      ...schema,
      properties: { ...(properties as OpenApiSchema | undefined), ...own },
    };
  }

  /** A definition that several kinds share, DeleteOptions for one. */
  addDefinition(schema: Schema, asked?: readonly GroupVersionKind[]): string | undefined {
    const name = schema.definition && this.#options.publishedName(schema.definition);
    if (!name) return undefined;
    if (!this.definitions.has(name)) this.#add(name, schema);
    for (const each of asked ?? []) this.#mark(name, each);
    return name;
  }

  referenceTo(name: string): OpenApiSchema {
    return { $ref: this.#prefix + name };
  }

  #mark(name: string, meant: GroupVersionKind): void {
    const schema = this.definitions.get(name) ?? {};
    const before = (schema[gvk] ?? []) as readonly GroupVersionKind[];
    this.definitions.set(name, { ...schema, [gvk]: [...before, meant] });
  }

  #add(name: string, schema: Schema): void {
    // It stands there before its fields are written: they may refer to it.
    this.definitions.set(name, {});
    const description = schema.definition && this.#options.describe(schema.definition);
    this.definitions.set(name, { ...(description && { description }), ...this.#body(schema) });
  }

  /** A field's schema: a reference to a definition, with the facts that belong to the field beside it. */
  #field(schema: Schema, description: string | undefined): OpenApiSchema {
    const own = { ...(description && { description }), ...fieldFacts(schema) };
    const target = this.#target(schema);
    if (target === undefined) return { ...own, ...this.#body(schema) };
    const reference = this.referenceTo(target);
    if (Object.keys(own).length === 0) return reference;
    // In OpenAPI 3 what stands beside a reference does not count.
    return this.#options.version === "v3" ? { allOf: [reference], ...own } : { ...reference, ...own };
  }

  /** The name of the definition that a field refers to; undefined where its schema stands in its place. */
  #target(schema: Schema): string | undefined {
    const known = formats.get(schema.format ?? "");
    if (known) {
      if (!this.definitions.has(known.name)) this.definitions.set(known.name, known[this.#options.version]);
      return known.name;
    }
    const name = schema.definition && this.#options.publishedName(schema.definition);
    if (name && !this.definitions.has(name)) this.#add(name, schema);
    return name || undefined;
  }

  #body(schema: Schema): OpenApiSchema {
    const { type, format, properties, required, additionalProperties, items, definition = "" } = schema;
    const { describe } = this.#options;
    const fields = Object.entries(properties ?? {}).map(
      ([name, field]) => [name, this.#field(field, withValues(describe(definition, name), field))] as const,
    );
    return {
      ...(type && { type }),
      ...(format && { format }),
      ...(fields.length > 0 && { properties: Object.fromEntries(fields) }),
      ...(required && required.length > 0 && { required }),
      ...(additionalProperties && { additionalProperties: this.#field(additionalProperties, undefined) }),
      ...(items && { items: this.#field(items, undefined) }),
      ...(definition === "" && constraints(schema)),
      ...(schema.atomic && { "x-kubernetes-map-type": "atomic" }),
    };
  }
}

const gvk = "x-kubernetes-group-version-kind";

// Kubernetes' own sentences: `kubectl explain` prints them.
const apiVersionDescription =
  "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources";
const kindDescription =
  "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds";
const metadataDescription =
  "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

function described(description: string): OpenApiSchema {
  return { description, type: "string" };
}

/** Definitions that Kubernetes publishes for what is a format here. */
const formats: ReadonlyMap<string, { name: string } & Record<OpenApiVersion, OpenApiSchema>> = new Map([
  ["date-time", alike(time, { type: "string", format: "date-time" })],
  ["micro-time", alike(microTime, { type: "string", format: "date-time" })],
  ["quantity", choice(quantity, {}, ["string", "number"])],
  ["int-or-string", choice(intOrString, { format: "int-or-string" }, ["integer", "string"])],
  ["any", alike(anyJson, { type: "object" })],
]);

function alike(name: string, schema: OpenApiSchema) {
  return { name, v2: schema, v3: schema };
}

/** OpenAPI 2 has no choice of types: it says text. */
function choice(name: string, more: OpenApiSchema, types: readonly string[]) {
  return {
    name,
    v2: { type: "string", ...more },
    v3: { ...more, oneOf: types.map(type => ({ type })) },
  };
}

/** What belongs to a field, and not to the definition that it refers to. */
function fieldFacts(schema: Schema): OpenApiSchema {
  const { patchStrategy, retainKeys, patchMergeKey, listType, listMapKeys, default: value } = schema;
  const strategy = [patchStrategy, retainKeys && "retainKeys"].filter(Boolean).join(",");
  return {
    ...(value !== undefined && { default: value }),
    ...(schema.enum && { enum: schema.enum }),
    ...(strategy && { "x-kubernetes-patch-strategy": strategy }),
    ...(patchMergeKey && { "x-kubernetes-patch-merge-key": patchMergeKey }),
    ...(listType && { "x-kubernetes-list-type": listType }),
    ...(listMapKeys && { "x-kubernetes-list-map-keys": listMapKeys }),
  };
}

/** What is said of a field, and its values where they are a few. */
function withValues(description: string | undefined, { enum: values }: Schema): string | undefined {
  if (!description || !values) return description;
  const lines = [...values].sort().map(value => ` - \`"${value}"\``);
  return `${description}\n\nPossible enum values:\n${lines.join("\n")}`;
}

/** The bounds that only custom kinds publish. */
function constraints(schema: Schema): OpenApiSchema {
  const { minimum, maximum, pattern, minLength, maxLength, minItems, maxItems, nullable } = schema;
  const all = { minimum, maximum, pattern, minLength, maxLength, minItems, maxItems, nullable };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** `com.example.v1.Widget` */
function customName(group: string, version: string, kind: string): string {
  return [...group.split(".").reverse(), version, kind].join(".");
}
