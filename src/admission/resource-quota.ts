/**
 * ResourceQuota: a namespace holds no more than its quotas allow, in objects and in what its pods ask for. It is asked last
 * and answers at once, so that nothing comes between its answer and the write: two writers never share what is left.
 *
 * What is used is counted when it is asked for, from the objects that are there. (Kubernetes keeps it in the quota's
 * status, which its controller mends from time to time.)
 */
import {
  type Draft,
  isKept,
  type KindDefinition,
  type KubernetesObject,
  type Pod,
  type PodSpec,
  parseQuantity,
  type Quantity,
} from "../resources/index.ts";
import { forbidden } from "../store/index.ts";
import { type Amounts, type AmountsText, added, amountsOf, podAmounts, textOf } from "./amounts.ts";
import type { AdmissionPlugin, StoreReader } from "./plugin.ts";

interface Quota extends KubernetesObject {
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

export const resourceQuota: AdmissionPlugin = {
  name: "ResourceQuota",
  on: [
    { operations: ["CREATE"] },
    // All else that is counted is what an object takes as long as it is there, or cannot be changed.
    { operations: ["UPDATE"], kinds: ["Service", "PersistentVolumeClaim"] },
    { operations: ["UPDATE"], kinds: ["Pod"], subresources: ["resize"] },
  ],
  validate(object, { kind, namespace, name, old }, reader) {
    if (namespace === "" || object === undefined || !isKept(kind)) return;
    for (const quota of reader.list("ResourceQuota", { namespace }) as KubernetesObject[] as Quota[]) {
      if (!isInScope(quota, kind, object)) continue;
      const hard = amountsOf(quota.spec.hard);
      assertSaysAll(quota, kind, name, object, hard);
      const usage = usageOf(kind, object);
      // What is there is counted among what is used: an update asks for what it adds.
      const requested = restrictedTo(hard, old ? withoutThat(usage, usageOf(kind, old)) : usage);
      if (requested.size === 0) continue;
      const used = usedIn(namespace, kind, quota, reader);
      const exceeded = [...requested]
        .filter(([resource, amount]) => {
          const before = used.get(resource)?.billionths ?? 0n;
          return before + amount.billionths > (hard.get(resource)?.billionths ?? 0n);
        })
        .map(([resource]) => resource);
      if (exceeded.length === 0) continue;
      const only = (amounts: Amounts) =>
        textOf(new Map(exceeded.map(resource => [resource, amounts.get(resource) ?? parseQuantity("0")])));
      const numbers = `requested: ${only(requested)}, used: ${only(used)}, limited: ${only(hard)}`;
      throw forbidden(kind, name, `exceeded quota: ${quota.metadata.name}, ${numbers}`);
    }
  },
};

/** What one object takes, by each name that a quota may use for it. */
function usageOf(kind: KindDefinition, object: Draft | KubernetesObject): Amounts {
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
  ...["pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps"],
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

const shortNames: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"]);

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

/** What the objects of the kind that are there take; pods that have ended take nothing. */
function usedIn(namespace: string, kind: KindDefinition, quota: Quota, reader: StoreReader): Amounts {
  let used = new Map<string, Quantity>();
  for (const object of reader.list<string>(kind.name, { namespace })) {
    if (kind.name === "Pod" && hasEnded(object as Pod)) continue;
    if (isInScope(quota, kind, object)) used = added(used, usageOf(kind, object));
  }
  return used;
}

function hasEnded({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

/** Where a quota limits what pods ask for, each of their containers has to say how much that is. */
function assertSaysAll(
  { metadata }: Quota,
  kind: KindDefinition,
  name: string,
  object: Draft,
  hard: Amounts,
): void {
  if (kind.name !== "Pod") return;
  const { containers, initContainers = [] } = (object as Draft<Pod>).spec;
  const missing = [...hard.keys()].sort().flatMap(resource => {
    const side = resource.startsWith("limits.") ? "limits" : "requests";
    const plain = resource.replace(/^(requests|limits)\./, "");
    if (!shortNames.has(plain)) return [];
    const silent = [...containers, ...initContainers].filter(({ resources }) => !resources?.[side]?.[plain]);
    const names = silent.map(container => container.name).sort();
    return names.length > 0 ? [`${resource} for: ${names.join(",")}`] : [];
  });
  if (missing.length === 0) return;
  throw forbidden(kind, name, `failed quota: ${metadata.name}: must specify ${missing.join("; ")}`);
}

/** What one takes more than the other, where it is more. */
function withoutThat(usage: Amounts, before: Amounts): Amounts {
  const more = [...usage].map(([resource, amount]): [string, Quantity] => {
    const billionths = amount.billionths - (before.get(resource)?.billionths ?? 0n);
    return [resource, { ...amount, billionths }];
  });
  return new Map(more.filter(([, { billionths }]) => billionths > 0n));
}

function restrictedTo(hard: Amounts, usage: Amounts): Amounts {
  return new Map([...usage].filter(([resource]) => hard.has(resource)));
}

// --- Scopes: a quota for some of the pods only.

function isInScope({ spec }: Quota, kind: KindDefinition, object: Draft | KubernetesObject): boolean {
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
