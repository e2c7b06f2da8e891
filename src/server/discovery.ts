/**
 * What is served, for clients to find out: the groups, their versions, and the resources in them, in the aggregated form (two
 * documents for everything) and in the old one (a document for each group and version).
 */
import { hash } from "node:crypto";
import {
  apiVersionOf,
  isKept,
  type KindDefinition,
  type KindRegistry,
  type KindVersion,
  kindAt,
  type Subresource,
} from "../resources/index.ts";

/** The media type of the aggregated form; its answer must repeat it. */
export const aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** A group that has no kinds: what is served there, by paths of its own. Its resources are the same in all versions. */
export interface OtherGroup {
  readonly name: string;
  readonly versions: readonly string[];
  readonly resources: readonly OtherResource[];
}

interface OtherResource {
  /** `pods/queue_depth` */
  readonly name: string;
  readonly namespaced: boolean;
  readonly kind: string;
}

interface Group {
  readonly name: string;
  /** The one that clients take where they have a choice comes first. */
  readonly versions: readonly {
    readonly version: string;
    readonly resources: readonly Resource[];
    readonly others?: readonly OtherResource[];
  }[];
}

/** What is served: kinds, and groups without. */
export interface Served {
  readonly kinds: KindRegistry;
  readonly others: readonly OtherGroup[];
}

interface Resource {
  readonly kind: KindDefinition;
  readonly version: KindVersion;
}

/** The groups of `/api` (the core one alone) or of `/apis`, in Kubernetes' order of preference. */
function groupsOf({ kinds, others }: Served, root: "api" | "apis"): readonly Group[] {
  const groups = new Map<string, Map<string, Resource[]>>();
  for (const kind of kinds.all) {
    for (const version of kind.versions) {
      if (!version.served || (version.group === "") !== (root === "api")) continue;
      const versions = groups.get(version.group) ?? new Map<string, Resource[]>();
      groups.set(version.group, versions);
      versions.set(version.version, [...(versions.get(version.version) ?? []), { kind, version }]);
    }
  }
  const ofKinds = [...groups].map(([name, versions]) => ({
    name,
    versions: [...versions]
      .sort(([one], [other]) => compareVersions(other, one))
      .map(([version, resources]) => ({
        version,
        resources: resources.sort((one, other) => (one.kind.plural < other.kind.plural ? -1 : 1)),
      })),
  }));
  const without = others
    .filter(({ resources }) => root === "apis" && resources.length > 0)
    .map(({ name, versions, resources }) => ({
      name,
      versions: versions.map(version => ({ version, resources: [], others: resources })),
    }));
  return [...ofKinds, ...without].sort(({ name: one }, { name: other }) => byOrder(one, other));
}

/** Kubernetes' own groups come first, in the order in which it sets them up; all others by name. */
const order = [
  "apiregistration.k8s.io",
  "apps",
  "events.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "scheduling.k8s.io",
  "coordination.k8s.io",
  "node.k8s.io",
  "discovery.k8s.io",
  "resource.k8s.io",
  "flowcontrol.apiserver.k8s.io",
];

function byOrder(one: string, other: string): number {
  const places = [one, other].map(name => (order.indexOf(name) + order.length + 1) % (order.length + 1));
  const [first = 0, second = 0] = places;
  if (first !== second) return first - second;
  return one < other ? -1 : 1;
}

/** `v2` after `v1`, `v1` after `v1beta2`, as Kubernetes orders versions. */
function compareVersions(one: string, other: string): number {
  const [first, second] = [one, other].map(rankOf);
  for (let i = 0; i < 3; i++) {
    const difference = (first?.[i] ?? 0) - (second?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return one < other ? 1 : -1;
}

function rankOf(version: string): readonly number[] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (!match) return [-1];
  const [, major, stage, minor] = match;
  return [stage === undefined ? 2 : stage === "beta" ? 1 : 0, Number(major), Number(minor ?? 0)];
}

/** `/api` or `/apis`, aggregated. */
export function aggregatedDiscovery(served: Served, root: "api" | "apis") {
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groupsOf(served, root).map(({ name, versions }) => ({
      metadata: name ? { name } : {},
      versions: versions.map(({ version, resources, others = [] }) => ({
        version,
        resources: [...resources.map(discovered), ...discoveredOthers({ group: name, version }, others)],
        freshness: "Current",
      })),
    })),
  };
}

function discovered({ kind, version }: Resource) {
  const { subresources } = kind;
  return {
    resource: kind.plural,
    responseKind: kindAt({ kind, version }),
    scope: kind.scope,
    singularResource: kind.singular,
    verbs: kind.verbs,
    ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
    ...(kind.categories.length > 0 && { categories: kind.categories }),
    ...(subresources.length > 0 && {
      subresources: subresources.map(part => ({
        subresource: part.name,
        responseKind: kindAt({ kind, version, part }),
        verbs: part.verbs,
      })),
    }),
  };
}

