/**
 * What objects take of a ResourceQuota: which of them it counts, and what one of them, or all that are there, use by each name
 * that a quota may limit. The plugin that refuses what is too much and the controller that tells what is used count alike.
 */
import {
  type Draft,
  formatQuantity,
  hasEnded,
  type KindDefinition,
  type KubernetesObject,
  type Pod,
  type PodSpec,
  parseQuantity,
  type Quantity,
} from "../resources/index.ts";
import { type Amounts, type AmountsText, added, podAmounts } from "./amounts.ts";
import type { StoreReader } from "./plugin.ts";

/** Where all objects of a kind are found: a plugin's view of the store, or a controller's. */
type Lister = Pick<StoreReader, "list">;

/** A ResourceQuota, whose spec is filled in. */
export interface Quota extends KubernetesObject {
  readonly spec: {
    readonly hard?: AmountsText;
    readonly scopes?: readonly string[];
    readonly scopeSelector?: { readonly matchExpressions?: readonly ScopeRequirement[] };
  };
}

interface ScopeRequirement {
  readonly scopeName: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

const one: Quantity = parseQuantity("1");

/** What one object takes, by each name that a quota may use for it. */
export function usageOf(kind: KindDefinition, object: Draft | KubernetesObject): Amounts {
  const usage = new Map<string, Quantity>();
  usage.set(`count/${kind.plural}${kind.group && `.${kind.group}`}`, one);
  if (kind.group === "" && counted.has(kind.plural)) usage.set(kind.plural, one);
  if (kind.name === "Pod") return added(usage, podUsage((object as Draft<Pod>).spec));
  if (kind.name === "Service") return added(usage, serviceUsage(object));
  if (kind.name === "PersistentVolumeClaim") return added(usage, claimUsage(object));
  return usage;
}

/** The kinds that a quota may also count by their plain name. */
const counted: ReadonlySet<string> = new Set([
  "pods",
  "services",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
]);

const podUsages = new WeakMap<PodSpec, Amounts>();

/** `requests.cpu`, and `cpu` for the same; `limits.cpu`; `requests.nvidia.com/gpu`. */
function podUsage(spec: PodSpec): Amounts {
  const known = podUsages.get(spec);
  if (known) return known;
  const usage = new Map<string, Quantity>();
  for (const [name, amount] of podAmounts(spec, "requests")) {
    usage.set(`requests.${name}`, amount);
    if (shortNames.has(name)) usage.set(name, amount);
  }
  for (const [name, amount] of podAmounts(spec, "limits")) usage.set(`limits.${name}`, amount);
  podUsages.set(spec, usage);
  return usage;
}

export const shortNames: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"]);

function serviceUsage({ spec }: Draft | KubernetesObject): Amounts {
  const { type, ports = [] } = (spec ?? {}) as { type?: string; ports?: readonly unknown[] };
  const usage = new Map<string, Quantity>();
  if (type === "LoadBalancer") usage.set("services.loadbalancers", one);
  if (type === "LoadBalancer" || type === "NodePort")
    usage.set("services.nodeports", parseQuantity(String(ports.length)));
  return usage;
}

function claimUsage({ spec }: Draft | KubernetesObject): Amounts {
  const { resources, storageClassName } = (spec ?? {}) as {
    resources?: { requests?: AmountsText };
    storageClassName?: string;
  };
  const usage = new Map<string, Quantity>();
  const storage = resources?.requests?.storage;
  if (storage) usage.set("requests.storage", parseQuantity(storage));
  if (!storageClassName) return usage;
  const ofClass = `${storageClassName}.storageclass.storage.k8s.io`;
  usage.set(`${ofClass}/persistentvolumeclaims`, one);
  if (storage) usage.set(`${ofClass}/requests.storage`, parseQuantity(storage));
  return usage;
}

/**
 * Which kind a limit of a quota is about: `count/deployments.apps`, `secrets`, `requests.cpu`. Undefined where there is no such
 * kind.
 */
function kindOf(resource: string, kinds: readonly KindDefinition[]): KindDefinition | undefined {
  const plural = (name: string, group = "") =>
    kinds.find(each => each.plural === name && each.group === group);
  if (resource.startsWith("count/")) {
    const [name = "", ...group] = resource.slice("count/".length).split(".");
    return plural(name, group.join("."));
  }
  if (counted.has(resource)) return plural(resource);
  if (resource.startsWith("services.")) return plural("services");
  const isOfClaims = resource === "requests.storage" || resource.includes(".storageclass.storage.k8s.io/");
  return plural(isOfClaims ? "persistentvolumeclaims" : "pods");
}

/** What is used of all that the quota limits, as its status tells it. */
export function usedOf(quota: Quota, kinds: readonly KindDefinition[], reader: Lister): AmountsText {
  const hard = Object.keys(quota.spec.hard ?? {}).sort();
  const byKind = new Map<KindDefinition, Amounts>();
  const usedOfKind = (kind: KindDefinition) => {
    const used = byKind.get(kind) ?? usedIn(quota.metadata.namespace ?? "", kind, quota, reader);
    byKind.set(kind, used);
    return used;
  };
  return Object.fromEntries(
    hard.map(resource => {
      const kind = kindOf(resource, kinds);
      const used = kind && usedOfKind(kind).get(resource);
      return [resource, used ? formatQuantity(used) : "0"];
    }),
  );
}

/** What the objects of the kind that are there take; pods that have ended take nothing. */
export function usedIn(namespace: string, kind: KindDefinition, quota: Quota, reader: Lister): Amounts {
  let used = new Map<string, Quantity>();
  for (const object of reader.list<string>(kind.name, { namespace })) {
    if (kind.name === "Pod" && hasEnded(object as Pod)) continue;
    if (isInScope(quota, kind, object)) used = added(used, usageOf(kind, object));
  }
  return used;
}

// --- Scopes: a quota for some of the pods only.

export function isInScope({ spec }: Quota, kind: KindDefinition, object: Draft | KubernetesObject): boolean {
  const requirements = [
    ...(spec.scopes ?? []).map(scopeName => ({ scopeName, operator: "Exists" })),
    ...(spec.scopeSelector?.matchExpressions ?? []),
  ];
  return requirements.every(each => kind.name === "Pod" && fits(each, object as Draft<Pod>));
}

function fits({ scopeName, operator, values = [] }: ScopeRequirement, { spec }: Draft<Pod>): boolean {
  const isTerminating = spec.activeDeadlineSeconds !== undefined;
  const isBestEffort = podAmounts(spec, "requests").size + podAmounts(spec, "limits").size === 0;
  switch (scopeName) {
    case "Terminating":
      return isTerminating;
    case "NotTerminating":
      return !isTerminating;
    case "BestEffort":
      return isBestEffort;
    case "NotBestEffort":
      return !isBestEffort;
    case "PriorityClass":
      return hasClass(spec.priorityClassName, operator, values);
    case "CrossNamespacePodAffinity":
      return false;
    default:
      return false;
  }
}

function hasClass(name: string | undefined, operator: string, values: readonly string[]): boolean {
  if (operator === "Exists") return name !== undefined;
  if (operator === "DoesNotExist") return name === undefined;
  const isNamed = name !== undefined && values.includes(name);
  return operator === "In" ? isNamed : !isNamed;
}
