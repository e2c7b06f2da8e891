/**
 * What objects take of a ResourceQuota: which of them it counts, and what one of them, or all that are there, use by each name
 * that a quota may limit. The plugin that refuses what is too much and the controller that tells what is used count alike.
 */
import {
  type Amounts,
  type AmountsText,
  added,
  type Draft,
  formatQuantity,
  type KindDefinition,
  type KubernetesObject,
  parseQuantity,
  type Quantity,
  type ResourceQuota,
} from "../../resources/index.ts";
import type { StoreReader } from "../plugin.ts";
import { claims } from "./claims.ts";
import type { QuotaEvaluator } from "./evaluator.ts";
import { pods } from "./pods.ts";
import { services } from "./services.ts";

/** Where all objects of a kind are found: a plugin's view of the store, or a controller's. */
type Lister = Pick<StoreReader, "list" | "now">;

/** By kind; a limit is about the first of them that says so. Each is only ever given objects of its kind. */
const evaluators: ReadonlyMap<string, QuotaEvaluator> = new Map<string, QuotaEvaluator>([
  ["Service", services as QuotaEvaluator],
  ["PersistentVolumeClaim", claims as QuotaEvaluator],
  ["Pod", pods as QuotaEvaluator],
]);

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

const one: Quantity = parseQuantity("1");
const nothing: Amounts = new Map();

/** What one object takes, by each name that a quota may use for it. */
export function usageOf(kind: KindDefinition, object: Draft): Amounts {
  const usage = presenceOf(kind);
  if (kind.group === "" && counted.has(kind.plural)) usage.set(kind.plural, one);
  const evaluator = evaluators.get(kind.name);
  return evaluator ? added(usage, evaluator.usage(object)) : usage;
}

/** What an object takes by being there, whatever has become of it. */
function presenceOf(kind: KindDefinition): Map<string, Quantity> {
  return new Map([[`count/${kind.plural}${kind.group && `.${kind.group}`}`, one]]);
}

/** What it does not say though the quota limits it, in the words of the refusal. */
export function unsaidBy(kind: KindDefinition, object: Draft, hard: Amounts): readonly string[] {
  return evaluators.get(kind.name)?.unsaid?.([...hard.keys()].sort(), object) ?? [];
}

/** Whether the quota is about this object. */
export function isInScope({ spec = {} }: ResourceQuota, kind: KindDefinition, object: Draft): boolean {
  const requirements = [
    ...(spec.scopes ?? []).map(scopeName => ({ scopeName, operator: "Exists" as const })),
    ...(spec.scopeSelector?.matchExpressions ?? []),
  ];
  const { fits } = evaluators.get(kind.name) ?? {};
  return requirements.every(each => fits?.(each, object) ?? false);
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
  const [kind] = [...evaluators].find(([, { limits }]) => limits(resource)) ?? [];
  return kinds.find(({ name }) => name === kind);
}

/** What is used of all that the quota limits, as its status tells it. */
export function usedOf(quota: ResourceQuota, kinds: readonly KindDefinition[], reader: Lister): AmountsText {
  const hard = Object.keys(quota.spec?.hard ?? {}).sort();
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

/** What one that is there takes of the quota at that time, in milliseconds since 1970; undefined where the quota is not about it. */
export function takenBy(
  object: KubernetesObject,
  kind: KindDefinition,
  quota: ResourceQuota,
  now: number,
): Amounts | undefined {
  if (!isInScope(quota, kind, object)) return undefined;
  const { isCounted } = evaluators.get(kind.name) ?? {};
  return isCounted && !isCounted(object, now) ? presenceOf(kind) : usageOf(kind, object);
}

/** A reader without a clock knows nothing of what is late. */
export function nowOf(reader: Pick<StoreReader, "now">): number {
  return reader.now?.() ?? 0;
}

/** What the objects of the kind that are there take: all of them are counted. */
export function usedIn(
  namespace: string,
  kind: KindDefinition,
  quota: ResourceQuota,
  reader: Lister,
): Amounts {
  return takenByAll(reader.list<string>(kind.name, { namespace }), kind, quota, nowOf(reader));
}

export function takenByAll(
  objects: readonly KubernetesObject[],
  kind: KindDefinition,
  quota: ResourceQuota,
  now: number,
): Amounts {
  let used: Amounts = new Map();
  for (const object of objects) used = added(used, takenBy(object, kind, quota, now) ?? nothing);
  return used;
}