/** Of each that is a part of something (`pods/queue_depth`), that comes first, without anything of its own: as Kubernetes has it. */
function discoveredOthers(
  { group, version }: { readonly group: string; readonly version: string },
  others: readonly OtherResource[],
) {
  const found = new Map<string, OtherResource[]>();
  for (const other of others) {
    const [whole = ""] = other.name.split("/", 1);
    found.set(whole, [...(found.get(whole) ?? []), other]);
  }
  return [...found].map(([resource, parts]) => {
    const [{ namespaced, kind } = { namespaced: true, kind: "" }] = parts;
    const common = { resource, scope: namespaced ? "Namespaced" : "Cluster", singularResource: "" };
    const responseKind = { group, version, kind };
    if (parts.some(({ name }) => name === resource)) return { ...common, responseKind, verbs: ["get"] };
    const subresources = parts.map(({ name }) => ({
      subresource: name.slice(resource.length + 1),
      responseKind,
      verbs: ["get"],
    }));
    return { ...common, responseKind: { group: "", version: "", kind: "" }, verbs: [], subresources };
  });
}

/** `/api`: only the core group's versions. */
export function coreVersions(served: Served, address: string) {
  const [core] = groupsOf(served, "api");
  return {
    kind: "APIVersions",
    versions: core?.versions.map(({ version }) => version) ?? [],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }],
  };
}

/** `/apis`, the old form. */
export function groupList(served: Served) {
  return { kind: "APIGroupList", apiVersion: "v1", groups: groupsOf(served, "apis").map(groupEntry) };
}

/** The paths of all of it, for `/`: `/api/v1`, `/apis/apps`, `/apis/apps/v1`. */
export function discoveryPaths(served: Served): string[] {
  return (["api", "apis"] as const).flatMap(root => [
    `/${root}`,
    ...groupsOf(served, root).flatMap(({ name, versions }) => {
      const group = name === "" ? "/api" : `/apis/${name}`;
      const paths = versions.map(({ version }) => `${group}/${version}`);
      return name === "" ? paths : [group, ...paths];
    }),
  ]);
}

/** `/apis/GROUP`; undefined where there is no such group. */
export function groupDocument(served: Served, name: string) {
  const group = groupsOf(served, "apis").find(each => each.name === name);
  return group && { kind: "APIGroup", apiVersion: "v1", ...groupEntry(group) };
}

function groupEntry({ name, versions }: Group) {
  const entries = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

/** `/api/v1`, `/apis/GROUP/VERSION`; undefined where nothing is served there. */
export function resourceList(served: Served, group: string, version: string) {
  const found = groupsOf(served, group === "" ? "api" : "apis").find(({ name }) => name === group);
  const resources = found?.versions.find(each => each.version === version)?.resources;
  const other = served.others.find(({ name, versions }) => name === group && versions.includes(version));
  if (other) return otherResourceList(other, version);
  if (!resources) return undefined;
  return {
    kind: "APIResourceList",
    ...(group !== "" && { apiVersion: "v1" }),
    groupVersion: apiVersionOf({ group, version }),
    resources: resources.flatMap(({ kind }) => [
      {
        name: kind.plural,
        singularName: kind.singular,
        namespaced: kind.scope === "Namespaced",
        kind: kind.kind,
        verbs: kind.verbs,
        ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
        ...(kind.categories.length > 0 && { categories: kind.categories }),
        ...(isKept(kind) &&
          kind.verbs.includes("create") && { storageVersionHash: storageVersionHash(kind) }),
      },
      ...kind.subresources.map(part => subresourceEntry(kind, part)),
    ]),
  };
}

/** It is there also while there is nothing in it. */
function otherResourceList({ name, resources }: OtherGroup, version: string) {
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: apiVersionOf({ group: name, version }),
    resources: resources.map(each => ({ ...each, singularName: "", verbs: ["get"] })),
  };
}

/** Changes where the kind is kept in another version. Eight bytes, made of it as Kubernetes does. */
function storageVersionHash({ versions: [{ group, version }], kind }: KindDefinition): string {
  return hash("sha256", `${group}/${version}/${kind}`, "buffer").subarray(0, 8).toString("base64");
}

function subresourceEntry({ plural, scope, kind }: KindDefinition, { name, as, verbs }: Subresource) {
  return {
    name: `${plural}/${name}`,
    singularName: "",
    namespaced: scope === "Namespaced",
    ...(as?.group && { group: as.group }),
    ...(as && { version: as.version }),
    kind: as?.kind ?? kind,
    verbs,
  };
}
