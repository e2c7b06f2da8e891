/**
 * What Kubernetes says of its kinds and their fields. The build writes it beside the library (scripts/descriptions.mjs); it is
 * read when an OpenAPI document is first asked for, and not there where k4s runs from its source and nothing was built.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { publishedName } from "../../resources/index.ts";

/** By model, as @kubernetes/client-node names it: of the whole, and of each field. */
type Descriptions = Readonly<
  Record<string, readonly [whole: string, fields: Readonly<Record<string, string>>]>
>;

let read: Descriptions | undefined;

/** Of a definition, or of one of its fields; undefined where nothing is said. */
export function describe(definition: string, field?: string): string | undefined {
  read ??= readDescriptions();
  for (const model of modelsOf(publishedName(definition))) {
    const [whole, fields] = read[model] ?? [];
    if (whole === undefined) continue;
    return (field === undefined ? whole : (fields?.[field] ?? sameEverywhere[field])) || undefined;
  }
  return undefined;
}

/** Kinds that are younger than kubernetes-types. */
const sameEverywhere: Readonly<Record<string, string>> = {
  metadata:
    "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
};

/** `io.k8s.api.core.v1.Pod` is the model CoreV1Pod, where two groups have such a kind, or else V1Pod. */
function modelsOf(published: string | undefined): string[] {
  const [, group = "", version = "", name = ""] = /\.([a-z]+)\.(v\w+)\.(\w+)$/.exec(published ?? "") ?? [];
  const inVersion = capitalized(version) + name;
  return name ? [capitalized(group) + inVersion, inVersion] : [];
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function readDescriptions(): Descriptions {
  const isSource = import.meta.url.endsWith(".ts");
  const place = isSource ? "../../../dist/descriptions.json.gz" : "./descriptions.json.gz";
  const file = fileURLToPath(new URL(place, import.meta.url));
  return existsSync(file) ? (JSON.parse(gunzipSync(readFileSync(file)).toString()) as Descriptions) : {};
}
