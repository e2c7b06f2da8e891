/** Which resource a word means (`po`, `pods`, `Pod`, `deployments.apps`), and where its objects are: as the server says. */
import { ApiError, nearestName } from "../../errors/index.ts";
import type { Connection } from "./connection.ts";

export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly isNamespaced: boolean;
  readonly verbs: readonly string[];
}

interface Discovery {
  readonly items: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly responseKind?: { readonly kind: string };
        readonly scope: "Namespaced" | "Cluster";
        readonly singularResource?: string;
        readonly shortNames?: readonly string[];
        readonly categories?: readonly string[];
        readonly verbs: readonly string[];
      }[];
    }[];
  }[];
}

const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** All that the server has, of each group its preferred version first. */
export async function resourcesOf(connection: Connection): Promise<Resource[]> {
  const documents = await Promise.all(
    ["/api", "/apis"].map(path => connection.json<Discovery>(path, { accept: aggregated })),
  );
  return documents
    .flatMap(({ items }) => items)
    .flatMap(({ metadata, versions }) =>
      versions.flatMap(({ version, resources = [] }) =>
        resources.map(each => ({
          group: metadata?.name ?? "",
          version,
          kind: each.responseKind?.kind ?? "",
          plural: each.resource,
          singular: each.singularResource || (each.responseKind?.kind ?? "").toLowerCase(),
          shortNames: each.shortNames ?? [],
          categories: each.categories ?? [],
          isNamespaced: each.scope === "Namespaced",
          verbs: each.verbs,
        })),
      ),
    );
}

/** What a word means; a category (`all`) means several. Throws a NotFound with the nearest name. */
export function named(word: string, resources: readonly Resource[]): Resource[] {
  const wanted = word.toLowerCase();
  const [name = "", ...rest] = wanted.split(".");
  const group = rest.join(".");
  const names = (each: Resource) => [each.plural, each.singular, each.kind.toLowerCase(), ...each.shortNames];
  const isOf = (each: Resource) =>
    group === "" || each.group === group || `${each.version}.${each.group}` === group;
  const found = resources.find(each => names(each).includes(name) && isOf(each));
  if (found) return [found];
  const several = resources.filter(each => each.categories.includes(wanted));
  if (several.length > 0) return several;
  const near = nearestName(wanted, resources.flatMap(names));
  const hint = near === undefined ? "" : `; did you mean "${near}"?`;
  throw new ApiError("NotFound", `the server doesn't have a resource type ${JSON.stringify(word)}${hint}`);
}

/** The one resource that a word means. */
export function theOne(word: string, resources: readonly Resource[]): Resource {
  const [first] = named(word, resources);
  if (!first)
    throw new ApiError("NotFound", `the server doesn't have a resource type ${JSON.stringify(word)}`);
  return first;
}

/** The resource that an object is of. */
export function resourceOf(
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  resources: readonly Resource[],
): Resource {
  const found = resources.find(each => each.kind === kind && apiVersionOf(each) === apiVersion);
  if (found) return found;
  throw new ApiError(
    "NotFound",
    `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`,
  );
}

/** Not that of resources/: a client that only asks starts without all that is known of kinds. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === "" ? version : `${group}/${version}`;
}

/** Where the objects are, or one of them. @param namespace undefined: all namespaces */
export function pathOf(
  { group, version, plural, isNamespaced }: Resource,
  namespace: string | undefined,
  name = "",
  subresource = "",
): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const within =
    isNamespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  const parts = [plural, name, subresource].filter(Boolean).map(encodeURIComponent);
  return `${root}${within}/${parts.join("/")}`;
}

/** `deploy/web` and `deploy web`, in any mixture. */
export function targetsIn(
  words: readonly string[],
): { readonly word: string; readonly names: readonly string[] }[] {
  const [first = "", ...rest] = words;
  if (!first.includes("/")) return first.split(",").map(word => ({ word, names: rest }));
  return words.map(each => {
    const [word = "", name = ""] = each.split("/");
    if (word === "" || name === "")
      throw new ApiError("BadRequest", `${JSON.stringify(each)} is not KIND/NAME`);
    return { word, names: [name] };
  });
}

/** `KIND/NAME` or `KIND NAME`: one object. */
export function oneTarget(words: readonly string[]): { readonly word: string; readonly name: string } {
  const [target] = targetsIn(words);
  const [name, ...more] = target?.names ?? [];
  if (!target || name === undefined || more.length > 0)
    throw new ApiError("BadRequest", `name one object, as KIND/NAME, not ${JSON.stringify(words.join(" "))}`);
  return { word: target.word, name };
}
