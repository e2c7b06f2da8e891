/**
 * Writes what k4s knows of Kubernetes' kinds: their TypeScript interfaces (kubernetes.gen.ts) and their schemas as data
 * (schemas.gen.ts), for every kind of the list below and all that they reach. The models of @kubernetes/client-node give
 * names, types and formats; what those lack (defaults, enums, how lists merge) stands in kubernetes-facts.ts.
 *
 * To add a kind: a line in `kinds`, its facts, a file in src/resources/kinds/, and `npm run generate`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Schema } from "../src/resources/schema.ts";
import { alwaysThere, type FieldFacts, facts, renamed, tooNew } from "./kubernetes-facts.ts";

/** The model of each kind, and the apiVersion that its interface says. */
const kinds = [
  { model: "V1Pod", apiVersion: "v1" },
  { model: "V1ReplicaSet", apiVersion: "apps/v1" },
  { model: "V1Service", apiVersion: "v1" },
  { model: "V1EndpointSlice", apiVersion: "discovery.k8s.io/v1" },
  { model: "V1Node", apiVersion: "v1" },
  { model: "V1Namespace", apiVersion: "v1" },
  { model: "CoreV1Event", apiVersion: "v1" },
  { model: "V1RuntimeClass", apiVersion: "node.k8s.io/v1" },
];

/** Their interfaces are written by hand in object.ts, with what a reader should know about each field. */
const byHand = ["ObjectMeta", "OwnerReference"];

const models = join(
  dirname(createRequire(new URL("./kubernetes-models/", import.meta.url)).resolve("@kubernetes/client-node")),
  "gen/models",
);
/** Where the two files go: into the source, unless another folder is named. */
const folder = process.argv[2] ?? fileURLToPath(new URL("../src/resources/", import.meta.url));

interface Attribute {
  readonly name: string;
  /** As client-node writes types: `string`, `Array<V1Container>`, `{ [key: string]: string; }`, … */
  readonly type: string;
  readonly format: string;
  readonly required: boolean;
}

/** `V1PodSpec` is PodSpec. Where that makes two things one (core's Event and events', say), `renamed` decides. */
function nameOf(model: string): string {
  return renamed[model] ?? model.replace(/^([A-Z][a-z]+)?V\d+((alpha|beta)\d+)?(?=[A-Z])/, "");
}

/** The table of a model's attributes stands in its .js file, which of them are required in its .d.ts. */
async function attributesOf(model: string): Promise<Attribute[]> {
  const module = await import(join(models, `${model}.js`));
  const table: { baseName: string; type: string; format: string }[] = module[model].attributeTypeMap;
  const declaration = readFileSync(join(models, `${model}.d.ts`), "utf8");
  const required = new Set(Array.from(declaration.matchAll(/^ {4}'_?([^']+)': /gm), match => match[1]));
  return table.map(({ baseName, type, format }) => ({
    name: baseName,
    type,
    format,
    required: required.has(baseName),
  }));
}

const listOf = (type: string) => /^Array<(.*)>$/.exec(type)?.[1];
const mapOf = (type: string) => /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
const isModel = (type: string) => /^([A-Z][a-z]+)?V\d/.test(type) && type !== "V1MicroTime";

/** The model that a type speaks of, if it speaks of one. */
function modelIn(type: string): string | undefined {
  const inner = listOf(type) ?? mapOf(type);
  if (inner !== undefined) return modelIn(inner);
  return isModel(type) ? type : undefined;
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
  if (values.length > 12) return "string";
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
    if (format === "double") return { type: "number" };
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
    properties[attribute.name] = schemaOf(attribute, fields[attribute.name] ?? {});
  }
  for (const field of Object.keys(fields)) {
    if (field !== "$" && !(field in properties)) throw new Error(`facts: ${name} has no field ${field}`);
  }
  const required = attributes.filter(attribute => attribute.required).map(attribute => attribute.name);
  return { type: "object", properties, ...(required.length > 0 && { required }), ...fields.$ };
}

function interfaceOf(name: string, attributes: readonly Attribute[], apiVersion: string | undefined): string {
  const lines = attributes.map(({ name: field, type, required }) => {
    if (apiVersion !== undefined && field === "apiVersion") return `  readonly apiVersion: "${apiVersion}";`;
    if (apiVersion !== undefined && field === "kind") return `  readonly kind: "${name}";`;
    const always =
      required || alwaysThere.includes(`${name}.${field}`) || (apiVersion && field === "metadata");
    const key = /^\w+$/.test(field) ? field : JSON.stringify(field);
    const values = facts[name]?.[field]?.enum;
    const text = values
      ? oneOf(values, listOf(type) !== undefined)
      : typescript(type, apiVersion !== undefined);
    return `  readonly ${key}${always ? "" : "?"}: ${text};`;
  });
  return `export interface ${name} {\n${lines.join("\n")}\n}\n`;
}

const interfaces = new Map<string, string>();
const schemas = new Map<string, GeneratedSchema>();
const modelNamed = new Map<string, string>();
const queue = kinds.map(({ model }) => model);

for (let model = queue.shift(); model !== undefined; model = queue.shift()) {
  const name = nameOf(model);
  const known = modelNamed.get(name);
  if (known === model) continue;
  if (known !== undefined)
    throw new Error(`${model} and ${known} are both called ${name}: rename one of them`);
  modelNamed.set(name, model);
  const dropped = tooNew[name] ?? [];
  const attributes = (await attributesOf(model)).filter(attribute => !dropped.includes(attribute.name));
  schemas.set(name, definition(name, attributes));
  const apiVersion = kinds.find(kind => kind.model === model)?.apiVersion;
  interfaces.set(name, interfaceOf(name, attributes, apiVersion));
  for (const { type } of attributes) {
    const next = modelIn(type);
    if (next !== undefined) queue.push(next);
  }
}
for (const name of [...Object.keys(facts), ...Object.keys(tooNew)]) {
  if (!schemas.has(name)) throw new Error(`facts: there is no ${name}`);
}

const names = [...schemas.keys()].sort();
const head =
  "// Written by `npm run generate` (scripts/generate-kinds.ts): change that or kubernetes-facts.ts, not this.\n";
const written = names.filter(name => !byHand.includes(name) && name !== "ManagedFieldsEntry");
const types = written.map(name => interfaces.get(name)).join("\n");
const used = byHand.filter(name => new RegExp(`\\b${name}\\b`).test(types));
writeFileSync(
  join(folder, "kubernetes.gen.ts"),
  `${head}import type { ${used.join(", ")} } from "./object.ts";\n\n${types}`,
);
// As texts, for JSON.parse: V8 reads them several times faster than object literals, and only those that are asked for.
const texts = names.map(name => {
  const json = JSON.stringify(schemas.get(name)).replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  return `  ${name}: '${json}',\n`;
});
writeFileSync(
  join(folder, "schemas.gen.ts"),
  `${head}export const definitionsAsJson: Readonly<Record<string, string>> = {\n${texts.join("")}};\n`,
);
console.log(`${names.length} definitions`);
