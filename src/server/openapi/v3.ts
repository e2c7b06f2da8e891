/**
 * OpenAPI v3: an index, and a document for each group and version. kubectl reads them to know what it may send: the query
 * parameters that a write takes, how lists merge, and what `explain` prints.
 */
import type { KindDefinition, KindRegistry, KindVersion } from "../../resources/index.ts";
import { type Describe, type OpenApiSchema, type PublishedName, SchemaWriter } from "./schemas.ts";

export interface OpenApiParts {
  readonly kinds: KindRegistry;
  readonly describe: Describe;
  readonly publishedName: PublishedName;
}

/** The document of `api/v1` or `apis/apps/v1`, where these are served. */
export function openApiText(parts: OpenApiParts, path: string, served: readonly Served[]): string {
  return JSON.stringify(documentOf(parts, path, served));
}

export interface Served {
  readonly kind: KindDefinition;
  readonly version: KindVersion;
}

/** What is served, by the path of its group and version. */
export function servedByPath(kinds: Pick<KindRegistry, "all">): Map<string, Served[]> {
  const versions = new Map<string, Served[]>();
  for (const kind of kinds.all) {
    for (const version of kind.versions) {
      if (!version.served) continue;
      const path = version.group ? `apis/${version.apiVersion}` : `api/${version.apiVersion}`;
      versions.set(path, [...(versions.get(path) ?? []), { kind, version }]);
    }
  }
  return versions;
}

function documentOf(parts: OpenApiParts, path: string, served: readonly Served[]): OpenApiSchema {
  const writer = new SchemaWriter({ ...parts, version: "v3" });
  const paths = served.flatMap(each => pathsOf(each, path, writer));
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "v1.35.2" },
    paths: Object.fromEntries(paths),
    components: { schemas: Object.fromEntries(writer.definitions) },
  };
}

function pathsOf({ kind, version }: Served, root: string, writer: SchemaWriter): [string, OpenApiSchema][] {
  const reference = writer.referenceTo(writer.addKind(kind.kind, version));
  const { group, version: versionName } = version;
  const about = { "x-kubernetes-group-version-kind": { group, version: versionName, kind: kind.kind } };
  const place = kind.scope === "Namespaced" ? "namespaces/{namespace}/" : "";
  const collection = `/${root}/${place}${kind.plural}`;
  const content = { "application/json": { schema: reference } };
  const answer = { responses: { 200: { description: "OK", content } } };
  const operation = (action: string, parameters: readonly string[] = [], more: OpenApiSchema = {}) => ({
    ...about,
    "x-kubernetes-action": action,
    ...(parameters.length > 0 && { parameters: parameters.map(parameter) }),
    ...more,
    ...answer,
  });
  const body = { requestBody: { content: { "*/*": { schema: reference } } } };
  const has = (verb: KindDefinition["verbs"][number]) => kind.verbs.includes(verb);
  const onCollection = {
    ...(has("list") && { get: operation("list", listing) }),
    ...(has("create") && { post: operation("post", writing, body) }),
    ...(has("deletecollection") && { delete: operation("deletecollection", listing) }),
  };
  const onObject = {
    ...(has("get") && { get: operation("get") }),
    ...(has("update") && { put: operation("put", writing, body) }),
    ...(has("patch") && { patch: operation("patch", [...writing, "force"], body) }),
    ...(has("delete") && { delete: operation("delete", deleting) }),
  };
  return [
    [collection, onCollection],
    [`${collection}/{name}`, onObject],
  ];
}

const writing = ["dryRun", "fieldManager", "fieldValidation"];
const deleting = ["dryRun", "gracePeriodSeconds", "propagationPolicy"];
const listing = ["continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "watch"];
const types: Readonly<Record<string, string>> = {
  force: "boolean",
  watch: "boolean",
  limit: "integer",
  gracePeriodSeconds: "integer",
};

function parameter(name: string): OpenApiSchema {
  return { name, in: "query", schema: { type: types[name] ?? "string", uniqueItems: true } };
}
