/** The resources of a group and version, out of the paths and methods of client-node: plurals, scopes, verbs, subresources. */
import { readFileSync } from "node:fs";

export interface Resource {
  readonly kind: string;
  readonly plural: string;
  readonly scope: "Namespaced" | "Cluster";
  readonly verbs: readonly string[];
  readonly subresources: Readonly<Record<string, readonly string[]>>;
  /** Whether a deletion is answered with the object, rather than with a Status. */
  readonly answersDeletion: boolean;
}

const methods: Readonly<Record<string, string>> = {
  GET: "get",
  PUT: "update",
  PATCH: "patch",
  POST: "create",
  DELETE: "delete",
};

interface Found {
  kind: string;
  scope: Resource["scope"];
  readonly verbs: Set<string>;
  readonly subresources: Map<string, Set<string>>;
  answersDeletion: boolean;
}

/** @param file one of client-node's `apis/*.js` */
export function resourcesIn(file: string): Resource[] {
  const text = readFileSync(file, "utf8");
  const operations = text.matchAll(
    /async (\w+)\([^)]*\) \{.*?const localVarPath = '([^']+)'.*?HttpMethod\.(\w+)\)/gs,
  );
  const found = new Map<string, Found>();
  for (const [, operation = "", path = "", method = ""] of operations) {
    const steps = path
      .replace(/^\/(api|apis\/[^/]+)\/[^/]+\/?/, "")
      .split("/")
      .filter(Boolean);
    const isNamespaced = steps[0] === "namespaces" && steps[1] === "{namespace}" && steps.length > 2;
    const [plural, item, subresource] = isNamespaced ? steps.slice(2) : steps;
    const verb = methods[method];
    if (plural === undefined || verb === undefined) continue;
    const resource = found.get(plural) ?? {
      kind: "",
      scope: "Cluster",
      verbs: new Set(),
      subresources: new Map(),
      answersDeletion: false,
    };
    found.set(plural, resource);
    if (isNamespaced) resource.scope = "Namespaced";
    if (subresource !== undefined) {
      const verbs = resource.subresources.get(subresource) ?? new Set();
      resource.subresources.set(subresource, verbs.add(verb));
      continue;
    }
    const named = /^(?:create|list|read)(?:Namespaced)?(\w+?)$/.exec(operation)?.[1];
    if (named && !named.endsWith("ForAllNamespaces")) resource.kind = named;
    if (verb === "delete" && item !== undefined)
      resource.answersDeletion = answerOf(operation, text) !== "V1Status";
    for (const each of verbsOf(verb, item !== undefined)) resource.verbs.add(each);
  }
  return [...found].map(([plural, { verbs, subresources, ...resource }]) => ({
    ...resource,
    plural,
    verbs: [...verbs].sort(),
    subresources: Object.fromEntries(
      [...subresources].sort().map(([name, each]) => [name, [...each].sort()]),
    ),
  }));
}

/** The model that an operation answers with. */
function answerOf(operation: string, text: string): string | undefined {
  const reading = text.slice(text.indexOf(`async ${operation}WithHttpInfo(response)`));
  return /ObjectSerializer\.deserialize\(.*?, "(\w+)"/s.exec(reading)?.[1];
}

/** On the path of a whole collection GET lists and watches, DELETE deletes all. */
function verbsOf(verb: string, isItem: boolean): readonly string[] {
  if (isItem) return [verb];
  if (verb === "get") return ["list", "watch"];
  return [verb === "delete" ? "deletecollection" : verb];
}
