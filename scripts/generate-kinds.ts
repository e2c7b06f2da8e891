/**
 * Writes what k4s knows of Kubernetes' kinds: their facts (kinds.gen.ts), their TypeScript interfaces (kubernetes.gen.ts),
 * their schemas as data (schemas.gen.ts) and the numbers of their fields in protobuf (protobuf.gen.ts). The models and paths
 * of @kubernetes/client-node give names, types, formats and verbs; the Go types in kubectl and helm say which fields 1.35
 * has, which are pointers, and how strategic merge patches treat them. What neither has (defaults, enums, how lists merge,
 * short names) stands in facts/.
 *
 * A kind of Kubernetes needs no more than its package in kubernetes-models/packages.ts.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { facts } from "./facts/index.ts";
import { kindFacts, notServed } from "./facts/kinds.ts";
import { interfaceOf } from "./interface-of.ts";
import { allDefinitions, attributesOf, client } from "./kubernetes-models/definitions.ts";
import { packages } from "./kubernetes-models/packages.ts";
import { resourcesIn } from "./kubernetes-models/paths.ts";
import { protobufFacts } from "./protobuf-facts.ts";
import { type GeneratedSchema, schemaOf } from "./schema-of.ts";

/** Their interfaces are written by hand in object.ts, with what a reader should know about each field. */
const byHand = ["ObjectMeta", "OwnerReference", "ManagedFieldsEntry"];

/** Where the files go: into the source, unless another folder is named. */
const folder = process.argv[2] ?? fileURLToPath(new URL("../src/resources/generated/", import.meta.url));

/** One number as it is, several as a list. */
function numbered(field: string, path: readonly number[] = []): [string, number | readonly number[]][] {
  const [first, ...rest] = path;
  return first === undefined ? [] : [[field, rest.length > 0 ? path : first]];
}

const definitions = allDefinitions();
const nameOfModel = new Map(definitions.map(({ model, name }) => [model, name]));

function nameOf(model: string): string {
  const found = nameOfModel.get(model);
  if (found === undefined) throw new Error(`the model ${model} is of no package`);
  return found;
}

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
  schemas.set(name, schemaOf(name, attributes, nameOf));
  const kind = kinds.find(kind => definitionOf(kind) === each);
  const apiVersion = kind && (kind.group ? `${kind.group}/${kind.version}` : kind.version);
  interfaces.set(name, interfaceOf(name, attributes, nameOf, apiVersion, kind?.kind));
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

const rows = kinds.map(({ kind, group, version, plural, scope, verbs, subresources, answersDeletion }) => {
  const definition = definitionOf({ kind, group, version })?.name;
  const isWhole = verbs.length === 8;
  const own = isWhole ? {} : { verbs: verbs.filter(verb => kind !== "ComponentStatus" || verb !== "watch") };
  const has = Object.keys(subresources).length > 0 ? { subresources } : {};
  const answer = answersDeletion ? { answersDeletion } : {};
  const facts = { ...own, ...has, ...answer, ...kindFacts[kind] };
  return `  ${JSON.stringify({ kind, group, version, plural, scope, definition, ...facts })},\n`;
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
